package main

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"montage/core"
	"montage/core/hint"
	"montage/core/spec"
	"montage/runner/engine"
	"montage/runner/pipeline"
	"montage/runner/synth"
)

// withStrategy is inProcess with components of the test's own.
type withStrategy struct {
	inProcess
	strategy core.Strategy
	loss     core.Loss
}

func (w withStrategy) Lookup(kind core.Kind, name string) (core.Description, error) {
	switch name {
	case "tested":
		return core.Description{Kind: kind, Name: name}, nil
	case "own":
		return core.Description{Kind: kind, Name: name, Targets: []core.TargetKind{core.TargetVector,
			core.TargetMultiHot}}, nil
	}
	return w.inProcess.Lookup(kind, name)
}

func (w withStrategy) New(kind core.Kind, name string, v core.Values) (any, error) {
	switch {
	case kind == core.KindStrategy && name == "tested":
		return w.strategy, nil
	case kind == core.KindLoss && name == "own":
		return w.loss, nil
	}
	return w.inProcess.New(kind, name, v)
}

// squared is the mean over rows of w·|p - t|², with its gradient.
type squared struct{ calls int }

func (*squared) Plan(core.LossInput) (core.LossPlan, error) { return core.LossPlan{}, nil }

func (s *squared) Evaluate(_ context.Context, c core.LossCall) (float64, error) {
	s.calls++
	p, t, w, g := c.Predictions.Float32s(), c.Targets.Float32s(), c.Weights.Float32s(), c.GradPredictions.Float32s()
	rows, width, sum := c.Predictions.Shape[0], c.Predictions.Shape[1], 0.0
	for i := range p {
		d, scale := p[i]-t[i], w[i/width]/float32(rows)
		sum += float64(scale * d * d)
		g[i] = 2 * scale * d
	}
	return sum, nil
}

const oneBranch = `
name = "one-branch"
[data]
labeled = "data/train.csv"
unlabeled = "data/unlabeled.csv"
frames = 2
size = 32
batch = 4
[backbone]
plugin = "resnet18"
width = 8
batchnorm = "frozen"
[strategy]
plugin = "tested"
`

// newPipeline builds the spec, which stands beside a small data set.
func newPipeline(t *testing.T, plugins pipeline.Plugins, text string, overrides ...string) *pipeline.Pipeline {
	t.Helper()
	dir := t.TempDir()
	c := synth.Default()
	c.Dir, c.Train, c.Test, c.Unlabeled, c.Classes, c.MinFrames, c.MaxFrames = filepath.Join(dir, "data"), 8, 4, 8, 3,
		2, 4
	if err := synth.Write(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "spec.toml")
	write(t, path, text)
	s, problems := spec.Load(path, overrides)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	built, err := pipeline.New(t.Context(), pipeline.Config{Spec: s, Plugins: plugins, Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	if err := built.Build(); err != nil {
		t.Fatal(err)
	}
	return built
}

// matching is FixMatch in the contract's terms: labels are made of the outputs of
// a weak view for a strong one.
type matching struct{ t *testing.T }

func (matching) Plan(core.StrategyInput) (core.StrategyPlan, error) {
	return core.StrategyPlan{
		Branches: []core.Branch{
			{Name: "supervised", Doc: "d", Source: core.Labeled, Unit: core.UnitSample, Target: core.TargetMultiHot,
				Origin: core.FromLabels, Views: []core.View{{Name: "image"}}},
			{Name: "pseudo", Doc: "d", Source: core.Everything, Unit: core.UnitFrame, Target: core.TargetMultiHot,
				Origin: core.FromOutputs, Outputs: 3, SharesHeadsOf: "supervised",
				Views: []core.View{{Name: "weak", NoGradient: true}, {Name: "strong", Augment: true},
					{Name: "other", Draw: 1}}},
		},
		Phases:  []core.Phase{{Name: "joint", Doc: "d", Branches: []string{"supervised", "pseudo"}}},
		Predict: "supervised",
	}, nil
}

func (m matching) ComputeTargets(_ context.Context, c core.TargetCall) error {
	outputs, rows := c.Outputs[0].Float32s(), c.Outputs[0].Shape[0]
	if len(c.Outputs) != 1 || c.Keys.Len() != rows || c.Targets.Shape[0] != 2*rows || c.Weights.Len() != 2*rows ||
		c.Progress < 0 || c.Progress > 1 {
		m.t.Errorf("asked for targets %v of outputs %v with keys %v", c.Targets, c.Outputs, c.Keys)
	}
	for i := range c.Targets.Float32s() {
		c.Targets.Float32s()[i] = 0
		if outputs[i%len(outputs)] > 0 {
			c.Targets.Float32s()[i] = 1
		}
	}
	for i := range c.Weights.Float32s() {
		c.Weights.Float32s()[i] = float32(i % 2) // half of the rows are not trusted
	}
	return nil
}

func TestTargetsFromOutputs(t *testing.T) {
	built := newPipeline(t, withStrategy{strategy: matching{t}}, oneBranch+`
[branch.supervised]
head = { plugin = "mlp" }
loss = { plugin = "bce" }
[branch.pseudo]
augment = [{ plugin = "mirror" }]
loss = { plugin = "bce" }
weight = 0.5
[phase.joint]
epochs = 2
`)
	if modules := built.Modules(); len(modules) != 2 || built.Branches[1].Chain.Heads[0] != modules[1] {
		t.Errorf("the branches have %d modules and do not share a head", len(modules))
	}
	e := built.Engine()
	var steps []engine.StepReport
	e.OnStep = func(r engine.StepReport) { steps = append(steps, r) }
	if err := e.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	// 8 labelled samples are 2 batches of 4, all 16 are 4: the labelled ones repeat.
	if len(steps) != 8 || steps[0].Steps != 4 || len(steps[0].Losses) != 2 || !e.Done() {
		t.Errorf("%d steps, first %+v", len(steps), steps[0])
	}
}

// latent is BYOL in the contract's terms: a teacher without the predictor makes
// targets of the other view.
type latent struct{ t *testing.T }

func (latent) Plan(core.StrategyInput) (core.StrategyPlan, error) {
	teacher := func(of string) core.View {
		return core.View{Name: "t" + of, SharesFramesOf: of, NoGradient: true, Teacher: true, StopsAtHead: "head"}
	}
	return core.StrategyPlan{
		Branches: []core.Branch{
			{Name: "latent", Doc: "d", Source: core.Unlabeled, Unit: core.UnitFrame, Target: core.TargetVector,
				Origin: core.FromOutputs, Heads: []string{"head", "predictor"},
				Views: []core.View{{Name: "a"}, {Name: "b", Draw: 1}, teacher("a"), teacher("b")}},
			{Name: "supervised", Doc: "d", Source: core.Labeled, Unit: core.UnitSample, Target: core.TargetMultiHot,
				Origin: core.FromLabels, Views: []core.View{{Name: "image"}}},
		},
		Phases: []core.Phase{{Name: "pretrain", Doc: "d", Branches: []string{"latent"}},
			{Name: "finetune", Doc: "d", Branches: []string{"supervised"}}},
		Predict: "supervised",
		Teacher: &core.Teacher{Decay: 0.75},
	}, nil
}

func (l latent) ComputeTargets(_ context.Context, c core.TargetCall) error {
	a, b := c.Outputs[0], c.Outputs[1]
	if len(c.Outputs) != 2 || c.Targets.Shape[0] != a.Shape[0]+b.Shape[0] || c.Targets.Shape[1] != a.Shape[1] {
		l.t.Errorf("asked for targets %v of outputs %v", c.Targets, c.Outputs)
	}
	copy(c.Targets.Float32s(), b.Float32s())
	copy(c.Targets.Float32s()[b.Len():], a.Float32s())
	return nil
}

const latentSpec = oneBranch + `
[branch.latent]
head = { plugin = "mlp", outputs = 6 }
predictor = { plugin = "mlp", hidden = [5], outputs = 6 }
loss = { plugin = "own" }
optimizer = { kind = "sgd", lr = 0.1 }
[branch.supervised]
head = { plugin = "mlp" }
loss = { plugin = "bce" }
[phase.pretrain]
epochs = 1
steps = 1
[phase.finetune]
epochs = 1
`

// TestTeacherFollows takes one step and compares the averaged copy with the
// average of the parameters before and after it.
func TestTeacherFollows(t *testing.T) {
	built := newPipeline(t, withStrategy{strategy: latent{t}, loss: &squared{}}, latentSpec, "phase.finetune.epochs=0")
	before := snapshot(built)
	if err := built.Engine().Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	moved := false
	for p, module := range built.Modules() {
		for i, param := range module.Plan.Params {
			for j, now := range module.State[i].Float32s() {
				was := before[p][i][j]
				want := 0.75*was + 0.25*now
				if param.Buffer {
					want = now
				}
				moved = moved || now != was
				got, near := module.Teacher[i].Float32s()[j], 1e-6*math.Abs(float64(want))+1e-9
				if math.Abs(float64(got-want)) > near {
					t.Fatalf("%s %s[%d]: teacher is %v, want %v between %v and %v", module.Name, param.Name, j, got,
						want, was, now)
				}
			}
		}
	}
	if !moved {
		t.Error("no parameter moved")
	}
}

func snapshot(built *pipeline.Pipeline) (all [][][]float32) {
	for _, module := range built.Modules() {
		var params [][]float32
		for _, s := range module.State {
			params = append(params, append([]float32(nil), s.Float32s()...))
		}
		all = append(all, params)
	}
	return all
}

// TestSharedOptimizerAddsGradients uses that a step of SGD is linear in the
// gradient: one step of two branches together is the sum of a step of each.
func TestSharedOptimizerAddsGradients(t *testing.T) {
	text := strings.Replace(oneBranch, `"tested"`, `"sesemi"`, 1) + `
[branch.supervised]
head = { plugin = "mlp" }
loss = { plugin = "bce" }
optimizer = { kind = "sgd", lr = 0.1, name = "both" }
[branch.proxy]
head = { plugin = "mlp" }
loss = { plugin = "cross-entropy" }
optimizer = { kind = "sgd", lr = 0.1, name = "both" }
[phase.joint]
epochs = 1
steps = 1
`
	step := func(overrides ...string) []float64 {
		built := newPipeline(t, inProcess{}, text, overrides...)
		before := snapshot(built)
		if err := built.Engine().Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		var moves []float64
		for i, s := range built.Backbone.State {
			for j, v := range s.Float32s() {
				moves = append(moves, float64(v)-float64(before[0][i][j]))
			}
		}
		return moves
	}
	both, supervised, proxy := step(), step("branch.proxy.weight=0"), step("branch.supervised.weight=0")
	largest, worst := 0.0, 0.0
	for i := range both {
		largest = max(largest, math.Abs(supervised[i]), math.Abs(proxy[i]))
		worst = max(worst, math.Abs(both[i]-supervised[i]-proxy[i]))
	}
	if largest == 0 || worst > 1e-4*largest {
		t.Errorf("off by %g of %g", worst, largest)
	}
}

// failing is a loss that gives NaN at its third evaluation.
type failing struct{ squared }

func (f *failing) Evaluate(ctx context.Context, c core.LossCall) (float64, error) {
	v, err := f.squared.Evaluate(ctx, c)
	if f.calls == 3 {
		return math.NaN(), err
	}
	return v, err
}

func TestDivergenceNamesBranchAndSamples(t *testing.T) {
	text := strings.Replace(oneBranch, `"tested"`, `"supervised"`, 1) + `
[branch.supervised]
head = { plugin = "mlp" }
loss = { plugin = "own" }
[phase.train]
epochs = 5
`
	built := newPipeline(t, withStrategy{loss: &failing{}}, text)
	e := built.Engine()
	var before [][][]float32
	e.OnStep = func(engine.StepReport) { before = snapshot(built) }
	err := e.Run(t.Context())
	var at *engine.StepError
	if !errors.As(err, &at) || !errors.Is(err, core.ErrNotFinite) {
		t.Fatalf("got %v", err)
	}
	if at.Phase != "train" || at.Epoch != 1 || at.Step != 0 || at.Branch != "supervised" || len(at.Samples) != 4 ||
		!strings.Contains(hint.Text(err), "hint: ") {
		t.Errorf("got %+v", at)
	}
	for p, module := range built.Modules() {
		for i := range module.State {
			for j, v := range module.State[i].Float32s() {
				if v != before[p][i][j] {
					t.Fatalf("%s changed in a step that failed", module.Name)
				}
			}
		}
	}
}

func TestInterruptedEngineStopsAtAStep(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	built := newPipeline(t, withStrategy{strategy: matching{t}}, oneBranch+`
[branch.supervised]
head = { plugin = "mlp" }
loss = { plugin = "bce" }
[branch.pseudo]
augment = [{ plugin = "mirror" }]
loss = { plugin = "bce" }
[phase.joint]
epochs = 1000
`)
	reason := errors.New("enough")
	e := built.Engine()
	e.OnStep = func(r engine.StepReport) {
		if r.Step == 3 {
			cancel(reason)
		}
	}
	if err := e.Run(ctx); !errors.Is(err, reason) {
		t.Errorf("got %v", err)
	}
	content, err := e.Content()
	if err != nil || !strings.Contains(string(content.State), `"step":3`) {
		t.Errorf("stopped at %s, %v", content.State, err)
	}
}

// TestSesemiOptions takes a step with every unit and number of transforms.
func TestSesemiOptions(t *testing.T) {
	if testing.Short() {
		t.Skip("trains four times")
	}
	for _, options := range []string{`unit = "sample"`, `unit = "frame"`, "transforms = \"all\"",
		"unit = \"frame\"\ntransforms = \"all\""} {
		text := strings.Replace(oneBranch, `"tested"`, "\"sesemi\"\n"+options, 1) + `
[branch.supervised]
head = { plugin = "mlp" }
loss = { plugin = "asymmetric" }
[branch.proxy]
augment = [{ plugin = "affine" }]
head = { plugin = "mlp", hidden = [4], dropout = 0.5 }
loss = { plugin = "cross-entropy" }
[phase.joint]
epochs = 1
steps = 2
`
		built := newPipeline(t, inProcess{}, text)
		e := built.Engine()
		var last engine.StepReport
		e.OnStep = func(r engine.StepReport) { last = r }
		if err := e.Run(t.Context()); err != nil {
			t.Errorf("%s: %v", options, err)
		}
		// An untrained network guesses: the cross-entropy of six classes is near log 6.
		if loss := last.Losses["proxy"]; math.Abs(loss-math.Log(6)) > 1 {
			t.Errorf("%s: proxy loss is %g", options, loss)
		}
	}
}
