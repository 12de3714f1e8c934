package input

import (
	"context"
	"fmt"

	"montage/core"
	"montage/core/rng"
	"montage/core/tensor"
)

// view makes one view of a draw and puts it into the slot.
func (in *Pipeline) view(ctx context.Context, v core.View, d draw, slot *Slot) error {
	if v.SharesFramesOf != "" {
		return slot.again(v, in.Branch)
	}
	made := madeView{view: v, copies: max(v.Copies, 1), frames: d.frames, offsets: d.batch.Offsets}
	made.frameKeys, made.rowKeys = derive(d.batch.FrameKeys, v.Name), derive(d.batch.SampleKeys, v.Name)
	samples, frames := d.batch.Variants()
	made.frameVariants, made.rowVariants = derive(frames, v.Name), derive(samples, v.Name)
	if in.Branch.Unit == core.UnitFrame {
		made.rowKeys, made.offsets = made.frameKeys, counting(len(made.frameKeys))
		made.rowVariants = made.frameVariants
	}
	if v.Augment {
		if err := in.augment(ctx, &made); err != nil {
			return err
		}
	}
	if v.Transform {
		if err := in.transform(ctx, &made, slot.Context); err != nil {
			return err
		}
	}
	slot.put(made, in.Branch)
	return nil
}

// madeView is a view on its way: what it consists of before it is in the slot.
type madeView struct {
	view               core.View
	copies             int
	frames             tensor.Tensor // uint8 [copies·N,S,S,3]
	offsets            []int32       // of one copy
	frameKeys, rowKeys []rng.Key     // of one copy, for modules
	targets, weights   tensor.Tensor // of a transform that makes them

	frameVariants, rowVariants []rng.Key // for what changes pixels
}

func (p madeView) rows() int { return len(p.offsets) - 1 }

// augment chains the view's augmentations, back and forth between two buffers.
func (in *Pipeline) augment(ctx context.Context, p *madeView) error {
	n := p.frames.Shape[0]
	for i, a := range in.Branch.Augment[p.view.Name] {
		keys := in.scratch.frameKeys.Rows(0, n)
		for j, k := range p.frameVariants {
			keys.Uint64s()[j] = uint64(k.Of("augment").At(uint64(i)))
		}
		out := in.scratch.augmented[i%2].Rows(0, n)
		if err := a.Apply(ctx, core.AugmentationCall{Frames: p.frames, Keys: keys, Output: out}); err != nil {
			return fmt.Errorf("augment[%d]: %w", i, err)
		}
		p.frames = out
	}
	return nil
}

// transform lets the strategy make the frames, and the targets where they come so.
func (in *Pipeline) transform(ctx context.Context, p *madeView, step core.StepContext) error {
	transformer, ok := in.Strategy.(core.ViewTransformer)
	if !ok {
		return fmt.Errorf("the strategy makes no views: %w", core.ErrUnsupported)
	}
	n, rows := p.frames.Shape[0], p.rows()
	call := core.TransformCall{
		StepContext: step, View: p.view.Name, Frames: p.frames,
		Offsets: in.scratch.offsets.Rows(0, rows+1),
		Keys:    in.scratch.rowKeys.Rows(0, rows),
		Output:  in.scratch.transformed.Rows(0, n*p.copies),
		Weights: in.scratch.weights.Rows(0, rows*p.copies),
	}
	copy(call.Offsets.Int32s(), p.offsets)
	for r, k := range p.rowVariants {
		call.Keys.Uint64s()[r] = uint64(k.Of("transform"))
	}
	fill(call.Weights.Float32s(), 1)
	if in.Branch.Origin == core.FromTransform {
		call.Targets = in.scratch.targets.Rows(0, rows*p.copies)
	}
	if err := transformer.Transform(ctx, call); err != nil {
		return fmt.Errorf("transform: %w", err)
	}
	p.frames, p.targets, p.weights = call.Output, call.Targets, call.Weights
	return nil
}

// derive gives every view draws of its own.
func derive(keys []uint64, view string) []rng.Key {
	out := make([]rng.Key, len(keys))
	for i, k := range keys {
		out[i] = rng.Key(k).Of(view)
	}
	return out
}

// counting returns 0, 1, … n: every frame a row of its own.
func counting(n int) []int32 {
	out := make([]int32, n+1)
	for i := range out {
		out[i] = int32(i)
	}
	return out
}

func fill(values []float32, v float32) {
	for i := range values {
		values[i] = v
	}
}
