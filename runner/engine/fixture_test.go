package engine

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/rs/zerolog"

	"montage/core"
	"montage/core/tensor"
	"montage/runner/data"
	"montage/runner/input"
	"montage/runner/layout"
	"montage/runner/model"
	"montage/runner/optim"
)

// multiplier is a module with one parameter: features are its parameter times a frame's
// first pixel, outputs its parameter times the mean of a row's features. A backbone
// counts its training forwards in a buffer.
type multiplier struct {
	core.Module
	fail error // of the next backward
}

func inputs(c core.ModuleCall) (values []float32) {
	if !c.Frames.IsZero() {
		n := c.Frames.Shape[0]
		for i := range n {
			values = append(values, float32(c.Frames.Uint8s()[i*c.Frames.Len()/n])/255)
		}
		return values
	}
	offsets, features := c.Offsets.Int32s(), c.Features.Float32s()
	for r := range c.Offsets.Len() - 1 {
		sum := float32(0)
		for _, f := range features[offsets[r]:offsets[r+1]] {
			sum += f
		}
		values = append(values, sum/float32(offsets[r+1]-offsets[r]))
	}
	return values
}

func (m *multiplier) Forward(_ context.Context, c core.ModuleForward) error {
	w := c.Params[0].Float32s()[0]
	for i, v := range inputs(c.ModuleCall) {
		c.Output.Float32s()[i] = w * v
	}
	if len(c.Updates) > 1 {
		c.Updates[1].Float32s()[0] = c.Params[1].Float32s()[0] + 1
	}
	return nil
}

func (m *multiplier) Backward(_ context.Context, c core.ModuleBackward) error {
	if m.fail != nil {
		return m.fail
	}
	w, sum := c.Params[0].Float32s()[0], float32(0)
	for i, v := range inputs(c.ModuleCall) {
		g := c.GradOutput.Float32s()[i]
		sum += g * v
		if c.GradInput.IsZero() {
			continue
		}
		from, to := c.Offsets.Int32s()[i], c.Offsets.Int32s()[i+1]
		for n := from; n < to; n++ {
			c.GradInput.Float32s()[n] = g * w / float32(to-from)
		}
	}
	c.GradParams[0].Float32s()[0] = sum
	return nil
}

// square is the mean over rows of (p - t)², with t = 0 where there are no targets.
type square struct {
	core.Loss
	value func(float64) float64 // changes the value, when set
}

func (s *square) Evaluate(_ context.Context, c core.LossCall) (loss float64, err error) {
	p, t := c.Predictions.Float32s(), c.Targets.Float32s()
	for i, v := range p {
		if len(t) > 0 {
			v -= t[i]
		}
		loss += float64(v*v) / float64(len(p))
		c.GradPredictions.Float32s()[i] = 2 * v / float32(len(p))
	}
	if s.value != nil {
		loss = s.value(loss)
	}
	return loss, nil
}

// halving makes targets half of what the teacher puts out.
type halving struct {
	core.Strategy
	calls []core.StepContext
}

func (h *halving) ComputeTargets(_ context.Context, c core.TargetCall) error {
	h.calls = append(h.calls, c.StepContext)
	for i, v := range c.Outputs[0].Float32s() {
		c.Targets.Float32s()[i] = v / 2
	}
	if c.Keys.Len() != c.Outputs[0].Shape[0] {
		return errors.New("there is not one key for each row")
	}
	return nil
}

type plain struct{}

func (plain) Alloc(d tensor.DType, shape ...int) (tensor.Tensor, error) {
	return tensor.New(d, shape...), nil
}

// pixel is the grey of every frame: all batches are alike.
const pixel = 102 // 0.4

// frames writes n samples of one frame each.
func frames(t *testing.T, n int) *data.Dataset {
	t.Helper()
	dir := t.TempDir()
	img := image.NewGray(image.Rect(0, 0, 4, 4))
	for i := range img.Pix {
		img.Pix[i] = pixel
	}
	var file bytes.Buffer
	if err := png.Encode(&file, img); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		folder := filepath.Join(dir, string(rune('a'+i)))
		if err := os.Mkdir(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "0.png"), file.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	set, err := layout.Open(t.Context(), layout.Source{Path: dir})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// small is a training of two branches over one backbone: "follow", whose targets a
// teacher makes, and "shrink", whose embeddings are to become zero.
type small struct {
	*Engine
	backbone, follow, shrink *model.StatefulModule
	branches                 []*model.Branch
	strategy                 *halving
	data                     *data.Dataset
	log                      *bytes.Buffer
}

// options are what tests vary.
type options struct {
	shared         bool // one optimizer for both branches
	accumulate     int
	epochs, limit  int
	clip, momentum float64
	schedule       optim.Schedule
}

const (
	rate    = 0.5
	decay   = 0.75
	weight2 = 3 // of shrink
)

func newModule(t *testing.T, name string, value float32, in core.ModuleInput,
	params ...core.Param) *model.StatefulModule {
	t.Helper()
	in.Gradient = true
	m := &model.StatefulModule{Name: name, Module: &multiplier{}, Input: in,
		Plan: core.ModulePlan{Outputs: 1, Params: append([]core.Param{{Name: "w", Shape: []int{1}}}, params...)}}
	if err := m.Allocate(plain{}, plain{}, true); err != nil {
		t.Fatal(err)
	}
	m.State[0].Float32s()[0], m.Teacher[0].Float32s()[0] = value, value
	m.Changed()
	m.Taught()
	return m
}

func newSmall(t *testing.T, o options) *small {
	t.Helper()
	s := &small{strategy: &halving{}, data: frames(t, 4), log: &bytes.Buffer{}}
	s.backbone = newModule(t, "backbone", 2, core.ModuleInput{Size: 4, Frames: 4},
		core.Param{Name: "steps", Shape: []int{1}, Buffer: true})
	s.follow = newModule(t, "follow.head", 1.5, core.ModuleInput{InputGradient: true})
	s.shrink = newModule(t, "shrink.head", -1, core.ModuleInput{InputGradient: true})
	s.branches = []*model.Branch{
		{Branch: core.Branch{Name: "follow", Unit: core.UnitSample, Source: core.Unlabeled, Target: core.TargetVector,
			Origin: core.FromOutputs, Views: []core.View{{Name: "teacher", NoGradient: true, Teacher: true},
				{Name: "student"}}},
			Chain: model.Chain{Backbone: s.backbone, Heads: []*model.StatefulModule{s.follow}}, Weight: 1},
		{Branch: core.Branch{Name: "shrink", Unit: core.UnitSample, Source: core.Unlabeled, Target: core.TargetNone,
			Origin: core.FromNothing, Views: []core.View{{Name: "only"}}},
			Chain: model.Chain{Backbone: s.backbone, Heads: []*model.StatefulModule{s.shrink}}, Weight: weight2},
	}
	s.Engine = New(Config{Strategy: s.strategy, Teacher: &core.Teacher{Decay: decay},
		Phases:  []TrainingPhase{s.phase(t, o), {Name: "after", Epochs: 1}},
		Modules: []*model.StatefulModule{s.backbone, s.follow, s.shrink}, Log: zerolog.New(s.log)})
	return s
}

// phase makes the inputs and optimizers of the branches.
func (s *small) phase(t *testing.T, o options) TrainingPhase {
	t.Helper()
	phase := TrainingPhase{Name: "joint", Epochs: o.epochs, Steps: 2, Limit: o.limit}
	forwardID := new(uint64)
	loader := data.NewLoader(data.LoaderConfig{Size: 4, OnError: data.Skip})
	for _, b := range s.branches {
		b.Loss, b.Batch, b.Frames = &square{}, 2, 1
		in := &input.Pipeline{Branch: b, Loader: loader, Strategy: s.strategy,
			Sampler: data.Sampler{Data: s.data, Batch: 2, Frames: 1, Order: 1, Augment: 2}}
		if err := errors.Join(b.Chain.Allocate(plain{}, b.Largest(), forwardID), b.AllocateViews(plain{}),
			in.Allocate(plain{}, []int{4, 4, 3})); err != nil {
			t.Fatal(err)
		}
		phase.Inputs = append(phase.Inputs, in)
	}
	groups := map[string][]*model.Branch{"joint.follow": s.branches[:1], "joint.shrink": s.branches[1:]}
	if o.shared {
		groups = map[string][]*model.Branch{"joint.both": s.branches}
	}
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		optimizer, err := NewOptimizer(OptimizerConfig{Name: name, Branches: groups[name], Clip: o.clip,
			Rule:     optim.Config{Kind: "sgd", LR: rate, Momentum: o.momentum},
			Schedule: o.schedule, Accumulate: o.accumulate})
		if err != nil {
			t.Fatal(err)
		}
		phase.Optimizers = append(phase.Optimizers, optimizer)
	}
	return phase
}

// loss returns the loss of a branch, for tests to change.
func (s *small) loss(branch int) *square { return s.branches[branch].Loss.(*square) }

// values returns all that a step changes: parameters, buffers and the teacher's.
func (s *small) values() (all []float32) {
	for _, m := range s.Modules {
		for i := range m.State {
			all = append(all, m.State[i].Float32s()[0], m.Teacher[i].Float32s()[0])
		}
	}
	return all
}
