package sdk

import (
	"context"
	"fmt"
	"testing"
	"time"

	"montage/core"
	"montage/core/graph"
	"montage/core/tensor"
)

// blocks has a frozen stem with its normalisation and two blocks of one layer.
func blocks(b *graph.Builder, frames *graph.Node) *graph.Node {
	weight := func(name string, frozen bool, shape ...int) *graph.Node {
		return b.Param(core.Param{Name: name, Shape: shape, Frozen: frozen})
	}
	x := graph.Conv2D(graph.Normalize(frames, [3]float32{}, [3]float32{1, 1, 1}), weight("conv1.weight", true, 16, 3, 3,
		3), 1, 1)
	x = graph.ReLU(graph.Add(x, weight("bn1.bias", true, 16)))
	x = graph.ReLU(graph.Conv2D(x, weight("layer1.0.conv1.weight", true, 16, 16, 1, 1), 1, 0))
	x = graph.ReLU(graph.Conv2D(x, weight("layer1.1.conv1.weight", false, 16, 16, 3, 3), 2, 1))
	x = graph.ReLU(graph.Conv2D(x, weight("layer1.1.conv2.weight", false, 16, 16, 1, 1), 1, 0))
	return graph.GlobalAvgPool(x)
}

func TestFineStages(t *testing.T) {
	coarse, err := Backbone(blocks).Plan(core.ModuleInput{Size: 8, Frames: 4})
	if err != nil || len(coarse.Stages) != 3 || coarse.Stages[2].Name != "layer1" {
		t.Fatalf("%+v, %v", coarse.Stages, err)
	}
	fine, err := Backbone(blocks).Plan(core.ModuleInput{Size: 8, Frames: 4, Profile: true})
	if err != nil {
		t.Fatal(err)
	}
	want := []core.Stage{
		{Name: "conv1", Output: "[N,8,8,16]", Params: 448, Operations: 2 * 64 * 16 * 27},
		{Name: "layer1.0", Output: "[N,8,8,16]", Params: 256, Operations: 2 * 64 * 16 * 16},
		{Name: "layer1.1", Output: "[N,16]", Params: 2560, Trainable: 2560, Operations: 2 * 16 * 16 * (144 + 16)},
	}
	if fmt.Sprint(fine.Stages) != fmt.Sprint(want) {
		t.Errorf("fine stages are %+v", fine.Stages)
	}
}

// TestTimes checks the times of a forward and a backward by stage, each reported once.
func TestTimes(t *testing.T) {
	module := Backbone(blocks)
	plan, err := module.Plan(core.ModuleInput{Size: 8, Frames: 4, Gradient: true, Profile: true})
	if err != nil {
		t.Fatal(err)
	}
	call := core.ModuleForward{Gradient: true, Output: tensor.New(tensor.Float32, 4, 16)}
	call.Train, call.Frames = true, tensor.New(tensor.Uint8, 4, 8, 8, 3)
	back := core.ModuleBackward{GradOutput: tensor.New(tensor.Float32, 4, 16)}
	for _, p := range plan.Params {
		call.Params = append(call.Params, tensor.New(tensor.Float32, p.Shape...))
		back.GradParams = append(back.GradParams, tensor.New(tensor.Float32, p.Shape...))
	}
	back.ModuleCall = call.ModuleCall
	start := time.Now()
	forward(t, module, call)
	first, most := module.(core.Timed).Times(), time.Since(start)
	total := time.Duration(0)
	for _, took := range first {
		total += took
	}
	if len(first) != 3 || first[0] <= 0 || first[1] <= 0 || first[2] <= 0 || total > most {
		t.Fatalf("a forward of %v took %v", most, first)
	}
	if err := module.Backward(context.Background(), back); err != nil {
		t.Fatal(err)
	}
	if took := module.(core.Timed).Times(); took[0] != 0 || took[1] != 0 || took[2] <= 0 {
		t.Errorf("a backward through the last stage took %v", took)
	}
	if again := module.(core.Timed).Times(); again[2] != 0 {
		t.Errorf("without a call: %v", again)
	}
	silent := Backbone(blocks)
	if _, err := silent.Plan(core.ModuleInput{Size: 8, Frames: 4}); err != nil || silent.(core.Timed).Times() != nil {
		t.Errorf("a module without Profile reported times, %v", err)
	}
}
