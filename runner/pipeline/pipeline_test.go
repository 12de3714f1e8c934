package pipeline

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"montage/core"
	"montage/core/spec"
	"montage/core/tensor"
	"montage/runner/model"
	"montage/runner/weight"
)

func moduleNames(p *Pipeline) (names []string) {
	for _, m := range p.Modules() {
		names = append(names, m.Name)
	}
	return names
}

// TestEverythingFits follows shapes, steps, memory and optimizers through a spec.
func TestEverythingFits(t *testing.T) {
	plugins := two()
	p, _ := built(t, plugins)
	if got := moduleNames(p); !slices.Equal(got, []string{"backbone", "supervised.head", "match.head"}) {
		t.Errorf("modules %v", got)
	}
	if in := p.Backbone.Input; in.Frames < 4 || in.Size != 32 || !in.Gradient {
		t.Errorf("the backbone's input is %+v", in)
	}
	if len(plugins.heads) != 2 || plugins.heads[0].Features != 5 || plugins.heads[0].Outputs != classes ||
		plugins.heads[1].Outputs != 4 || plugins.heads[1].Rows != 2 || !plugins.heads[1].InputGradient {
		t.Errorf("the heads' inputs are %+v", plugins.heads)
	}
	want := core.LossInput{Outputs: 4, TargetWidth: 4, Target: core.TargetVector, Rows: 2, Views: 1}
	if len(plugins.losses) != 2 || plugins.losses[1] != want || p.Branch("match").LossBytes != 77 {
		t.Errorf("the losses' inputs are %+v", plugins.losses)
	}
	if plugins.mapped != [2]int64{p.StateBytes, p.WorkBytes} || plugins.took[0].Bytes() != p.StateBytes ||
		plugins.took[1].Bytes() != p.WorkBytes || p.StateBytes == 0 {
		t.Errorf("%v bytes are planned, %d and %d taken", plugins.mapped, plugins.took[0].Bytes(),
			plugins.took[1].Bytes())
	}
	phase := p.Phases[0]
	// of everything, one by one
	if len(p.Phases) != 1 || phase.Name != "joint" || phase.Epochs != 3 || phase.Steps != 7 {
		t.Errorf("phases %+v", p.Phases)
	}
	if len(phase.Optimizers) != 2 || phase.Optimizers[0].Name != "joint.match" ||
		phase.Optimizers[1].Name != "joint.supervised" || phase.Optimizers[1].LR != 0.1 || len(phase.Inputs) != 2 ||
		phase.Inputs[0] != p.Inputs["match"] {
		t.Errorf("optimizers %+v", phase.Optimizers)
	}
	for i := range p.Backbone.State {
		if !slices.Equal(p.Backbone.Teacher[i].Float32s(), p.Backbone.State[i].Float32s()) {
			t.Error("the teacher does not begin as the student")
		}
	}
	if p.Backbone.State[0].Float32s()[1] != 4 {
		t.Errorf("the stem begins with %v", p.Backbone.State[0].Float32s())
	}
	if e := p.Engine(); e.Done() || e.Teacher.Decay != 0.5 || len(e.Modules) != 3 {
		t.Error("the engine is another training's")
	}
}

// TestWarnings are of an augmentation that spoils targets, and of samples in two sets.
func TestWarnings(t *testing.T) {
	p, _ := built(t, two())
	all := p.Warnings.Error()
	if len(p.Warnings) != 2 || !strings.Contains(all,
		`augmentation "flip" destroys the orientation that branch "match"`) ||
		!strings.Contains(all, "2 of the samples of data.test are in data.valid too, test-00001 first") {
		t.Errorf("warnings: %v", all)
	}
}

// TestOneOptimizerForBranchesThatNameIt shares it, in the order of the branches.
func TestOneOptimizerForBranchesThatNameIt(t *testing.T) {
	p, _ := built(t, two(), `branch.match.optimizer={name="one",kind="sgd",lr=0.1}`,
		`branch.supervised.optimizer={name="one",kind="sgd"}`)
	all := p.Phases[0].Optimizers
	if len(all) != 1 || all[0].Name != "joint.one" || len(all[0].Branches) != 2 || all[0].Branches[0].Name != "match" {
		t.Errorf("optimizers %+v", all)
	}
}

// TestPhasesThatAreLeftOut train nothing; the branch that predicts keeps its head.
func TestPhasesThatAreLeftOut(t *testing.T) {
	p, _ := built(t, two(), "phase.joint.epochs=0")
	if len(p.Branches) != 1 || p.Branches[0].Trained() || len(p.Inputs) != 0 || len(p.Phases[0].Optimizers) != 0 {
		t.Errorf("branches %v, phases %+v", p.Branches, p.Phases)
	}
}

// TestPredicting needs no data, no loss and no other branch.
func TestPredicting(t *testing.T) {
	plugins := two()
	plugins.fail["new loss"] = errBroken
	path := workplace(t, text)
	s, problems := spec.Load(path, nil)
	if err := errors.Join(problems.Err(), os.RemoveAll(filepath.Join(filepath.Dir(path), "data"))); err != nil {
		t.Fatal(err)
	}
	p, err := New(t.Context(), Config{Spec: s, Plugins: plugins, Log: zerolog.Nop(), Predict: true,
		Classes: []string{"a", "b"}})
	if err == nil {
		err = p.Build()
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := moduleNames(p); !slices.Equal(got, []string{"backbone", "supervised.head"}) ||
		p.Backbone.Teacher != nil ||
		p.Backbone.Input.Gradient || plugins.heads[0].Outputs != 2 || p.Predictor.Chain != &p.Branches[0].Chain {
		t.Errorf("modules %v, heads %+v", got, plugins.heads)
	}
}

// TestErrorsNameTheLine breaks each component in turn: its line of the spec is named.
func TestErrorsNameTheLine(t *testing.T) {
	path := workplace(t, text)
	fails := func(what string) func(*fakes) { return func(p *fakes) { p.fail[what] = errBroken } }
	for _, c := range []struct {
		breakIt func(p *fakes)
		want    string
	}{
		{fails("new backbone"), "two.toml:11:2: broken"},
		{fails("backbone"), "two.toml:11:2: broken"},
		{fails("new ssl-strategy"), "two.toml:13:2: broken"},
		{fails("new augmentation"), "two.toml:16:12: broken"},
		{fails("augmentation"), "two.toml:16:12: broken"},
		{fails("new head"), "two.toml:17:8: broken"},
		{fails("head"), "two.toml:17:8: broken"},
		{fails("new loss"), "two.toml:18:8: broken"},
		{fails("loss"), "two.toml:18:8: broken"},
		{func(p *fakes) { p.other["head"] = "no module" }, `head "any" is made as a string`},
		{func(p *fakes) { p.width = 9 },
			`head "any" gives rows of width K = 9; branch "supervised" needs K = 3 (one for each class)`},
		{func(p *fakes) { p.plan.Predict = "nobody" }, `strategy "two" gave a plan that cannot be trained`},
		{func(p *fakes) { p.backbone.Outputs = 0 }, "backbone: planned 0 outputs"},
		{func(p *fakes) { p.plan.Phases[0].Name = "other" }, `strategy "two" needs [phase.other]`},
	} {
		plugins := two()
		c.breakIt(plugins)
		_, err := open(t, path, plugins, &bytes.Buffer{})
		var problems spec.Problems
		if !errors.As(err, &problems) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want %q: %v", c.want, err)
		}
	}
}

// TestSharedHeads are planned once, for the larger of their branches.
func TestSharedHeads(t *testing.T) {
	plugins := two()
	plugins.plan.Branches[1].SharesHeadsOf, plugins.plan.Branches[1].Outputs = "supervised", classes
	shared := strings.Replace(text, "[branch.match]\naugment = [{ plugin = \"flip\" }]\nhead = { plugin = \"any\" }\n",
		"[branch.match]\naugment = [{ plugin = \"flip\" }]\n", 1)
	p, err := open(t, workplace(t, shared), plugins, &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	if len(plugins.heads) != 1 || p.Branches[0].Chain.Heads[0] != p.Branches[1].Chain.Heads[0] {
		t.Errorf("heads %+v", plugins.heads)
	}
	plugins.plan.Branches[1].Outputs = 4
	_, err = open(t, workplace(t, shared), plugins, &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), `branch "match" needs rows of width K = 4; the heads of branch `+
		`"supervised", which it uses, give K = 3`) {
		t.Errorf("heads of another width: %v", err)
	}
}

// TestBuildFails without memory, or with values that cannot be made.
func TestBuildFails(t *testing.T) {
	for want, breakIt := range map[string]func(p *fakes){
		"memory of the run: broken": func(p *fakes) { p.fail["map"] = errBroken },
		"unknown initialisation":    func(p *fakes) { p.init = "guess" },
	} {
		plugins := two()
		breakIt(plugins)
		p, err := open(t, workplace(t, text), plugins, &bytes.Buffer{})
		if err == nil {
			err = p.Build()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q: %v", want, err)
		}
	}
}

// TestWeights start the backbone, and its teacher, from a file.
func TestWeights(t *testing.T) {
	dir := t.TempDir()
	save := func(name string, tensors ...weight.Named) string {
		path := filepath.Join(dir, name+".safetensors")
		if err := weight.Save(path, tensors); err != nil {
			t.Fatal(err)
		}
		return "backbone.weights=" + path
	}
	rest := weight.Named{Name: "rest", Tensor: tensor.FromFloat32([]float32{7, 8, 9}, 3)}
	p, log := built(t, two(), save("good", rest))
	if p.Backbone.State[1].Float32s()[2] != 9 || p.Backbone.Teacher[1].Float32s()[2] != 9 ||
		!strings.Contains(log.String(), `"file":"good.safetensors"`) {
		t.Errorf("values %v, log %s", p.Backbone.State[1].Float32s(), log)
	}
	for want, override := range map[string]string{
		`has no tensor of backbone "any"`: save("foreign", weight.Named{Name: "other", Tensor: rest.Tensor}),
		"has shape [2] in the file": save("shape", weight.Named{Name: "rest",
			Tensor: tensor.FromFloat32([]float32{1, 2}, 2)}),
	} {
		p, err := open(t, workplace(t, text), two(), &bytes.Buffer{}, override)
		if err == nil {
			err = p.Build()
		}
		var problems spec.Problems
		if !errors.As(err, &problems) || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q: %v", want, err)
		}
	}
}

// TestFeatureCache opens no file before training, and one store for the frozen values.
func TestFeatureCache(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	cache := `backbone.cache={variants=2,dir="` + dir + `"}`
	plugins := two()
	plugins.backbone.FrozenPrefix = []int{3, 2}
	p, _ := built(t, plugins, cache)
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a pipeline that trains nothing made the folder: %v", err)
	}
	p.Backbone.OpenCache()
	first, err := os.ReadDir(dir)
	if err != nil || len(first) != 1 || p.FeatureCacheDir != dir {
		t.Fatalf("the cache has %v, %v", first, err)
	}
	if n := p.PrefixMaps(); n != 2*(4*2+2*7*2) { // of supervised, and of the two views of match
		t.Errorf("%d features are kept at most", n)
	}
	p.Backbone.State[0].Float32s()[0]++
	p.Backbone.Changed()
	p.Backbone.OpenCache()
	if second, _ := os.ReadDir(dir); len(second) != 2 {
		t.Errorf("other frozen values share the folder: %v", second)
	}
	var prefix *model.FrozenPrefix = p.Backbone.Prefix
	p.Close()
	prefix.Close() // again
	for want, breakIt := range map[string]func(p *fakes){
		`backbone "any" has no frozen prefix that can be cached`: func(*fakes) {},
		"gives maps of the shape": func(p *fakes) {
			p.backbone.FrozenPrefix = []int{1 << 40, 1 << 20}
		},
	} {
		plugins := two()
		breakIt(plugins)
		if _, err := open(t, workplace(t, text), plugins, &bytes.Buffer{}, cache); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("want %q: %v", want, err)
		}
	}
}

// TestSkippedDataIsReportedInOrder breaks a frame of each data set.
func TestSkippedDataIsReportedInOrder(t *testing.T) {
	path := workplace(t, text)
	for _, sample := range []string{"train-00001", "test-00001", "unlabeled-00001"} {
		files, err := filepath.Glob(filepath.Join(filepath.Dir(path), "data", "frames", sample, "*"))
		if err != nil || len(files) < 2 {
			t.Fatal(files, err)
		}
		if err := os.WriteFile(files[0], nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for range 8 {
		log := &bytes.Buffer{}
		if _, err := open(t, path, two(), log, `data.on_error="skip"`); err != nil {
			t.Fatal(err)
		}
		var order []string
		for line := range strings.Lines(log.String()) {
			order = append(order, strings.Split(strings.SplitN(line, `"data":"`, 2)[1], `"`)[0])
		}
		if !slices.Equal(order, []string{"labeled", "unlabeled", "test", "valid"}) {
			t.Fatalf("reported %v", order)
		}
	}
	if _, err := open(t, path, two(), &bytes.Buffer{}); err == nil || strings.Count(err.Error(), "\n") < 2 {
		t.Errorf("not every problem of the data is reported: %v", err)
	}
}

// TestProbesNeedSamplesOfTheSplit: a split that has no validation sample is found before training.
func TestProbesNeedSamplesOfTheSplit(t *testing.T) {
	path := workplace(t, strings.Replace(text, `valid = "data/test.csv"`, `split.column = "set"`,
		1)+"probe_every = 1\n")
	table := filepath.Join(filepath.Dir(path), "data", "train.csv")
	rows, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	split := strings.ReplaceAll(strings.TrimSpace(string(rows)), "\n", ",train\n") + ",train\n"
	if err := os.WriteFile(table, []byte(strings.Replace(split, "labels,train", "labels,set", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = open(t, path, two(), &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), "phase joint probes its features, but there are no valid samples") {
		t.Errorf("got %v", err)
	}
}
