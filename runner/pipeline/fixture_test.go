package pipeline

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/rs/zerolog"

	"montage/core"
	"montage/core/sdk"
	"montage/core/spec"
	"montage/core/tensor"
	"montage/runner/model"
	"montage/runner/synth"
)

// planned is a component that plans what a test wants and computes nothing.
type planned struct {
	core.Module
	core.Loss
	core.Augmentation
	p *fakes
}

// module, loss and augmentation are the kinds of a planned component.
type (
	module       struct{ planned }
	loss         struct{ planned }
	augmentation struct{ planned }
	strategy     struct{ plan core.StrategyPlan }
)

func (m module) Plan(in core.ModuleInput) (core.ModulePlan, error) {
	if in.Size > 0 {
		return m.p.backbone, m.p.fail["backbone"]
	}
	m.p.heads = append(m.p.heads, in)
	width := in.Outputs
	if m.p.width > 0 || width == 0 {
		width = max(m.p.width, 1)
	}
	return core.ModulePlan{Outputs: width, Params: []core.Param{{Name: "w", Shape: []int{in.Features, width},
		Init: core.Init{Kind: m.p.init, Value: 1}}}}, m.p.fail["head"]
}

func (l loss) Plan(in core.LossInput) (core.LossPlan, error) {
	l.p.losses = append(l.p.losses, in)
	return core.LossPlan{Bytes: 77}, l.p.fail["loss"]
}

func (a augmentation) Plan(core.AugmentationInput) (core.AugmentationPlan, error) {
	return core.AugmentationPlan{Destroys: []core.Property{core.Orientation}}, a.p.fail["augmentation"]
}

func (s strategy) Plan(in core.StrategyInput) (core.StrategyPlan, error) { return s.plan, nil }

// fakes are Plugins whose components do as the fields say, and keep what they were asked.
type fakes struct {
	backbone core.ModulePlan
	plan     core.StrategyPlan
	width    int              // of every head, 0 for what is wanted
	init     string           // of heads
	fail     map[string]error // by kind: the error of its plan, "new …" that of its constructor
	other    map[string]any   // made instead, by kind
	weighs   bool             // losses take class weights

	values core.Values // of the first loss

	heads  []core.ModuleInput
	losses []core.LossInput
	mapped [2]int64
	took   [2]counter
}

func (p *fakes) Lookup(kind core.Kind, name string) (core.Description, error) {
	d := core.Description{Kind: kind, Name: name}
	if kind == core.KindLoss {
		d.Targets = []core.TargetKind{core.TargetMultiHot, core.TargetOneHot, core.TargetVector, core.TargetNone}
		if p.weighs {
			d.Options = []core.Option{sdk.ClassWeights()}
		}
	}
	return d, nil
}

func (p *fakes) New(kind core.Kind, _ string, values core.Values) (any, error) {
	if other, ok := p.other[string(kind)]; ok {
		return other, nil
	}
	made := planned{p: p}
	err := p.fail["new "+string(kind)]
	switch kind {
	case core.KindBackbone, core.KindHead:
		return module{made}, err
	case core.KindLoss:
		if p.values == nil {
			p.values = values
		}
		return loss{made}, err
	case core.KindAugmentation:
		return augmentation{made}, err
	}
	return strategy{p.plan}, err
}

// Map gives plain memory that counts what is taken of it.
func (p *fakes) Map(state, work int64) (model.Allocator, model.Allocator, error) {
	p.mapped = [2]int64{state, work}
	return counted{&p.took[0]}, counted{&p.took[1]}, p.fail["map"]
}

type counted struct{ *counter }

func (c counted) Alloc(d tensor.DType, shape ...int) (tensor.Tensor, error) {
	if _, err := c.counter.Alloc(d, shape...); err != nil {
		return tensor.Tensor{}, err
	}
	return tensor.New(d, shape...), nil
}

// two is a strategy of a branch with labels and one whose outputs a teacher makes.
func two() *fakes {
	return &fakes{init: "constant", fail: map[string]error{}, other: map[string]any{},
		backbone: core.ModulePlan{Outputs: 5, Params: []core.Param{
			{Name: "stem", Shape: []int{2}, Init: core.Init{Kind: "constant", Value: 4}, Frozen: true},
			{Name: "rest", Shape: []int{3}, Init: core.Init{Kind: "normal", Value: 1}}}},
		plan: core.StrategyPlan{
			Branches: []core.Branch{
				{Name: "supervised", Doc: "d", Source: core.Labeled, Unit: core.UnitSample, Target: core.TargetMultiHot,
					Origin: core.FromLabels, Views: []core.View{{Name: "view", Augment: true}}},
				{Name: "match", Doc: "d", Source: core.Everything, Unit: core.UnitFrame, Target: core.TargetVector,
					Origin: core.FromOutputs, Outputs: 4, Reads: []core.Property{core.Orientation},
					Views: []core.View{{Name: "weak", NoGradient: true, Teacher: true},
						{Name: "strong", Augment: true}}},
			},
			Phases:  []core.Phase{{Name: "joint", Doc: "d", Branches: []string{"match", "supervised"}}},
			Predict: "supervised", Teacher: &core.Teacher{Decay: 0.5},
		}}
}

const text = `
name = "two"
[data]
labeled = "data/train.csv"
unlabeled = "data/unlabeled.csv"
test = "data/test.csv"
valid = "data/test.csv"
frames = 2
size = 32
batch = 2
[backbone]
plugin = "any"
[strategy]
plugin = "two"
[branch.supervised]
augment = [{ plugin = "flip" }]
head = { plugin = "any" }
loss = { plugin = "any" }
optimizer = { kind = "sgd", lr = 0.1 }
[branch.match]
augment = [{ plugin = "flip" }]
head = { plugin = "any" }
loss = { plugin = "any" }
weight = 2.0
batch = 1
optimizer = { kind = "adam" }
[phase.joint]
epochs = 3
`

// classes are those of the data set of tests.
const classes = 3

// workplace writes the spec beside 4 labelled, 2 test and 3 unlabelled samples.
func workplace(t *testing.T, text string) (path string) {
	t.Helper()
	dir := t.TempDir()
	c := synth.Default()
	c.Dir, c.Train, c.Test, c.Unlabeled, c.Classes = filepath.Join(dir, "data"), 4, 2, 3, classes
	c.MinFrames, c.MaxFrames, c.Size = 2, 3, 32
	if err := synth.Write(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(dir, "two.toml")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// open makes the pipeline of a spec.
func open(t *testing.T, path string, plugins *fakes, log *bytes.Buffer, overrides ...string) (*Pipeline, error) {
	t.Helper()
	s, problems := spec.Load(path, overrides)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	p, err := New(t.Context(), Config{Spec: s, Plugins: plugins, Log: zerolog.New(log)})
	if err == nil {
		t.Cleanup(p.Close)
	}
	return p, err
}

// built makes and builds the pipeline of text.
func built(t *testing.T, plugins *fakes, overrides ...string) (*Pipeline, *bytes.Buffer) {
	t.Helper()
	log := &bytes.Buffer{}
	p, err := open(t, workplace(t, text), plugins, log, overrides...)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Build(); err != nil {
		t.Fatal(err)
	}
	return p, log
}

var errBroken = errors.New("broken")
