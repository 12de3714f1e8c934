// Package gradtest checks the gradients of a graph against finite differences,
// for the tests of operators, layers and losses.
package gradtest

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"testing"

	"montage/core/graph"
	"montage/core/hint"
	"montage/core/internal/exec"
	"montage/core/internal/ir"
	"montage/core/rng"
	"montage/core/tensor"
)

// Case is a graph and the point at which to check it. Check works on copies of all its
// tensors.
type Case struct {
	// Build describes the graph.
	Build func(*graph.Builder)
	// Limits are the greatest values of the symbols.
	Limits map[string]int
	// Train is for graphs with dropout or batch statistics.
	Train bool
	// InputGradients names the inputs to check beside the parameters.
	InputGradients []string
	// Inputs are in the order of their declaration.
	Inputs []tensor.Tensor
	// Params are in the order of their declaration; nil stands for numbers drawn
	// from 0.5 to 1.5.
	Params []tensor.Tensor
	// Keys are the random keys of rows, by symbol, for graphs with dropout.
	Keys map[string][]uint64
	// Step is the distance of the differences, 0 for 1/128. Tolerance is the error
	// allowed relative to the greatest gradient of a tensor, 0 for 1%.
	Step, Tolerance float64
}

const (
	// Single elements say where a gradient is wrong. A direction sees all elements at the
	// price of one.
	samples    = 48 // elements of one tensor that are checked one by one
	directions = 3  // random directions over all elements of it
)

// Check fails the test when a gradient departs from central differences, when
// two runs differ by a bit, or when a step leaves a result partly unwritten.
//
// The function is the sum of all outputs with fixed random weights. Where the
// differences at two distances disagree, as they do across the kink of a ReLU,
// nothing can be said: such points are left out, and the check fails if they are
// more than a quarter.
func Check(t testing.TB, c Case) {
	t.Helper()
	p, err := newProbe(c)
	if err != nil {
		t.Fatal(err)
	}
	grads, err := p.gradients()
	if err != nil {
		t.Fatal(err)
	}
	// The second run finds in memory what the first left behind.
	again, err := p.gradients()
	if err != nil {
		t.Fatal(err)
	}
	for i := range grads {
		if !bytes.Equal(grads[i].gradient.Bytes(), again[i].gradient.Bytes()) {
			t.Errorf("gradient of %s: two runs of the same point differ", grads[i].name)
		}
	}
	if len(grads) == 0 {
		t.Fatal("no gradient to check: no trainable parameter and no InputGradients")
	}
	for _, g := range grads {
		if err := p.compare(g); err != nil {
			t.Error(err)
		}
	}
}

// probe evaluates the sum of the outputs of a case.
type probe struct {
	Case
	program *exec.Executable
	outputs []tensor.Tensor
	weights []tensor.Tensor
}

// differentiated is one tensor to differentiate by. at is the probe's copy of the point,
// and gradient is what Backward wrote.
type differentiated struct {
	name     string
	at       tensor.Tensor
	gradient tensor.Tensor
}

// It compiles with Spec.Check, so each step also proves that it writes all its results.
func newProbe(c Case) (*probe, error) {
	program, err := exec.Compile(exec.Spec{
		Build:  func(d *ir.Draft) { c.Build((*graph.Builder)(d)) },
		Limits: c.Limits, Train: c.Train, Gradient: true, InputGradients: c.InputGradients, Check: true,
	})
	if err != nil {
		return nil, err
	}
	if c.Step == 0 {
		c.Step = 1.0 / 128
	}
	if c.Tolerance == 0 {
		c.Tolerance = 0.01
	}
	p := &probe{Case: c, program: program}
	// Differences change them in place.
	p.Inputs = copies(c.Inputs)
	p.Params = copies(c.Params)
	about := program.Description()
	if c.Params == nil {
		p.Params = draw(about)
	}
	if len(p.Inputs) != len(about.Inputs) {
		return nil, fmt.Errorf("expected %d inputs, seen %d", len(about.Inputs), len(p.Inputs))
	}
	sizes := p.sizes(about)
	for i, o := range about.Outputs {
		p.outputs = append(p.outputs, tensor.New(tensor.Float32, o.Shape.At(sizes)...))
		// Different weights, because equal ones hide errors that cancel: a softmax, for
		// one, sums up to 1 whatever its input.
		w := tensor.New(tensor.Float32, o.Shape.At(sizes)...)
		fill(w, rng.New(1).At(uint64(i)), -1, 1)
		p.weights = append(p.weights, w)
	}
	return p, nil
}

// sizes reads the values of the symbols from the inputs.
func (p *probe) sizes(about exec.Description) map[string]int {
	sizes := maps.Clone(p.Limits)
	for i, in := range about.Inputs {
		for k, d := range in.Shape {
			if d.Sym != "" && k < len(p.Inputs[i].Shape) {
				// A case may run with fewer rows than its limits.
				sizes[d.Sym] = p.Inputs[i].Shape[k] - d.Size
			}
		}
	}
	return sizes
}

func (p *probe) forward() error {
	return p.program.Forward(exec.Bindings{Inputs: p.Inputs, Params: p.Params, Outputs: p.outputs, Keys: p.Keys})
}

// gradients runs forward and backward into memory full of NaN.
func (p *probe) gradients() ([]differentiated, error) {
	if err := p.forward(); err != nil {
		return nil, err
	}
	about := p.program.Description()
	g := exec.Gradients{
		Outputs: p.weights,
		Inputs:  make([]tensor.Tensor, len(p.Inputs)),
		Params:  make([]tensor.Tensor, len(p.Params)),
	}
	var slots []differentiated
	add := func(name string, at tensor.Tensor) tensor.Tensor {
		d := tensor.New(tensor.Float32, at.Shape...)
		// An element that backward leaves out stays NaN, which compare finds.
		fill(d, rng.New(2), math.NaN(), math.NaN())
		slots = append(slots, differentiated{name, at, d})
		return d
	}
	for i, in := range about.Inputs {
		for _, name := range p.InputGradients {
			if name == in.Name {
				g.Inputs[i] = add("input "+name, p.Inputs[i])
			}
		}
	}
	for i, param := range about.Params {
		// The others have no gradient.
		if !param.Frozen && !param.Buffer {
			g.Params[i] = add("parameter "+param.Name, p.Params[i])
		}
	}
	return slots, p.program.Backward(g)
}

// scalar evaluates that sum at a point h away in a direction. The outputs are those of the
// last forward, at that point.
func (p *probe) scalar(s differentiated, direction map[int]float64, h float64) (float64, error) {
	values := s.at.Float32s()
	was := make(map[int]float32, len(direction))
	for i, d := range direction {
		was[i] = values[i]
		values[i] = float32(float64(values[i]) + h*d)
	}
	// The values are put back even after an error, bit by bit and not by subtracting.
	err := p.forward()
	for i, v := range was {
		values[i] = v
	}
	total := 0.0
	for i, out := range p.outputs {
		w := p.weights[i].Float32s()
		for k, v := range out.Float32s() {
			// In double precision: the difference of two such sums must not drown in their
			// rounding.
			total += float64(v) * float64(w[k])
		}
	}
	return total, err
}

// difference returns the central difference over a distance.
func (p *probe) difference(s differentiated, direction map[int]float64, h float64) (float64, error) {
	up, err := p.scalar(s, direction, h)
	if err != nil {
		return 0, err
	}
	down, err := p.scalar(s, direction, -h)
	return (up - down) / (2 * h), err
}

// compare checks single elements and random directions of one tensor.
func (p *probe) compare(s differentiated) error {
	gradient, scale := s.gradient.Float32s(), 0.0
	for i, v := range gradient {
		if v != v {
			return fmt.Errorf("gradient of %s: element %d is NaN or was not written", s.name, i)
		}
		// Errors are measured by the tensor's greatest gradient.
		scale = max(scale, math.Abs(float64(v)))
	}
	unclear, all := 0, lines(len(gradient))
	for _, direction := range all {
		ok, err := p.along(s, direction, scale)
		if err != nil {
			return err
		}
		if !ok {
			unclear++
		}
	}
	// A check that left out most points would pass without having checked.
	if 4*unclear > len(all) {
		return hint.With(fmt.Errorf("gradient of %s: differences say nothing at %d of %d places", s.name, unclear,
			len(all)), "choose a point away from kinks, or a smaller Step")
	}
	return nil
}

// along compares one derivative; false means that the differences are unclear.
func (p *probe) along(s differentiated, direction map[int]float64, scale float64) (bool, error) {
	want, length := 0.0, math.Sqrt(float64(len(direction)))
	for i, d := range direction {
		want += d * float64(s.gradient.Float32s()[i])
	}
	// Two distances, to tell a kink from an error, and to cancel the leading error.
	far, err := p.difference(s, direction, p.Step)
	if err != nil {
		return false, err
	}
	near, err := p.difference(s, direction, p.Step/2)
	if err != nil {
		return false, err
	}
	// Near a smooth point the error falls with the square of the distance. Halving the
	// distance leaves a quarter of it, so this combination removes it (Richardson's
	// extrapolation).
	got, allowed := (4*near-far)/3, p.Tolerance*max(scale*length, floor)
	switch {
	// In this order, so that a point whose gradient fits counts even where the distances
	// disagree.
	case math.Abs(got-want) <= allowed:
		return true, nil
	case math.Abs(far-near) > allowed:
		return false, nil
	}
	return true, fmt.Errorf("gradient of %s %v along %s: differences say %.6g, the gradient says %.6g", s.name, s.at,
		name(direction), got, want)
}

// floor is the gradient below which float32 arithmetic cannot distinguish it from 0.
// Without it a tensor whose gradient is 0 everywhere would allow no error at all.
const floor = 0.02

// lines returns the directions in which a tensor of n elements is checked. Each is a list
// of elements with their factors, so a single element costs no vector of n.
func lines(n int) []map[int]float64 {
	var out []map[int]float64
	// A fixed seed: a check that fails does so in every run.
	r := rng.New(3).Rand()
	for k := range min(n, samples) {
		i := k
		if n > samples {
			i = r.IntN(n)
		}
		out = append(out, map[int]float64{i: 1})
	}
	for range directions {
		d := make(map[int]float64, n)
		for i := range n {
			// Plus or minus the whole step, so that no element is too small to count.
			d[i] = float64(1 - 2*r.IntN(2))
		}
		if n > 1 {
			out = append(out, d)
		}
	}
	return out
}

func name(direction map[int]float64) string {
	if len(direction) == 1 {
		for i := range direction {
			return fmt.Sprintf("element %d", i)
		}
	}
	return "a random direction"
}

// draw makes positive parameters, away from the kinks at 0 and good as variances and
// divisors.
func draw(about exec.Description) []tensor.Tensor {
	out := make([]tensor.Tensor, len(about.Params))
	for i, param := range about.Params {
		out[i] = tensor.New(tensor.Float32, param.Shape...)
		fill(out[i], rng.New(4).At(uint64(i)), 0.5, 1.5)
	}
	return out
}

// fill draws uniformly from low to high. The key alone decides, so every run has the same
// numbers.
func fill(t tensor.Tensor, key rng.Key, low, high float64) {
	values := t.Float32s()
	for i := range values {
		values[i] = float32(low + (high-low)*float64(key.Uniform(uint64(i))))
	}
}

// copies keeps the caller's tensors as they are.
func copies(list []tensor.Tensor) []tensor.Tensor {
	var out []tensor.Tensor
	for _, t := range list {
		c := tensor.New(t.DType, t.Shape...)
		copy(c.Bytes(), t.Bytes())
		out = append(out, c)
	}
	return out
}
