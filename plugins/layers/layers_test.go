package layers

import (
	"errors"
	"strings"
	"testing"

	"montage/core"
	"montage/core/hint"
	"montage/core/sdk/sdktest"
)

type table = map[string]any

// convnet is a model with every kind that a backbone can have.
var convnet = []any{
	table{"kind": "conv", "out": 4, "stride": 2, "bias": false},
	table{"kind": "batchnorm"},
	table{"kind": "relu"},
	table{"kind": "residual", "layers": []any{
		table{"kind": "conv", "out": 5, "size": 3, "stride": 2},
		table{"kind": "residual", "layers": []any{table{"kind": "batchnorm"}}},
	}},
	table{"kind": "maxpool", "size": 3, "stride": 1, "pad": 1},
	table{"kind": "avgpool"},
	table{"kind": "dropout", "p": 0.2},
	table{"kind": "flatten"},
	table{"kind": "linear", "out": 3},
}

func TestGradientsAndPurity(t *testing.T) {
	for _, first := range []int{0, 3, 8} {
		sdktest.ModuleCase{Component: Backbone, Options: table{"layers": convnet, "trainable": first},
			Input: core.ModuleInput{Size: 15, Frames: 5}}.Check(t)
	}
	for _, pool := range []string{"mean", "max"} {
		sdktest.ModuleCase{Component: Head, Input: core.ModuleInput{Features: 4, Outputs: 2, Frames: 9, Rows: 5},
			Options: table{"pool": pool, "layers": []any{
				table{"kind": "residual", "layers": []any{table{"kind": "linear", "out": 6}, table{"kind": "batchnorm"},
					table{"kind": "relu"}}},
				table{"kind": "dropout"},
				table{"kind": "linear"},
			}}}.Check(t)
	}
}

func TestParametersAndStages(t *testing.T) {
	_, plan := sdktest.ModuleCase{Component: Backbone, Options: table{"layers": convnet, "trainable": 3},
		Input: core.ModuleInput{Size: 15, Frames: 5}}.New(t)
	var names []string
	for _, p := range plan.Params {
		names = append(names, p.Name)
	}
	want := "conv0.weight batchnorm1.weight batchnorm1.bias batchnorm1.running_mean batchnorm1.running_var " +
		"residual3.conv0.weight residual3.conv0.bias residual3.residual1.batchnorm0.weight " +
		"residual3.residual1.batchnorm0.bias " +
		"residual3.residual1.batchnorm0.running_mean residual3.residual1.batchnorm0.running_var " +
		"residual3.shortcut.weight " +
		"linear8.weight linear8.bias"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("parameters are %s", got)
	}
	for _, s := range plan.Stages {
		if frozen := s.Name == "conv0" || s.Name == "batchnorm1"; frozen != (s.Trainable == 0) {
			t.Errorf("with trainable = 3, %+v", s)
		}
	}
	if plan.Outputs != 3 {
		t.Errorf("D is %d", plan.Outputs)
	}
}

// problems returns what construction or planning complains of.
func problems(c core.Component, options table, in core.ModuleInput) error {
	values, faults := core.Check(c.Options, options)
	if len(faults) > 0 {
		return faults[0]
	}
	construct := c.Backbone
	if construct == nil {
		construct = c.Head
	}
	layer, err := construct(values)
	if err != nil {
		return err
	}
	_, err = layer.Plan(in)
	return err
}

func TestProblemsHaveTheirPlace(t *testing.T) {
	image := core.ModuleInput{Size: 8, Frames: 2}
	row := core.ModuleInput{Features: 4, Outputs: 3, Frames: 2, Rows: 2}
	conv, global := table{"kind": "conv", "out": 4}, table{"kind": "globalpool"}
	for _, c := range []struct {
		component   core.Component
		in          core.ModuleInput
		layers      []any
		path, words string
	}{
		{Backbone, image, []any{}, "layers", "empty"},
		{Backbone, image, []any{table{"out": 3}}, "layers[0]", "no kind"},
		{Backbone, image, []any{conv, table{"kind": 3}}, "layers[1].kind", "must be a string"},
		{Backbone, image, []any{table{"kind": "convv"}}, "layers[0].kind", `did you mean "conv"?`},
		{Backbone, image, []any{table{"kind": "conv"}}, "layers[0]", `option "out" is missing`},
		{Backbone, image, []any{conv, table{"kind": "conv", "out": 0}}, "layers[1].out", "out of range"},
		{Backbone, image, []any{table{"kind": "conv", "out": 3, "strid": 2}}, "layers[0].strid",
			`did you mean "stride"?`},
		{Backbone, image, []any{conv}, "layers", `{ kind = "globalpool" }`},
		{Backbone, image, []any{conv, table{"kind": "linear", "out": 2}}, "layers[1]", "is fed images [N,8,8,4]"},
		{Backbone, image, []any{global, conv}, "layers[1]", "is fed rows [N,3]"},
		{Backbone, image, []any{global, table{"kind": "linear"}}, "layers[1].out", "no width"},
		{Backbone, image, []any{conv, table{"kind": "maxpool", "size": 9}}, "layers[1].size", "windows of 9 pixels"},
		{Backbone, image, []any{table{"kind": "avgpool", "size": 2, "pad": 2}}, "layers[0].pad", "more than half"},
		{Backbone, image, []any{table{"kind": "residual", "layers": []any{table{"kind": "conv", "out": 3},
			table{"kind": "reloo"}}}},
			"layers[0].layers[1].kind", `did you mean "relu"?`},
		{Backbone, image, []any{table{"kind": "residual", "layers": []any{global}}}, "layers[0].layers",
			"no 1×1 shortcut"},
		{Head, row, []any{conv}, "layers[0].kind", "kinds: linear"},
		{Head, row, []any{table{"kind": "linear", "out": 5}, table{"kind": "relu"}}, "layers[0].out",
			"but the branch needs 3"},
		{Head, row, []any{table{"kind": "relu"}}, "layers", "the layers end in 4 outputs"},
	} {
		err := problems(c.component, table{"layers": c.layers}, c.in)
		var fault *core.OptionError
		if !errors.As(err, &fault) || fault.Path != c.path || !strings.Contains(hint.Text(err), c.words) {
			t.Errorf("%v gave %v at %+v, want %q at %s", c.layers, err, fault, c.words, c.path)
		}
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	err := problems(Backbone, table{"layers": []any{
		table{"kind": "conv", "out": -1, "stride": 0}, table{"kind": "drop"},
	}}, core.ModuleInput{Size: 8, Frames: 1})
	if n := len(strings.Split(hint.Text(err), "\nhint: ")) - 1; n != 3 {
		t.Errorf("%d problems in %v", n, err)
	}
}

func TestComponents(t *testing.T) {
	for _, c := range Components {
		if err := c.Check(); err != nil {
			t.Error(err)
		}
	}
	if list.Doc != "the layers from input to output, each a table with its kind: conv, maxpool, avgpool, globalpool, "+
		"flatten, linear, batchnorm, relu, dropout, residual" {
		t.Errorf("the kinds are documented as %q", list.Doc)
	}
}
