package spec_test

import (
	"reflect"
	"strings"
	"testing"

	"montage/core/spec"
)

// TestRangesOfOptimizers: only package spec checks them.
func TestRangesOfOptimizers(t *testing.T) {
	const outside = " is out of range: it must be a number"
	for _, c := range []struct{ set, want string }{
		{`kind="adm"`, `kind = "adm" is not one of adam, adamw, lars, sgd`},
		{"lr=0", "lr must be greater than 0"},
		{"lr=-1", "lr = -1" + outside},
		{"lr=nan", "lr = NaN" + outside},
		{"lr=inf", "lr = +Inf" + outside},
		{"betas=[0.9, 1]", "betas must be less than 1"},
		{"betas=[0.9]", "betas must have 2 values, not 1"},
		{"eps=1e-60", "eps must be greater than 0, as a float32 too"},
		{"weight_decay=-0.1", "weight_decay = -0.1" + outside},
		{"momentum=0.9", `unknown option "momentum"`},
		{`={kind="adamw", nesterov=true}`, `unknown option "nesterov"`},
		{`={kind="sgd", momentum=1}`, "momentum must be less than 1"},
		{`={kind="sgd", nesterov=true}`, "nesterov needs a momentum greater than 0"},
		{`={kind="sgd", trust=1}`, `unknown option "trust"`},
		{`={kind="sgd", eps=1e-8}`, `unknown option "eps"`},
		{`={kind="lars", trust=0}`, "trust must be greater than 0"},
		{`={kind="lars", betas=[0.9, 0.9]}`, `unknown option "betas"`},
		{`schedule={kind="linear"}`, `kind = "linear" is not one of constant, cosine, step`},
		{`schedule={kind="step"}`, `option "step_epochs" is missing`},
		{`schedule={kind="step", step_epochs=0}`, "step_epochs = 0 is out of range"},
		{`schedule={kind="step", step_epochs=1, gamma=1.5}`, "gamma = 1.5" + outside},
		{`schedule={kind="step", step_epochs=1, gamma=0}`, "gamma must be greater than 0"},
		{`schedule={kind="cosine", min_factor=2}`, "min_factor = 2" + outside},
		{`schedule={kind="cosine", gamma=0.1}`, `unknown option "gamma"`},
		{"schedule={min_factor=0.1}", `unknown option "min_factor"`},
		{"schedule={warmup_epochs=-1}", "warmup_epochs = -1" + outside},
		{"schedule={warmup_steps=-1}", "warmup_steps = -1 is out of range"},
		{"schedule={warmup_steps=5, warmup_epochs=1}", "warmup_steps and warmup_epochs are both set"},
	} {
		path := "branch.proxy.optimizer"
		if !strings.HasPrefix(c.set, "=") {
			path += "."
		}
		_, problems := spec.Load("testdata/base/complete.toml", []string{path + c.set})
		if len(problems) != 1 || !strings.HasPrefix(problems[0].Message, c.want) &&
			!strings.Contains(problems[0].Message, ": "+c.want) {
			t.Errorf("%s: got %v, expected one problem, %s", c.set, problems, c.want)
		}
	}
}

// TestDefaultOptimizer: PyTorch's defaults, and of lars those of SimCLR's code.
func TestDefaultOptimizer(t *testing.T) {
	constant := spec.ScheduleTable{Kind: spec.Constant}
	betas := []float64{0.9, 0.999}
	for _, want := range []spec.OptimizerTable{
		{Kind: spec.Adam, LR: 1e-3, Betas: betas, Eps: 1e-8, Accumulate: 1, Schedule: constant},
		{Kind: spec.AdamW, LR: 1e-3, Betas: betas, Eps: 1e-8, WeightDecay: 0.01, Accumulate: 1, Schedule: constant},
		{Kind: spec.LARS, LR: 1e-3, Momentum: 0.9, Trust: 1e-3, Accumulate: 1, Schedule: constant},
		{Kind: spec.SGD, LR: 1e-3, Accumulate: 1, Schedule: constant},
	} {
		if got := spec.DefaultOptimizer(want.Kind); !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, expected %+v", got, want)
		}
	}
}
