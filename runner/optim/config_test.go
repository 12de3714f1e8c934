package optim

import (
	"math"
	"strings"
	"testing"

	"montage/core/tensor"
)

// texts are the errors of a validation, a line each, without hints.
func texts(wrong []KeyError) string {
	var all []string
	for _, e := range wrong {
		all = append(all, e.Key+": "+e.Problem)
	}
	return strings.Join(all, "\n")
}

func TestDefaultsAreValid(t *testing.T) {
	for _, kind := range []string{Adam, AdamW, LARS, SGD} {
		if wrong := Defaults(kind).Validate(); len(wrong) > 0 {
			t.Errorf("%s: %v", kind, wrong)
		}
	}
	for _, kind := range []string{Constant, Cosine} {
		if wrong := DefaultSchedule(kind).Validate(); len(wrong) > 0 {
			t.Errorf("%s: %v", kind, wrong)
		}
	}
	if got := texts(DefaultSchedule(Stepwise).Validate()); got != "step_epochs: expected an integer >= 1, got 0" {
		t.Errorf("step: %q", got)
	}
}

func TestConfigProblems(t *testing.T) {
	for _, c := range []struct {
		kind string
		edit func(*Config)
		want string
	}{
		{"adm", func(c *Config) { c.LR = -1 }, `kind: unknown optimizer "adm"`},
		{Adam, func(c *Config) { c.LR = 0 }, "lr: expected a number > 0, got 0"},
		{Adam, func(c *Config) { c.LR = math.NaN() }, "lr: expected a number > 0, got NaN"},
		{Adam, func(c *Config) { c.LR = math.Inf(1) }, "lr: expected a number > 0, got +Inf"},
		{Adam, func(c *Config) { c.Betas[1] = 1 }, "betas: expected two numbers in [0, 1), got 1"},
		{AdamW, func(c *Config) { c.Eps = 1e-60 }, "eps: expected a number > 0 in float32, got 1e-60"},
		{AdamW, func(c *Config) { c.WeightDecay = -0.1 }, "weight_decay: expected a number >= 0, got -0.1"},
		{Adam, func(c *Config) { c.Momentum, c.Nesterov = 0.9, true },
			"momentum: adam has no momentum\nnesterov: adam has no nesterov"},
		{SGD, func(c *Config) { c.Momentum = 1 }, "momentum: expected a number in [0, 1), got 1"},
		{SGD, func(c *Config) { c.Nesterov = true }, "nesterov: nesterov without momentum"},
		{LARS, func(c *Config) { c.Trust = 0 }, "trust: expected a number > 0, got 0"},
		{LARS, func(c *Config) { c.Eps = 1 }, "eps: lars has no eps"},
		{SGD, func(c *Config) { c.Trust = 1e-3 }, "trust: sgd has no trust"},
		{SGD, func(c *Config) { c.Betas[0], c.Eps = 0.9, 1e-8 }, "betas: sgd has no betas\neps: sgd has no eps"},
	} {
		config := Defaults(c.kind)
		c.edit(&config)
		if got := texts(config.Validate()); got != c.want {
			t.Errorf("%+v: %q, expected %q", config, got, c.want)
		}
		if _, err := New(config, nil); err == nil {
			t.Errorf("New takes %+v", config)
		}
	}
}

func TestScheduleProblems(t *testing.T) {
	for _, c := range []struct {
		s    Schedule
		want string
	}{
		{Schedule{Kind: "linear"}, `kind: unknown schedule "linear"`},
		{Schedule{Kind: Stepwise, StepEpochs: 1, Gamma: 1.5}, "gamma: expected a number in (0, 1], got 1.5"},
		{Schedule{Kind: Cosine, MinFactor: 2}, "min_factor: expected a number in [0, 1], got 2"},
		{Schedule{Kind: Cosine, StepEpochs: 3, Gamma: 0.1}, "step_epochs: only a step schedule has " +
			"step_epochs\ngamma: only a step schedule has gamma"},
		{Schedule{MinFactor: 0.1}, "min_factor: only a cosine schedule has min_factor"},
		{Schedule{WarmupEpochs: -1}, "warmup_epochs: expected a number >= 0, got -1"},
		{Schedule{WarmupSteps: -1}, "warmup_steps: expected an integer >= 0, got -1"},
		{Schedule{WarmupSteps: 5, WarmupEpochs: 1}, "warmup_steps: the warm-up is given both in epochs and in steps"},
	} {
		if got := texts(c.s.Validate()); got != c.want {
			t.Errorf("%+v: %q, expected %q", c.s, got, c.want)
		}
	}
}

func TestKeyErrorPutsTheHintOnItsOwnLine(t *testing.T) {
	wrong := Defaults("adm").Validate()
	if got := wrong[0].Error(); got != "kind: unknown optimizer \"adm\"\nhint: kinds: adam, adamw, lars, sgd" {
		t.Errorf("%q", got)
	}
}

func TestMisfitsAreErrors(t *testing.T) {
	twice := []Param{{Name: "w", Shape: []int{2}}, {Name: "w", Shape: []int{2}}}
	_, err := New(Defaults(Adam), twice)
	expect(t, err, `parameter "w" is given twice to one optimizer`)
	_, err = New(Defaults(Adam), []Param{{Name: "w", Shape: []int{-2}}})
	expect(t, err, `parameter "w": negative dimension`)

	o, err := New(Defaults(Adam), params)
	if err != nil {
		t.Fatal(err)
	}
	fit := func() []tensor.Tensor {
		return []tensor.Tensor{tensor.New(tensor.Float32, 2, 6), tensor.New(tensor.Float32, 3)}
	}
	values, grads := fit(), fit()
	for i := range grads[0].Float32s() {
		grads[0].Float32s()[i] = 1
	}
	expect(t, o.Step(values[:1], grads, 1), "optimizer of 2 parameters got 1 parameters and 2 gradients")
	expect(t, o.Step(values, []tensor.Tensor{grads[0], tensor.New(tensor.Float32, 4)}, 1),
		`gradient of "bias": expected float32[3], got float32[4]`)
	expect(t, o.Step([]tensor.Tensor{values[0], {}}, grads, 1), `parameter "bias": expected float32[3], got none`)
	if values[0].Float32s()[0] != 0 || o.State()[0].Value.Float32s()[0] != 0 {
		t.Error("a refused step has updated something")
	}

	state := o.State()
	expect(t, o.Load(state[1:]), `optimizer state "weight.step" is missing`)
	expect(t, o.Load(append(state[:6:6], Named{Name: "weight.momentum_buffer"})),
		`optimizer state "weight.momentum_buffer" belongs to no parameter of this adam`)
	expect(t, o.Load(append(state[1:6:6], Named{Name: "weight.step", Value: tensor.New(tensor.Float32, 2)})),
		`optimizer state "weight.step": expected float32[], got float32[2]`)
}

func expect(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, expected %q", err, want)
	}
}
