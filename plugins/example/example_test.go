package example

import (
	"bytes"
	"context"
	"testing"

	"montage/core"
	"montage/core/sdk/sdktest"
	"montage/core/tensor"
)

func TestEveryKindIsServed(t *testing.T) {
	kinds := map[core.Kind]int{}
	for _, c := range Components {
		if err := c.Check(); err != nil {
			t.Error(err)
		}
		kinds[c.Kind()]++
	}
	for _, k := range core.Kinds {
		if kinds[k] == 0 {
			t.Errorf("no component of kind %s", k)
		}
	}
}

func TestLayers(t *testing.T) {
	sdktest.ModuleCase{Component: MeanColor, Input: core.ModuleInput{Size: 5, Frames: 3}}.Check(t)
	sdktest.ModuleCase{Component: Attention,
		Input: core.ModuleInput{Features: 4, Outputs: 2, Frames: 5, Rows: 2}}.Check(t)
	sdktest.ModuleCase{Component: First, Input: core.ModuleInput{Features: 4, Outputs: 2, Frames: 5, Rows: 2}}.Check(t)
}

func TestSquared(t *testing.T) {
	loss := sdktest.LossCase{Component: Squared, Call: core.LossCall{
		Predictions: tensor.FromFloat32([]float32{1, 2, 3, 4}, 2, 2),
		Targets:     tensor.FromFloat32([]float32{0, 2, 3, 1}, 2, 2),
		Weights:     tensor.FromFloat32([]float32{1, 2}),
	}}
	loss.Check(t)
	if value, gradient := loss.Evaluate(t); value != (1+2*9)/2.0 || gradient[3] != 6 {
		t.Errorf("got %g with the gradient %v", value, gradient)
	}
}

func TestInvert(t *testing.T) {
	sdktest.AugmentationCase{Component: Invert}.Check(t)
	a, err := Invert.Augmentation(sdktest.Values(t, Invert, map[string]any{"p": 1.0}))
	if err != nil {
		t.Fatal(err)
	}
	out := tensor.New(tensor.Uint8, 1, 1, 1, 3)
	call := core.AugmentationCall{Frames: tensor.FromUint8([]uint8{0, 100, 255}, 1, 1, 1, 3),
		Keys: tensor.New(tensor.Uint64, 1), Output: out}
	if err := a.Apply(context.Background(), call); err != nil || !bytes.Equal(out.Uint8s(), []uint8{255, 155, 0}) {
		t.Errorf("got %v, %v", out.Uint8s(), err)
	}
}

func TestPlain(t *testing.T) {
	p := sdktest.StrategyCase{Component: Plain}.Check(t)
	if len(p.Branches) != 1 || p.Branches[0].Outputs != 5 || p.Branches[0].Views[0].Augment {
		t.Errorf("got %+v", p)
	}
}
