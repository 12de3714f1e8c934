package spec_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"montage/core"
	"montage/core/spec"
)

// write puts files into a fresh folder, which becomes the working directory.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	t.Chdir(folder)
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return here
}

func load(t *testing.T, path string, overrides ...string) *spec.Spec {
	t.Helper()
	s, problems := spec.Load(path, overrides)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return s
}

const least = "name = \"x\"\nbackbone.plugin = \"resnet50\"\nstrategy.plugin = \"sesemi\"\n"

func TestDefaults(t *testing.T) {
	write(t, map[string]string{"x.toml": least + "[branch.a]\n[branch.b.optimizer]\nkind = \"sgd\"\nschedule.kind = " +
		"\"cosine\"\n[phase.p]\nepochs = 2\n"})
	s := load(t, "x.toml")
	want := spec.DataTable{Frames: 20, Size: 224, Batch: 16, OnError: "fail", Cache: 1e9, Classes: []string{},
		Features: []string{}, Resize: "squash", Background: "black",
		Table: spec.LabelTable{Labels: []string{}, ClassColumns: []string{}, Empty: "error"},
		Split: spec.SplitTable{Train: []string{"train", "trn", "training"},
			Valid: []string{"valid", "val", "validation", "dev"}, Test: []string{"test", "tst", "testing"},
			Unlabeled: []string{"unlabeled", "unlabelled"}},
		Video: spec.VideoTable{Method: "scene", Threshold: 0.27, Count: 20, Rate: 1, Position: 0.5, MinScene: 0.6,
			MinFrames: 3, MaxFrames: 80, Duplicates: 6, Size: 640, Quality: 90, Timeout: 3600}}
	if !reflect.DeepEqual(s.Data, want) {
		t.Errorf("data: got %+v, want %+v", s.Data, want)
	}
	if !reflect.DeepEqual(s.Eval, spec.EvalTable{TopK: []int{10, 9, 8, 7, 6, 5, 4}, Threshold: 0.5, Batch: 16,
		Every: 1}) {
		t.Errorf("eval: got %+v", s.Eval)
	}
	adam := spec.OptimizerTable{Kind: "adam", LR: 1e-3, Name: "a", Betas: []float64{0.9, 0.999}, Eps: 1e-8,
		Accumulate: 1, Schedule: spec.ScheduleTable{Kind: "constant"}}
	if got := s.Branch("a").Optimizer; !reflect.DeepEqual(got, adam) {
		t.Errorf("optimizer: got %+v, want %+v", got, adam)
	}
	sgd := spec.OptimizerTable{Kind: "sgd", LR: 1e-3, Name: "b", Accumulate: 1,
		Schedule: spec.ScheduleTable{Kind: "cosine"}}
	if got := s.Branch("b").Optimizer; !reflect.DeepEqual(got, sgd) {
		t.Errorf("optimizer: got %+v, want %+v", got, sgd)
	}
	if a := s.Branch("a"); a.Weight != 1 || a.Batch != 16 || a.Loss != nil || s.Seed != 0 || s.Weights != "" {
		t.Errorf("got %+v, seed %d, weights %q", a, s.Seed, s.Weights)
	}
	if p := s.Phase("p"); *p != (spec.PhaseTable{Name: "p", Epochs: 2}) || s.Phase("q") != nil || s.Branch("c") != nil {
		t.Errorf("got %+v", p)
	}
}

func TestStructure(t *testing.T) {
	s, problems := check("testdata/base/two-views.toml", "branch.pseudo.batch=3")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	b := s.Branch("pseudo")
	if len(b.Heads) != 2 || b.Heads["predictor"].Options["hidden"] == nil || b.Batch != 3 {
		t.Errorf("got %+v", b)
	}
	if v := b.Augmentations("strong"); len(v) != 1 || v[0].Plugin != "mirror" ||
		v[0].Path != "branch.pseudo.view.strong.augment[0]" {
		t.Errorf("got %+v", v)
	}
	if v := b.Augmentations("weak"); len(v) != 0 {
		t.Errorf("got %+v", v)
	}
	if got, want := v0(b).Values, (core.Values{"p": 0.5, "note": ""}); !reflect.DeepEqual(got, want) {
		t.Errorf("values: got %v, want %v", got, want)
	}
	var order []string
	for _, c := range s.Components() {
		order = append(order, string(c.Kind)+" "+c.Path)
	}
	want := "backbone backbone; ssl-strategy strategy; augmentation branch.pseudo.view.strong.augment[0]; " +
		"head branch.pseudo.head; head branch.pseudo.predictor; loss branch.pseudo.loss"
	if got := strings.Join(order, "; "); got != want {
		t.Errorf("got %s", got)
	}
}

func v0(b *spec.BranchTable) *spec.Component { return b.Views["strong"].Augment[0] }

// TestForms: a component reads the same inline, as a table and in dotted keys.
func TestForms(t *testing.T) {
	for _, text := range []string{
		least + "branch.a.augment = [{ plugin = \"mirror\", p = 0.25 }]\nbranch.a.loss = { plugin = \"l\", x = { y = " +
			"1 } }",
		least + "[branch]\n[branch.a]\n[[branch.a.augment]]\nplugin = \"mirror\"\np = 0.25\n[branch.a.loss]\nplugin " +
			"= 'l'\n[branch.a.loss.x]\ny = 0x1",
		least + "[branch.a]\nloss.plugin = \"l\"\nloss.x.y = 1\naugment = [\n # one\n {plugin = \"mirror\", # [\n p " +
			"= 2_5e-2, },\n]",
	} {
		write(t, map[string]string{"x.toml": text})
		a := load(t, "x.toml").Branch("a")
		if c := a.Augment[0]; c.Plugin != "mirror" || !reflect.DeepEqual(c.Options, map[string]any{"p": 0.25}) {
			t.Errorf("got %+v", c)
		}
		if want := map[string]any{"x": map[string]any{"y": int64(1)}}; !reflect.DeepEqual(a.Loss.Options, want) {
			t.Errorf("got %v", a.Loss.Options)
		}
	}
}

func TestPositions(t *testing.T) {
	write(t, map[string]string{"x.toml": least + `[branch.supervised]
augment = [{ plugin = "a" }, # one [ , {
  { plugin = "mirror", p = 0.5, grid = [[1], [ 2, 3 ]] }]
[[branch.supervised.more]]
plugin = "m"
[[branch.supervised.more]]
a.b = 3
`})
	s, _ := spec.Load("x.toml", []string{"phase.p.epochs=1"})
	for path, want := range map[string]string{
		"":                                     "x.toml:1:1",
		"name":                                 "x.toml:1:8",
		"backbone.plugin":                      "x.toml:2:19",
		"backbone.trainable":                   "x.toml:2:1",
		"branch":                               "x.toml:4:2",
		"branch.supervised":                    "x.toml:4:9",
		"branch.supervised.augment":            "x.toml:5:11",
		"branch.supervised.augment[0]":         "x.toml:5:12",
		"branch.supervised.augment[1]":         "x.toml:6:3",
		"branch.supervised.augment[1].p":       "x.toml:6:28",
		"branch.supervised.augment[1].grid[1]": "x.toml:6:46",
		"branch.supervised.augment[1].grid[1][1]": "x.toml:6:51",
		"branch.supervised.augment[7].p":          "x.toml:5:11",
		"branch.supervised.more[1].a.b":           "x.toml:10:7",
		"phase.p.epochs":                          "-s phase.p.epochs=1",
		"not a path":                              "x.toml:1:1",
	} {
		if got := s.PosOf(path).String(); got != want {
			t.Errorf("%q: got %s, want %s", path, got, want)
		}
	}
}

func TestExtends(t *testing.T) {
	here := write(t, map[string]string{
		"base/root.toml": "name = \"x\"\nstrategy.plugin = \"sesemi\"\n\nseed = 1\n[data]\nlabeled = " +
			"\"train.csv\"\nsize = 64\n[backbone]\nplugin = \"resnet50\"\nweights = \"w.pth\"\n" +
			"[branch.a]\nhead = { plugin = \"mlp\", hidden = [1, 2], dropout = 0.5 }\nloss = { plugin = " +
			"\"asymmetric\", clip = 1 }\n[branch.b]\n",
		"base/middle.toml": "extends = \"root.toml\"\nseed = 2\n[branch.a]\nhead.hidden = [3]\n",
		"x.toml": "extends = \"base/middle.toml\"\nname = \"y\"\n[branch.a.loss]\nplugin = " +
			"\"bce\"\n[branch.c]\n[data]\ntest = \"test.csv\"\n",
	})
	s := load(t, "x.toml", "data.unlabeled=free")
	if s.Name != "y" || s.Seed != 2 || s.Data.Size != 64 {
		t.Errorf("got %+v", s)
	}
	var names []string
	for _, b := range s.Branches {
		names = append(names, b.Name)
	}
	if fmt.Sprint(names) != "[a b c]" {
		t.Errorf("branches: got %v", names)
	}
	if got := s.Branch("a").Heads["head"].Options; !reflect.DeepEqual(got, map[string]any{"hidden": []any{int64(3)},
		"dropout": 0.5}) {
		t.Errorf("tables merge: got %v", got)
	}
	if got := s.Branch("a").Loss; got.Plugin != "bce" || len(got.Options) != 0 {
		t.Errorf("another plugin replaces: got %+v", got)
	}
	for got, want := range map[string]string{s.Data.Labeled: "base/train.csv", s.Data.Test: "test.csv",
		s.Weights: "base/w.pth", s.Data.Unlabeled: "free"} {
		if got != filepath.Join(here, want) {
			t.Errorf("path: got %s, want %s", got, want)
		}
	}
	for path, want := range map[string]string{"seed": "base/middle.toml:2:8", "data.size": "base/root.toml:7:8",
		"name": "x.toml:2:8", "branch.a.head.hidden": "base/middle.toml:4:15"} {
		if got := s.PosOf(path).String(); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

func TestOverrides(t *testing.T) {
	write(t, map[string]string{"x.toml": least + "data.batch = 8\nbranch.a.augment = [{ plugin = \"affine\" }, { " +
		"plugin = \"mirror\", p = 0.5 }]\n"})
	s := load(t, "x.toml", "name=2024-05-01", "data.batch=4", "phase.p.epochs = 3", "eval.top_k=[3, 1]",
		"data.cache=512MiB",
		"branch.a.augment[1].p=0.25", "branch.a.augment[1].note=7", "branch.a.augment[0].plugin=mirror",
		`branch.a.loss={plugin="asymmetric"}`, "branch.a.loss.clip=0", "backbone.trainable=layer4",
		"data.labeled=a#b c.csv")
	if problems := s.CheckComponents(lookup); len(problems) > 0 {
		t.Fatal(problems)
	}
	a := s.Branch("a")
	if s.Name != "2024-05-01" || s.Data.Batch != 4 || a.Batch != 4 || s.Phase("p").Epochs != 3 ||
		fmt.Sprint(s.Eval.TopK) != "[3 1]" {
		t.Errorf("got %+v %+v", s, a)
	}
	if s.Data.Cache != 512<<20 || filepath.Base(s.Data.Labeled) != "a#b c.csv" {
		t.Errorf("got %+v", s.Data)
	}
	if got := a.Augment[1].Values; got["p"] != 0.25 || got["note"] != "7" {
		t.Errorf("a string is wanted: got %v", got)
	}
	if a.Augment[0].Plugin != "mirror" || a.Loss.Values["clip"] != 0.0 || s.Backbone.Values["trainable"] != "layer4" {
		t.Errorf("got %+v %+v %+v", a.Augment[0], a.Loss, s.Backbone)
	}
}

func TestCache(t *testing.T) {
	for text, want := range map[string]int64{`"2GB"`: 2e9, `"1.5 GiB"`: 3 << 29, `"100"`: 100, `4096`: 4096, `"0"`: 0,
		`"2kb"`: 2000, `"3 B"`: 3} {
		write(t, map[string]string{"x.toml": least + "data.cache = " + text})
		if got := load(t, "x.toml").Data.Cache; got != want {
			t.Errorf("%s: got %d, want %d", text, got, want)
		}
	}
	for _, text := range []string{`""`, `"GB"`, `"-1GB"`, `-1`, `"1XB"`, `"nan"`, `"1e30TB"`, `"1 G B"`} {
		write(t, map[string]string{"x.toml": least + "data.cache = " + text})
		if _, problems := spec.Load("x.toml", nil); len(problems) != 1 || problems[0].Pos.String() != "x.toml:4:14" {
			t.Errorf("%s: got %v", text, problems)
		}
	}
}

// TestSections: what the documentation prints is complete and its defaults are true.
func TestSections(t *testing.T) {
	sections := spec.Sections()
	if len(sections) == 0 {
		t.Fatal("no sections")
	}
	for _, s := range sections {
		if s.Doc == "" {
			t.Errorf("[%s] has no doc", s.Name)
		}
		for _, o := range s.Options {
			if o.Name == "plugin" { // which core keeps components from declaring
				continue
			}
			if err := o.Check(); err != nil {
				t.Errorf("[%s]: %v", s.Name, err)
			}
		}
	}
}

func TestPhaseLeftOutNeedsNoData(t *testing.T) {
	write(t, map[string]string{"x.toml": least + "branch.supervised = { head = { plugin = \"mlp\" }, loss = { plugin " +
		"= \"asymmetric\" } }\n" +
		"branch.proxy = { head = { plugin = \"mlp\" }, loss = { plugin = \"cross-entropy\" } }\n" +
		"phase.joint.epochs = 0"})
	if _, problems := check("x.toml"); len(problems) > 0 {
		t.Error(problems)
	}
}

func TestFeatureCache(t *testing.T) {
	for text, want := range map[string]*spec.FeatureCacheTable{
		"":                                  nil,
		"backbone.cache = { variants = 0 }": nil,
		"backbone.cache = {}":               {Variants: 1, Limit: 20 << 30},
		"[backbone.cache]\nlimit = 4096":    {Variants: 1, Limit: 4096},
		"[backbone.cache]\ndir = \"maps\"\nvariants = 3": {Variants: 3, Dir: "maps", Limit: 20 << 30},
	} {
		here := write(t, map[string]string{"x.toml": least + text})
		if want != nil && want.Dir != "" {
			want.Dir = filepath.Join(here, want.Dir)
		}
		s := load(t, "x.toml")
		if !reflect.DeepEqual(s.FeatureCache, want) {
			t.Errorf("%q: got %+v, want %+v", text, s.FeatureCache, want)
		}
		write(t, map[string]string{"again.toml": string(s.Resolved())})
		if again := load(t, "again.toml"); !reflect.DeepEqual(again.FeatureCache, want) {
			t.Errorf("%q: resolved to %+v", text, again.FeatureCache)
		}
		if _, option := s.Backbone.Options["cache"]; option {
			t.Errorf("%q: the component gets the cache as an option", text)
		}
	}
}

func TestFrameCache(t *testing.T) {
	for text, want := range map[string]*spec.FrameCacheTable{
		"":                                 nil,
		"data.frame_cache = {}":            {Limit: 10_000_000_000},
		"data.frame_cache = {limit = 0}":   nil,
		"[data.frame_cache]\nlimit = 4096": {Limit: 4096},
		"[data.frame_cache]\ndir = \"d\"\nlimit = \"1GiB\"": {Dir: "d", Limit: 1 << 30},
	} {
		here := write(t, map[string]string{"x.toml": least + text})
		if want != nil && want.Dir != "" {
			want.Dir = filepath.Join(here, want.Dir)
		}
		s := load(t, "x.toml")
		if !reflect.DeepEqual(s.Data.FrameCache, want) {
			t.Errorf("%q: got %+v, want %+v", text, s.Data.FrameCache, want)
		}
		write(t, map[string]string{"again.toml": string(s.Resolved())})
		if again := load(t, "again.toml"); !reflect.DeepEqual(again.Data.FrameCache, want) {
			t.Errorf("%q: resolved to %+v", text, again.Data.FrameCache)
		}
	}
}

// TestDataIsResolved: what [data] and its tables say comes out of a resolved spec again.
func TestDataIsResolved(t *testing.T) {
	write(t, map[string]string{"x.toml": least + `[data]
labeled = "mtgc.csv"
classes = ["b", "a"]
background = "white"
[data.table]
id = "mid"
class_columns = "action..thriller"
labels = ["category", "subcategory"]
files = "{path}"
[data.split]
column = "split{fold}"
fold = 2
train = 0
valid = [1]
test = "2"
[data.video]
scenes = "scenes/{name}.csv"
rate = 2
keep_bars = true
`})
	s := load(t, "x.toml")
	if d := s.Data; d.Table.ID != "mid" || d.Table.ClassColumns[0] != "action..thriller" || !d.Split.Given() ||
		d.Split.Fold != 2 || d.Split.Train[0] != "0" || d.Split.Valid[0] != "1" ||
		!filepath.IsAbs(d.Video.Scenes) || d.Video.Rate != 2 || !d.Video.KeepBars || d.Video.Method != "scene" {
		t.Errorf("read %+v", d)
	}
	write(t, map[string]string{"again.toml": string(s.Resolved())})
	if again := load(t, "again.toml"); !reflect.DeepEqual(again.Data, s.Data) {
		t.Errorf("resolved to %+v, want %+v", again.Data, s.Data)
	}
}
