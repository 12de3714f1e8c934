package exec_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"montage/core"
	"montage/core/graph"
	"montage/core/internal/exec"
	"montage/core/internal/ir"
	"montage/core/rng"
	"montage/core/tensor"
)

// head is the network of most tests: means over segments, two layers with a
// dropout between them.
func head(b *graph.Builder) {
	x := b.Input("features", tensor.Float32, graph.Sym("N"), graph.Fixed(6))
	offsets := b.Input("offsets", tensor.Int32, graph.Sym("B").Plus(1))
	h := graph.SegmentMean(x, offsets)
	h = graph.ReLU(graph.Linear(h, weight(b, "0.weight", 5, 6), weight(b, "0.bias", 5)))
	h = graph.Dropout(h, 0.5)
	b.Output("logits", graph.Linear(h, weight(b, "1.weight", 3, 5), weight(b, "1.bias", 3)))
}

func weight(b *graph.Builder, name string, shape ...int) *graph.Node {
	return b.Param(core.Param{Name: name, Shape: shape})
}

// session is a program with memory for everything that it reads and writes.
type session struct {
	*exec.Executable
	run   exec.Bindings
	grads exec.Gradients
}

var headLimits = map[string]int{"N": 9, "B": 4}

func headSession(t *testing.T, limits map[string]int, offsets ...int32) *session {
	t.Helper()
	p, err := exec.Compile(exec.Spec{
		Build: build(head), Limits: limits, Train: true, Gradient: true, InputGradients: []string{"features"},
		Check: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	s := &session{Executable: p}
	s.feed(offsets...)
	for i, param := range p.Description().Params {
		s.run.Params = append(s.run.Params, random(rng.New(5).At(uint64(i)), -1, 1, param.Shape...))
		s.grads.Params = append(s.grads.Params, tensor.New(tensor.Float32, param.Shape...))
	}
	return s
}

// feed sets inputs for the segments that offsets give.
func (s *session) feed(offsets ...int32) {
	n, b := int(offsets[len(offsets)-1]), len(offsets)-1
	s.run.Inputs = []tensor.Tensor{random(rng.New(6), -1, 1, n, 6), tensor.FromInt32(offsets)}
	s.run.Outputs = []tensor.Tensor{tensor.New(tensor.Float32, b, 3)}
	s.run.Keys = map[string][]uint64{"B": make([]uint64, b)}
	for i := range b {
		s.run.Keys["B"][i] = uint64(100 + i)
	}
	s.grads.Outputs = []tensor.Tensor{random(rng.New(7), -1, 1, b, 3)}
	s.grads.Inputs = []tensor.Tensor{tensor.New(tensor.Float32, n, 6)}
}

// build makes an author's function the Build of a Spec.
func build(author func(*graph.Builder)) func(*ir.Draft) {
	return func(d *ir.Draft) { author((*graph.Builder)(d)) }
}

func random(key rng.Key, low, high float64, shape ...int) tensor.Tensor {
	t := tensor.New(tensor.Float32, shape...)
	for i := range t.Float32s() {
		t.Float32s()[i] = float32(low + (high-low)*float64(key.Uniform(uint64(i))))
	}
	return t
}

func (s *session) both(t *testing.T) {
	t.Helper()
	if err := s.Forward(s.run); err != nil {
		t.Fatal(err)
	}
	if err := s.Backward(s.grads); err != nil {
		t.Fatal(err)
	}
}

// results are the bytes of all that a session wrote.
func (s *session) results() []byte {
	var out []byte
	for _, list := range [][]tensor.Tensor{s.run.Outputs, s.grads.Inputs, s.grads.Params} {
		for _, t := range list {
			out = append(out, t.Bytes()...)
		}
	}
	return out
}

// A program that has run larger and smaller batches gives the bits of one that
// was compiled for just this size.
func TestSizesMayChange(t *testing.T) {
	large := headSession(t, headLimits, 0, 3, 4, 8, 9)
	large.both(t)
	for _, offsets := range [][]int32{{0, 1}, {0, 2, 7}, {0, 0, 3}, {0, 3, 4, 8, 9}, {0}} {
		t.Run(fmt.Sprint(offsets), func(t *testing.T) {
			large.feed(offsets...)
			large.both(t)
			exact := headSession(t, map[string]int{"N": 9, "B": max(1, len(offsets)-1)}, offsets...)
			exact.both(t)
			if !bytes.Equal(large.results(), exact.results()) {
				t.Error("results depend on the limits")
			}
		})
	}
}

func TestNoRowsGiveZeroGradients(t *testing.T) {
	s := headSession(t, headLimits, 0)
	s.both(t)
	for i, g := range s.grads.Params {
		for _, v := range g.Float32s() {
			if v != 0 {
				t.Errorf("gradient of parameter %d: expected zeros, seen %v", i, v)
			}
		}
	}
}

func TestUnwantedGradientsAreSkipped(t *testing.T) {
	all := headSession(t, headLimits, 0, 3, 9)
	all.both(t)
	some := headSession(t, headLimits, 0, 3, 9)
	some.grads.Inputs = nil
	some.grads.Params[0], some.grads.Params[3] = tensor.Tensor{}, tensor.Tensor{}
	some.both(t)
	for _, i := range []int{1, 2} {
		if !bytes.Equal(all.grads.Params[i].Bytes(), some.grads.Params[i].Bytes()) {
			t.Errorf("gradient %d depends on which others are wanted", i)
		}
	}
}

func TestMissingOutputGradientIsZero(t *testing.T) {
	s := headSession(t, headLimits, 0, 3, 9)
	s.both(t)
	s.grads.Outputs = nil
	s.both(t)
	for _, v := range s.grads.Params[2].Float32s() {
		if v != 0 {
			t.Fatalf("expected zeros, seen %v", v)
		}
	}
}

func TestFrozenAndUnusedGetZeros(t *testing.T) {
	p, err := exec.Compile(exec.Spec{Gradient: true, Limits: map[string]int{"R": 2},
		Build: build(func(b *graph.Builder) {
			x := b.Input("x", tensor.Float32, graph.Sym("R"), graph.Fixed(2))
			frozen := b.Param(core.Param{Name: "frozen", Shape: []int{2}, Frozen: true})
			buffer := b.Buffer(core.Param{Name: "buffer", Shape: []int{2}})
			used := weight(b, "used", 2)
			weight(b, "unused", 2)
			b.Output("y", graph.Mul(graph.Mul(graph.Mul(x, frozen), buffer), used))
			b.Output("constant", graph.Mul(x, frozen))
		})})
	if err != nil {
		t.Fatal(err)
	}
	ones := func(shape ...int) tensor.Tensor { return random(0, 1, 1, shape...) }
	params := []tensor.Tensor{ones(2), ones(2), ones(2), ones(2)}
	if err := p.Forward(exec.Bindings{Inputs: []tensor.Tensor{ones(1, 2)}, Params: params}); err != nil {
		t.Fatal(err)
	}
	g := exec.Gradients{
		Outputs: []tensor.Tensor{ones(1, 2), ones(1, 2)},
		Inputs:  []tensor.Tensor{ones(1, 2)},
		Params:  []tensor.Tensor{ones(2), ones(2), ones(2), ones(2)},
	}
	if err := p.Backward(g); err != nil {
		t.Fatal(err)
	}
	seen := fmt.Sprint(g.Inputs[0].Float32s(), g.Params[0].Float32s(), g.Params[1].Float32s(), g.Params[2].Float32s(),
		g.Params[3].Float32s())
	if seen != "[0 0] [0 0] [0 0] [1 1] [0 0]" {
		t.Errorf("gradients of input, frozen, buffer, used, unused: %s", seen)
	}
}

// One node under two names gets both gradients, and an input may be an output.
func TestOutputsMayRepeat(t *testing.T) {
	p, err := exec.Compile(exec.Spec{Gradient: true, InputGradients: []string{"x"},
		Build: build(func(b *graph.Builder) {
			x := b.Input("x", tensor.Float32, graph.Fixed(1))
			y := graph.Scale(x, 10)
			b.Output("a", y)
			b.Output("b", y)
			b.Output("c", x)
			b.Output("d", graph.Square(y))
		})})
	if err != nil {
		t.Fatal(err)
	}
	number := func(v float32) tensor.Tensor { return tensor.FromFloat32([]float32{v}) }
	out := []tensor.Tensor{number(0), number(0), number(0), number(0)}
	if err := p.Forward(exec.Bindings{Inputs: []tensor.Tensor{number(3)}, Outputs: out}); err != nil {
		t.Fatal(err)
	}
	for i, want := range []float32{30, 30, 3, 900} {
		if got := out[i].Float32s()[0]; got != want {
			t.Errorf("output %d: expected %v, seen %v", i, want, got)
		}
	}
	dx := number(0)
	err = p.Backward(exec.Gradients{
		Outputs: []tensor.Tensor{number(1), number(2), number(5), number(0.5)}, Inputs: []tensor.Tensor{dx},
	})
	if want := float32(10*1 + 10*2 + 5 + 0.5*2*30*10); err != nil || dx.Float32s()[0] != want {
		t.Errorf("gradient: expected %v, seen %v (%v)", want, dx.Float32s()[0], err)
	}
}

func TestBackwardNeedsItsForward(t *testing.T) {
	s := headSession(t, headLimits, 0, 3, 9)
	if err := s.Backward(s.grads); err == nil {
		t.Error("backward without a forward was accepted")
	}
	s.both(t)
	if err := s.Backward(s.grads); err == nil {
		t.Error("a second backward was accepted, whose values are gone")
	}
	if err := s.Forward(s.run); err != nil {
		t.Fatal(err)
	}
	bad := s.grads
	bad.Inputs = []tensor.Tensor{tensor.New(tensor.Float32, 1, 1)}
	if err := s.Backward(bad); err == nil {
		t.Error("a gradient of the wrong shape was accepted")
	}
	if err := s.Backward(s.grads); err != nil {
		t.Errorf("a refused backward used up the forward: %v", err)
	}
}

func TestTimes(t *testing.T) {
	spec := exec.Spec{Build: build(head), Limits: headLimits, Profile: true}
	p, err := exec.Compile(spec)
	if err != nil {
		t.Fatal(err)
	}
	s := headSession(t, headLimits, 0, 3, 9)
	for range 2 {
		if err := p.Forward(exec.Bindings{Inputs: s.run.Inputs, Params: s.run.Params}); err != nil {
			t.Fatal(err)
		}
	}
	times := p.Times()
	if len(times) == 0 || !strings.HasPrefix(times[0].Step, "segment_mean#") || times[0].Calls != 2 ||
		times[0].Total <= 0 {
		t.Errorf("expected two timed calls of segment_mean first, seen %v", times)
	}
	if s.Times() != nil {
		t.Error("times were taken without being asked for")
	}
}
