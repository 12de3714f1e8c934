package input

import (
	"context"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"montage/core"
	"montage/core/tensor"
	"montage/runner/data"
	"montage/runner/layout"
	"montage/runner/model"
)

// doubling makes two copies of each frame, the second one inverted, and targets
// that say which is which.
type doubling struct{ core.Strategy }

func (doubling) Transform(_ context.Context, c core.TransformCall) error {
	n, rows := len(c.Frames.Uint8s()), c.Keys.Len()
	for i, v := range c.Frames.Uint8s() {
		c.Output.Uint8s()[i], c.Output.Uint8s()[n+i] = v, 255-v
	}
	for r := range 2 * rows {
		c.Targets.Float32s()[2*r], c.Targets.Float32s()[2*r+1] = float32(1-r/rows), float32(r/rows)
	}
	return nil
}

// brighter adds one to every pixel.
type brighter struct{}

func (brighter) Plan(core.AugmentationInput) (core.AugmentationPlan, error) {
	return core.AugmentationPlan{}, nil
}

func (brighter) Apply(_ context.Context, c core.AugmentationCall) error {
	for i, v := range c.Frames.Uint8s() {
		c.Output.Uint8s()[i] = v + 1
	}
	return nil
}

type heap struct{}

func (heap) Alloc(d tensor.DType, shape ...int) (tensor.Tensor, error) {
	return tensor.New(d, shape...), nil
}

// samples writes sample i with i+1 frames of the grey value 10·(i+1) + frame.
func samples(t *testing.T, n int) *data.Dataset {
	t.Helper()
	dir := t.TempDir()
	for i := range n {
		folder := filepath.Join(dir, string(rune('a'+i)))
		if err := os.Mkdir(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		for f := range i + 1 {
			img := image.NewGray(image.Rect(0, 0, 8, 8))
			for p := range img.Pix {
				img.Pix[p] = color.Gray{Y: uint8(10*(i+1) + f)}.Y
			}
			file, err := os.Create(filepath.Join(folder, string(rune('0'+f))+".png"))
			if err != nil {
				t.Fatal(err)
			}
			if err := png.Encode(file, img); err != nil {
				t.Fatal(err)
			}
			if err := file.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	set, err := layout.Open(t.Context(), layout.Source{Path: dir})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func newPipeline(t *testing.T, b core.Branch, strategy core.Strategy) (*Pipeline, *Slot) {
	t.Helper()
	head := &model.StatefulModule{Plan: core.ModulePlan{Outputs: 2}}
	f := &Pipeline{
		Branch: &model.Branch{Branch: b, Batch: 3, Frames: 2,
			Chain:   model.Chain{Heads: []*model.StatefulModule{head}},
			Augment: map[string][]core.Augmentation{"bright": {brighter{}, brighter{}}}},
		Loader: data.NewLoader(data.LoaderConfig{Size: 8}), Strategy: strategy,
	}
	f.Sampler = data.Sampler{Data: samples(t, 3), Batch: 3, Frames: 2, Order: 1, Augment: 2}
	if err := f.Allocate(heap{}, []int{8, 8, 3}); err != nil {
		t.Fatal(err)
	}
	return f, f.Slots[0]
}

// greys returns the first pixel of every frame of an input.
func greys(p model.ForwardInput) (values []uint8) {
	for i := 0; i < p.Frames.Len(); i += 8 * 8 * 3 {
		values = append(values, p.Frames.Uint8s()[i])
	}
	return values
}

// TestViewsLieOneBehindTheOther makes a transformed and an augmented view of five
// frames, and a view without a gradient of the second.
func TestViewsLieOneBehindTheOther(t *testing.T) {
	f, slot := newPipeline(t, core.Branch{
		Name: "b", Unit: core.UnitSample, Source: core.Unlabeled, Target: core.TargetOneHot, Origin: core.FromTransform,
		Views: []core.View{{Name: "double", Transform: true, Copies: 2}, {Name: "bright", Augment: true},
			{Name: "again", SharesFramesOf: "bright", NoGradient: true}},
	}, doubling{})
	if err := f.Fill(t.Context(), data.DrawPosition{}, core.StepContext{}, slot); err != nil {
		t.Fatal(err)
	}
	got := greys(slot.WithGradient)
	plain := got[:5]
	if len(got) != 15 || slot.WithGradient.Rows() != 9 || len(slot.Samples) != 3 {
		t.Fatalf("%d frames, %d rows, samples %v", len(got), slot.WithGradient.Rows(), slot.Samples)
	}
	for i, v := range plain {
		if got[5+i] != 255-v || got[10+i] != v+2 {
			t.Errorf("frame %d is %d, inverted %d, brighter %d", i, v, got[5+i], got[10+i])
		}
	}
	offsets := slot.WithGradient.Offsets.Int32s()
	for r := range 3 {
		length := offsets[r+1] - offsets[r]
		if offsets[3+r] != offsets[r]+5 || offsets[6+r] != offsets[r]+10 || length < 1 || length > 2 {
			t.Errorf("offsets are %v", offsets)
		}
	}
	if want := []float32{1, 0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 1}; !slices.Equal(slot.Targets.Float32s()[:12], want) {
		t.Errorf("targets are %v", slot.Targets.Float32s())
	}
	if other := slot.NoGradient[0]; !slices.Equal(greys(other), got[10:]) ||
		!slices.Equal(other.Offsets.Int32s(), offsets[:4]) ||
		!slices.Equal(other.RowKeys.Uint64s(), slot.WithGradient.RowKeys.Uint64s()[6:]) {
		t.Errorf("the view of a view has frames %v, offsets %v", greys(other), other.Offsets.Int32s())
	}
	keys := slices.Sorted(slices.Values(slot.WithGradient.FrameKeys.Uint64s()))
	if len(slices.Compact(keys)) != 15 {
		t.Error("two frames share their random draws")
	}
}

// TestFramesAsRows makes every frame a row.
func TestFramesAsRows(t *testing.T) {
	f, slot := newPipeline(t, core.Branch{Name: "b", Unit: core.UnitFrame, Source: core.Unlabeled,
		Target: core.TargetNone,
		Origin: core.FromNothing,
		Views:  []core.View{{Name: "a"}, {Name: "b", Draw: 1}}}, nil)
	if err := f.Fill(t.Context(), data.DrawPosition{}, core.StepContext{}, slot); err != nil {
		t.Fatal(err)
	}
	in := slot.WithGradient
	if in.N() != 10 || in.Rows() != 10 || in.Offsets.Int32s()[10] != 10 {
		t.Errorf("%d frames, offsets %v", in.N(), in.Offsets.Int32s())
	}
	first := greys(slot.WithGradient)
	again := f.Slots[1]
	if err := f.Fill(t.Context(), data.DrawPosition{}, core.StepContext{}, again); err != nil ||
		!slices.Equal(greys(again.WithGradient), first) {
		t.Errorf("the same position gave other frames, %v", err)
	}
}
