package resnet

import (
	"context"
	"testing"

	"montage/core"
	"montage/core/sdk/sdktest"
	"montage/core/tensor"
)

// subject is a network as testdata/fixtures.py runs it: a training step of two
// frames that are noise, as is the gradient of the features.
type subject struct {
	Name, Trainable string
	Size            int
	Batch           bool
}

// passed is what a step was planned, asked and answered.
type passed struct {
	plan     core.ModulePlan
	forward  core.ModuleForward
	backward core.ModuleBackward
}

func (s subject) run(t *testing.T, formula func(core.Param) tensor.Tensor) passed {
	t.Helper()
	batchnorm := map[bool]string{true: "batch", false: "frozen"}[s.Batch]
	layer, plan := sdktest.ModuleCase{Component: named(t, s.Name),
		Options: map[string]any{"trainable": s.Trainable, "batchnorm": batchnorm},
		Input:   core.ModuleInput{Size: s.Size, Frames: 2}}.New(t)
	call := core.ModuleCall{ForwardID: 1, Train: true, Frames: tensor.New(tensor.Uint8, 2, s.Size, s.Size, 3)}
	pixels, grads := noise("frames"), noise("grad")
	for i := range call.Frames.Uint8s() {
		call.Frames.Uint8s()[i] = uint8(pixels(i) >> 24)
	}
	forward := core.ModuleForward{Gradient: true, Output: tensor.New(tensor.Float32, 2, plan.Outputs)}
	backward := core.ModuleBackward{GradOutput: tensor.New(tensor.Float32, 2, plan.Outputs)}
	for i := range backward.GradOutput.Float32s() {
		backward.GradOutput.Float32s()[i] = float32(uniform(grads(i)))
	}
	for _, p := range plan.Params {
		call.Params = append(call.Params, formula(p))
		update, gradient := tensor.Tensor{}, tensor.Tensor{}
		if p.Buffer {
			update = tensor.New(tensor.Float32, p.Shape...)
		} else if !p.Frozen {
			gradient = tensor.New(tensor.Float32, p.Shape...)
		}
		forward.Updates, backward.GradParams = append(forward.Updates, update), append(backward.GradParams, gradient)
	}
	forward.ModuleCall, backward.ModuleCall = call, call
	if err := layer.Forward(context.Background(), forward); err != nil {
		t.Fatal(err)
	}
	if s.Trainable == "none" {
		return passed{plan, forward, backward}
	}
	if err := layer.Backward(context.Background(), backward); err != nil {
		t.Fatal(err)
	}
	return passed{plan, forward, backward}
}
