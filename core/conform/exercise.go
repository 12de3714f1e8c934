package conform

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"

	"montage/core/tensor"
)

// role is what a call does with a tensor.
type role int

const (
	stateRole  role = iota // read, from memory that plugins cannot write
	inputRole              // read
	outputRole             // written
	weightRole             // holds ones, which may be overwritten
)

// written reports whether a call writes the tensor: then it is poisoned before a run and
// compared after it. All others are inputs, which a seed fills.
func (r role) written() bool { return r == outputRole || r == weightRole }

// argument is one tensor of a call.
type argument struct {
	name   string
	role   role
	dtype  tensor.DType
	shape  []int
	fill   func(*rand.Rand, tensor.Tensor)
	tensor tensor.Tensor // zero until memory is reserved, and while it is omitted
	// optional outputs may be omitted by a caller.
	optional bool
	// probed arguments get wrong shapes in the misuse check.
	probed bool
}

// at returns the tensor, zero for an argument that the exercise does not have.
func (s *argument) at() tensor.Tensor {
	if s == nil {
		return tensor.Tensor{}
	}
	return s.tensor
}

// A nil argument becomes a zero tensor: a frozen parameter has no gradient, but keeps its
// place in the list.
func tensors(arguments []*argument) []tensor.Tensor {
	out := make([]tensor.Tensor, len(arguments))
	for i, s := range arguments {
		out[i] = s.at()
	}
	return out
}

// exerciseStep is one call of an exercise.
type exerciseStep struct {
	name string
	do   func(ctx context.Context, instance any) error
}

// pair is an input and the output that receives its gradient.
type pair struct{ input, gradient *argument }

// exercise is a plan and the calls that fit it. Its functions hold the differences between
// the kinds, so that each check is written once.
type exercise struct {
	name      string
	arguments []*argument
	steps     []exerciseStep
	// small exercises may be refused when called: batch statistics need several rows.
	small bool
	// plan plans an instance for exactly the calls, larger for more rows than they have,
	// smaller for fewer. The last two are nil if a kind has no limits.
	plan, larger, smaller func(instance any) error
	// extremes set legal inputs at the edge of their range.
	extremes []func()
	// value is the value that a loss returned; scalar is the function that gradients
	// belong to.
	value  float64
	scalar func() float64
	pairs  []pair
	// valid reports results that contradict the plan.
	valid func() error
	// alone computes rows by themselves and compares them with the results of the batch.
	alone func(ctx context.Context, instance any, all results) error
}

// add adds an argument to the exercise.
func (t *exercise) add(s argument) *argument {
	t.arguments = append(t.arguments, &s)
	return &s
}

// fill sets the values of all inputs. Equal seeds give equal values.
func (t *exercise) fill(seed uint64) {
	r := rand.New(rand.NewPCG(seed, 11))
	for _, s := range t.arguments {
		if !s.role.written() {
			s.fill(r, s.tensor)
		}
	}
}

// results are copies of everything that an exercise wrote, and of the value as its bits: two
// runs must agree in those, NaN included.
type results []written

// It has to be a copy, because the next run writes to the same memory.
type written struct {
	name   string
	tensor tensor.Tensor
}

// run makes all calls, with an ordinary number in the output memory.
func (t *exercise) run(ctx context.Context, instance any) (_ results, err error) {
	defer recovered(&err) // some checks call run in a goroutine, where a panic would end the kit
	t.poison(strange)
	return t.make(ctx, instance, t.steps)
}

// Unlike run, it leaves the output memory as it is, so a check can choose what lies
// there.
func (t *exercise) make(ctx context.Context, instance any, steps []exerciseStep) (results, error) {
	for _, s := range steps {
		if err := t.guard(s.name, func() error { return s.do(ctx, instance) }); err != nil {
			return nil, err
		}
	}
	return t.results(), nil
}

// guard adds the name of a call to its error, and turns a panic into an error.
func (t *exercise) guard(name string, do func() error) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("%s: %w", name, err)
		}
	}()
	defer recovered(&err)
	return do()
}

// A component that does not write all of an output leaves this byte in it, and two
// different bytes then give two different results.
func (t *exercise) poison(b byte) {
	for _, s := range t.arguments {
		switch s.role {
		case outputRole:
			all(s.tensor.Bytes(), b)
		// The contract hands row weights over as ones, which a strategy may leave so. A
		// poisoned one would fail a component that does nothing wrong.
		case weightRole:
			ones(s.tensor.Bytes())
		}
	}
}

// ones fills memory with float32 1. It ignores the dtype, which the misuse check changes.
func ones(memory []byte) {
	for i := 0; i+4 <= len(memory); i += 4 {
		binary.LittleEndian.PutUint32(memory[i:], math.Float32bits(1))
	}
}

func (t *exercise) results() results {
	var out results
	for _, s := range t.arguments {
		if s.role.written() && !s.tensor.IsZero() {
			out = append(out, written{s.name, clone(s.tensor)})
		}
	}
	value := tensor.New(tensor.Uint64, 1)
	binary.LittleEndian.PutUint64(value.Bytes(), math.Float64bits(t.value))
	return append(out, written{"value", value})
}

// Its memory is the kit's own, not that of the segments.
func clone(t tensor.Tensor) tensor.Tensor {
	out := tensor.New(t.DType, t.Shape...)
	copy(out.Bytes(), t.Bytes())
	return out
}

// same reports the first result that differs. It skips results that only one side has.
func (r results) same(other results) error {
	byName := map[string]tensor.Tensor{}
	for _, w := range other {
		byName[w.name] = w.tensor
	}
	for _, w := range r {
		o, ok := byName[w.name]
		if !ok || bytes.Equal(w.tensor.Bytes(), o.Bytes()) {
			continue
		}
		if w.name == "value" {
			return fmt.Errorf("value is %v, then %v", math.Float64frombits(w.tensor.Uint64s()[0]),
				math.Float64frombits(o.Uint64s()[0]))
		}
		return fmt.Errorf("%s %v differs at %s", w.name, w.tensor, difference(w.tensor, o))
	}
	return nil
}

// difference names the first element in which two tensors differ.
func difference(a, b tensor.Tensor) string {
	size := a.DType.Size()
	for i := 0; i < a.Len(); i++ {
		x, y := a.Bytes()[i*size:(i+1)*size], b.Bytes()[i*size:(i+1)*size]
		if bytes.Equal(x, y) {
			continue
		}
		if a.DType == tensor.Float32 {
			return fmt.Sprintf("element %d: %v, then %v", i, a.Float32s()[i], b.Float32s()[i])
		}
		return fmt.Sprintf("element %d: %v, then %v", i, x, y)
	}
	return "no element"
}

// finite reports the first result that is not a finite number.
func (r results) finite() error {
	for _, w := range r {
		if w.name == "value" {
			if v := math.Float64frombits(w.tensor.Uint64s()[0]); math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("the value is %v", v)
			}
			continue
		}
		// Whole numbers have no NaN or infinity.
		if w.tensor.DType != tensor.Float32 {
			continue
		}
		for i, v := range w.tensor.Float32s() {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				return fmt.Errorf("%s: element %d is %v", w.name, i, v)
			}
		}
	}
	return nil
}
