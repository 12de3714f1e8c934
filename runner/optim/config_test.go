package optim

import (
	"strings"
	"testing"

	"montage/core/spec"
	"montage/core/tensor"
)

func defaults(kind string) Config { return Config(spec.DefaultOptimizer(kind)) }

func TestKindWithoutARule(t *testing.T) {
	_, err := New(Config{Kind: "adm"}, nil)
	expect(t, err, `there is no rule for an optimizer of kind "adm"`)
}

func TestMisfitsAreErrors(t *testing.T) {
	twice := []Param{{Name: "w", Shape: []int{2}}, {Name: "w", Shape: []int{2}}}
	_, err := New(defaults(spec.Adam), twice)
	expect(t, err, `parameter "w" is given twice to one optimizer`)
	_, err = New(defaults(spec.Adam), []Param{{Name: "w", Shape: []int{-2}}})
	expect(t, err, `parameter "w": negative dimension`)

	o, err := New(defaults(spec.Adam), params)
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
