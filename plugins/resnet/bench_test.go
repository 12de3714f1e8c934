package resnet

import (
	"context"
	"testing"

	"montage/core"
	"montage/core/sdk/sdktest"
	"montage/core/tensor"
)

// BenchmarkResNet measures whole backbones: in use, and a training step of one.
func BenchmarkResNet(b *testing.B) {
	for _, c := range []struct {
		title, name, trainable, batchnorm string
		input                             core.ModuleInput
	}{
		{"50 at 224, layer4 trained", "resnet50", "layer4", "frozen", core.ModuleInput{Size: 224, Frames: 40}},
		{"50 at 224, layer4 trained by 10", "resnet50", "layer4", "frozen", core.ModuleInput{Size: 224, Frames: 40,
			MicroBatch: 10}},
		{"18 at 64, all trained", "resnet18", "all", "batch", core.ModuleInput{Size: 64, Frames: 64}},
	} {
		l := sdktest.ModuleCase{Component: named(b, c.name), Input: c.input,
			Options: map[string]any{"trainable": c.trainable, "batchnorm": c.batchnorm}}
		layer, plan := l.New(b)
		call := l.Call(plan)
		call.Revision = 1
		b.Run(c.title+"/use", func(b *testing.B) { benchmark(b, layer, plan, call, false) })
		b.Run(c.title+"/step", func(b *testing.B) { benchmark(b, layer, plan, call, true) })
	}
}

func benchmark(b *testing.B, layer core.Module, plan core.ModulePlan, call core.ModuleCall, step bool) {
	n := call.Frames.Shape[0]
	call.Train = step
	forward := core.ModuleForward{ModuleCall: call, Gradient: step, Output: tensor.New(tensor.Float32, n, plan.Outputs)}
	backward := core.ModuleBackward{ModuleCall: call, GradOutput: tensor.New(tensor.Float32, n, plan.Outputs)}
	for _, p := range plan.Params {
		gradient := tensor.Tensor{}
		if !p.Frozen && !p.Buffer {
			gradient = tensor.New(tensor.Float32, p.Shape...)
		}
		backward.GradParams = append(backward.GradParams, gradient)
	}
	run := func() {
		if err := layer.Forward(context.Background(), forward); err != nil {
			b.Fatal(err)
		}
		if !step {
			return
		}
		if err := layer.Backward(context.Background(), backward); err != nil {
			b.Fatal(err)
		}
	}
	run() // takes the memory and packs weights
	for b.Loop() {
		run()
	}
	b.ReportMetric(b.Elapsed().Seconds()*1e3/float64(b.N*n), "ms/frame")
}
