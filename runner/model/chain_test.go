package model

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"montage/core"
	"montage/core/tensor"
)

// recorder is a module that keeps its calls. Its outputs are its parameter times the
// first pixels of its frames, or the features in front of its rows.
type recorder struct {
	core.Module
	forwards  []core.ModuleForward
	backwards []core.ModuleBackward
	fail      error
}

func (r *recorder) Forward(_ context.Context, c core.ModuleForward) error {
	r.forwards = append(r.forwards, c)
	for i := range c.Output.Float32s() {
		v := float32(0)
		if c.Features.IsZero() {
			v = float32(c.Frames.Rows(i, i+1).Uint8s()[0])
		} else {
			v = c.Features.Float32s()[c.Offsets.Int32s()[i]]
		}
		c.Output.Float32s()[i] = c.Params[0].Float32s()[0] * v
	}
	return r.fail
}

func (r *recorder) Backward(_ context.Context, c core.ModuleBackward) error {
	r.backwards = append(r.backwards, c)
	for i := range c.GradInput.Float32s() {
		c.GradInput.Float32s()[i] = 10 * c.GradOutput.Float32s()[min(i, c.GradOutput.Len()-1)]
	}
	return r.fail
}

// newChain is a backbone with two heads, of the parameters 2, 3 and 5; the teacher's are
// one more.
func newChain(t *testing.T) (*Chain, []*recorder) {
	t.Helper()
	c, all := &Chain{}, []*recorder{{}, {}, {}}
	for i, value := range []float32{2, 3, 5} {
		m := &StatefulModule{Name: fmt.Sprintf("m%d", i), Module: all[i],
			Input: core.ModuleInput{Gradient: true, InputGradient: i > 0}, Plan: core.ModulePlan{Outputs: 1,
				Params: []core.Param{{Name: "w", Shape: []int{1}}, {Name: "mean", Shape: []int{1}, Buffer: true}}}}
		if err := m.Allocate(plain{}, plain{}, true); err != nil {
			t.Fatal(err)
		}
		m.State[0].Float32s()[0], m.Teacher[0].Float32s()[0] = value, value+1
		if i == 0 {
			c.Backbone = m
		} else {
			c.Heads = append(c.Heads, m)
		}
	}
	if err := c.Allocate(plain{}, Size{N: 5, R: 3}, new(uint64)); err != nil {
		t.Fatal(err)
	}
	return c, all
}

// rowsOf is the input of the rows {7, 8} and {9}.
func rowsOf() ForwardInput {
	return ForwardInput{Frames: framesOf(7, 8, 9), Offsets: tensor.FromInt32([]int32{0, 2, 3}),
		FrameKeys: tensor.FromUint64([]uint64{1, 2, 3}), RowKeys: tensor.FromUint64([]uint64{4, 5})}
}

// TestForwardAndBackward takes two rows of three frames through three modules.
func TestForwardAndBackward(t *testing.T) {
	c, modules := newChain(t)
	out, err := c.Forward(t.Context(), rowsOf())
	if err != nil || !slices.Equal(out.Float32s(), []float32{2 * 3 * 5 * 7, 2 * 3 * 5 * 9}) {
		t.Fatalf("outputs %v, %v", out.Float32s(), err)
	}
	output, grad := c.Output(2)
	if !slices.Equal(output.Float32s(), out.Float32s()) {
		t.Errorf("the memory of the outputs holds %v", output.Float32s())
	}
	copy(grad.Float32s(), []float32{1, 2})
	if err := c.Backward(t.Context(), rowsOf()); err != nil {
		t.Fatal(err)
	}
	ids := map[uint64]bool{}
	for i, m := range modules {
		f, b := m.forwards[0], m.backwards[0]
		ids[f.ForwardID] = true
		if f.ForwardID != b.ForwardID || !f.Train || !f.Gradient || !b.Train || len(f.Updates) != 2 {
			t.Errorf("module %d: forward %+v, backward %+v", i, f.ModuleCall, b.ModuleCall)
		}
	}
	if len(ids) != 3 {
		t.Errorf("the forwards have the identities %v", ids)
	}
	if g := modules[0].backwards[0].GradOutput.Float32s(); !slices.Equal(g, []float32{100, 200, 200}) {
		t.Errorf("the gradient of the features is %v", g)
	}
	if o := modules[2].forwards[0].Offsets.Int32s(); !slices.Equal(o, []int32{0, 1, 2}) {
		t.Errorf("the second head's rows are %v", o)
	}
	if k := modules[1].forwards[0].Keys.Uint64s(); !slices.Equal(k, []uint64{4, 5}) {
		t.Errorf("the first head's keys are %v", k)
	}
	first := modules[0].forwards[0].ForwardID
	if _, err := c.Forward(t.Context(), rowsOf()); err != nil || modules[0].forwards[1].ForwardID == first {
		t.Errorf("two forwards have one identity, %v", err)
	}
}

// TestInferUsesNoGradient, the teacher's parameters, and stops at a head.
func TestInferUsesNoGradient(t *testing.T) {
	c, modules := newChain(t)
	in := rowsOf()
	in.Teacher, in.Heads = true, 1
	out, err := c.Infer(t.Context(), in)
	if err != nil || !slices.Equal(out.Float32s(), []float32{3 * 4 * 7, 3 * 4 * 9}) || len(modules[2].forwards) > 0 {
		t.Errorf("outputs %v of %d heads, %v", out.Float32s(), 1+len(modules[2].forwards), err)
	}
	if f := modules[0].forwards[0]; f.Train || f.Gradient || f.Updates != nil {
		t.Errorf("used as trained: %+v", f)
	}
	features, err := c.Features(t.Context(), rowsOf())
	if err != nil || !slices.Equal(features.Float32s(), []float32{14, 16, 18}) {
		t.Errorf("features %v, %v", features.Float32s(), err)
	}
}

// TestRevisionsNameValues: what changes a module's frozen values changes its revision.
func TestRevisionsNameValues(t *testing.T) {
	c, modules := newChain(t)
	seen := map[uint64]bool{}
	for _, change := range []func(){func() {}, c.Backbone.Changed, c.Backbone.Taught, c.Backbone.Changed} {
		change()
		for _, teacher := range []bool{false, true} {
			in := rowsOf()
			in.Teacher = teacher
			if _, err := c.Features(t.Context(), in); err != nil {
				t.Fatal(err)
			}
			calls := modules[0].forwards
			seen[calls[len(calls)-1].Revision] = true
		}
	}
	if len(seen) != 4 { // none yet, and one for each change
		t.Errorf("the revisions are %v", seen)
	}
}

func TestErrorsNameTheModule(t *testing.T) {
	for i, where := range []string{"m0", "m1", "m2"} {
		c, modules := newChain(t)
		modules[i].fail = errors.New("broken")
		if _, err := c.Forward(t.Context(), rowsOf()); err == nil || err.Error() != where+": forward: broken" {
			t.Errorf("forward: %v", err)
		}
		if err := c.Backward(t.Context(), rowsOf()); err == nil || !strings.HasSuffix(err.Error(),
			": backward: broken") {
			t.Errorf("backward: %v", err)
		}
	}
}

// TestFrozenBackbonesGetNoGradient: nothing asks a backbone without trained parameters.
func TestFrozenBackbonesGetNoGradient(t *testing.T) {
	c, modules := newChain(t)
	c.Backbone.Plan.Params[0].Frozen = true
	if _, err := c.Forward(t.Context(), rowsOf()); err != nil {
		t.Fatal(err)
	}
	if err := c.Backward(t.Context(), rowsOf()); err != nil || len(modules[0].backwards) > 0 {
		t.Errorf("%d backwards, %v", len(modules[0].backwards), err)
	}
}

// limited gives memory so many times.
type limited int

func (l *limited) Alloc(d tensor.DType, shape ...int) (tensor.Tensor, error) {
	if *l--; *l < 0 {
		return tensor.Tensor{}, errors.New("no memory")
	}
	return tensor.New(d, shape...), nil
}

// TestMemoryThatEnds: every allocation may be the one that fails.
func TestMemoryThatEnds(t *testing.T) {
	c, _ := newChain(t)
	b := &Branch{Branch: core.Branch{Name: "b", Views: []core.View{{Name: "v", NoGradient: true}, {Name: "w"}}},
		Chain: *c, Batch: 1, Frames: 1}
	prefix := &FrozenPrefix{}
	for what, allocate := range map[string]func(Allocator) error{
		"chain":  func(a Allocator) error { return c.Allocate(a, Size{N: 2, R: 1}, new(uint64)) },
		"views":  b.AllocateViews,
		"module": func(a Allocator) error { return c.Backbone.Allocate(a, a, true) },
		"prefix": func(a Allocator) error {
			return prefix.Allocate(a, &StatefulModule{Plan: core.ModulePlan{FrozenPrefix: []int{2}}})
		},
	} {
		failed := 0
		for n := limited(0); ; n++ {
			left := n
			err := allocate(&left)
			if err == nil {
				break
			}
			failed++
			if !strings.HasSuffix(err.Error(), "no memory") {
				t.Errorf("%s: %v", what, err)
			}
		}
		if failed == 0 {
			t.Errorf("%s takes no memory", what)
		}
	}
}
