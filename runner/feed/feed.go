// Package feed prepares what a training step needs of a branch: trailers and
// frames are drawn, decoded, augmented and transformed into memory that the
// components share, one step ahead of the step that computes.
package feed

import (
	"context"
	"fmt"

	"montage/core"
	"montage/core/tensor"
	"montage/runner/data"
	"montage/runner/model"
)

// Feed prepares the batches of one branch.
type Feed struct {
	Branch   *model.Branch
	Sampler  data.Sampler
	Loader   *data.Loader
	Strategy core.Strategist

	scratch scratch
}

// Slot is the memory of one prepared batch, and the batch in it.
type Slot struct {
	Item
	memory slotMemory
}

// Item is a prepared batch: tensors cut to its size, in the memory of its slot.
type Item struct {
	// Moment is the place in training that the item was prepared for.
	Moment core.Moment
	// Trailers are the ids, for messages.
	Trailers []string
	// Gradient is the pass of all views with a gradient, one after the other;
	// Others are those without, in the order of the program. An item without
	// trailers, whose frames were all broken, has neither.
	Gradient model.Pass
	Others   []model.Pass
	// Targets: float32 [R,T]. Weights: float32 [R]. For the rows of Gradient.
	Targets, Weights tensor.Tensor
	// Labels: float32 [B,classes] of a labelled branch, else zero.
	Labels tensor.Tensor
}

// Empty tells that no trailer of the batch could be read.
func (i *Item) Empty() bool { return len(i.Trailers) == 0 }

// draw is one random choice of frames, decoded.
type draw struct {
	batch  data.Batch
	frames tensor.Tensor
}

// Fill prepares the batch of a place in training. It is a function of the place
// and of what it was configured with alone.
func (f *Feed) Fill(ctx context.Context, at data.Place, moment core.Moment, slot *Slot) error {
	slot.Item, slot.memory.filled, slot.memory.places = Item{Moment: moment}, model.Size{}, map[string]place{}
	draws, err := f.load(ctx, at)
	if err != nil {
		return fmt.Errorf("branch %s: %w", f.Branch.Name, err)
	}
	first := draws[f.Branch.Views[0].Draw]
	for _, i := range first.batch.Trailers {
		slot.Trailers = append(slot.Trailers, f.Sampler.Data.Trailers[i].ID)
	}
	if slot.Empty() {
		return nil
	}
	for _, v := range f.Branch.Views {
		if err := f.view(ctx, v, draws[v.Draw], slot); err != nil {
			return fmt.Errorf("branch %s: view %s: %w", f.Branch.Name, v.Name, err)
		}
	}
	slot.finish()
	return f.label(first.batch, slot)
}

// load draws and decodes the frames of each draw that a view needs.
func (f *Feed) load(ctx context.Context, at data.Place) (map[int]draw, error) {
	draws := map[int]draw{}
	for _, v := range f.Branch.Views {
		if _, done := draws[v.Draw]; done || v.Of != "" {
			continue
		}
		at.Draw = v.Draw
		memory := f.scratch.raw[v.Draw]
		batch, err := f.Loader.Load(ctx, f.Sampler.Data, f.Sampler.At(at), memory.Uint8s())
		if err != nil {
			return nil, err
		}
		draws[v.Draw] = draw{batch: batch, frames: model.Front(memory, batch.Rows())}
	}
	return draws, nil
}

// label writes the genres where the data set has them.
func (f *Feed) label(batch data.Batch, slot *Slot) error {
	if f.Branch.Source != core.Labeled {
		return nil
	}
	slot.Labels = model.Front(slot.memory.labels, len(batch.Trailers))
	if err := f.Sampler.Data.MultiHot(batch, slot.Labels.Float32s()); err != nil {
		return fmt.Errorf("branch %s: %w", f.Branch.Name, err)
	}
	if f.Branch.Origin != core.FromLabels {
		return nil
	}
	for targets, labels := slot.Targets.Float32s(), slot.Labels.Float32s(); len(targets) > 0; {
		targets = targets[copy(targets, labels):]
	}
	return nil
}
