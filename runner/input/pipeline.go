// Package input prepares the batches that a training step takes: samples and frames are
// drawn, decoded, augmented and transformed into memory that the components share, one
// step ahead of the step that computes.
package input

import (
	"context"
	"fmt"

	"montage/core"
	"montage/core/tensor"
	"montage/runner/data"
	"montage/runner/model"
)

// Pipeline prepares the batches of one branch.
type Pipeline struct {
	Branch   *model.Branch
	Sampler  data.Sampler
	Loader   *data.Loader
	Strategy core.Strategy
	// Slots are the memory of two batches: one computes while the other is prepared.
	Slots [2]*Slot

	scratch scratch
}

// Slot is the memory of one prepared batch, and the batch in it.
type Slot struct {
	PreparedBatch
	memory slotMemory
}

// PreparedBatch is a batch as a step takes it: tensors cut to its size, in the memory of its slot.
type PreparedBatch struct {
	// Context is the step that the batch was prepared for.
	Context core.StepContext
	// Samples are the ids, for messages.
	Samples []string
	// WithGradient holds the views with a gradient, one behind the other. NoGradient
	// holds those without, each by itself, in their order. A batch without samples, as
	// all of their frames were broken, has neither.
	WithGradient model.ForwardInput
	NoGradient   []model.ForwardInput
	// Targets: float32 [R,T]. Weights: float32 [R]. For the rows of WithGradient.
	Targets, Weights tensor.Tensor
	// Labels: float32 [B,classes] of a labelled branch, else zero.
	Labels tensor.Tensor
}

// Empty reports whether no sample of the batch could be read.
func (i *PreparedBatch) Empty() bool { return len(i.Samples) == 0 }

// draw is one random choice of frames, decoded.
type draw struct {
	batch  data.Batch
	frames tensor.Tensor
}

// Fill prepares the batch of a position in training. The batch depends on nothing but
// the position and what the pipeline was configured with.
func (in *Pipeline) Fill(ctx context.Context, at data.DrawPosition, step core.StepContext, slot *Slot) error {
	slot.PreparedBatch, slot.memory.filled, slot.memory.ranges = PreparedBatch{Context: step}, model.Size{},
		map[string]viewRange{}
	draws, err := in.load(ctx, at)
	if err != nil {
		return fmt.Errorf("branch %s: %w", in.Branch.Name, err)
	}
	first := draws[in.Branch.Views[0].Draw]
	for _, i := range first.batch.Samples {
		slot.Samples = append(slot.Samples, in.Sampler.Data.Samples[i].ID)
	}
	if slot.Empty() {
		return nil
	}
	for _, v := range in.Branch.Views {
		if err := in.view(ctx, v, draws[v.Draw], slot); err != nil {
			return fmt.Errorf("branch %s: view %s: %w", in.Branch.Name, v.Name, err)
		}
	}
	slot.finish()
	return in.label(first.batch, slot)
}

// load draws and decodes the frames of each draw that a view needs.
func (in *Pipeline) load(ctx context.Context, at data.DrawPosition) (map[int]draw, error) {
	draws := map[int]draw{}
	for _, v := range in.Branch.Views {
		if _, done := draws[v.Draw]; done || v.SharesFramesOf != "" {
			continue
		}
		at.Draw = v.Draw
		memory := in.scratch.raw[v.Draw]
		batch, err := in.Loader.Load(ctx, in.Sampler.Data, in.Sampler.At(at), memory.Uint8s())
		if err != nil {
			return nil, err
		}
		draws[v.Draw] = draw{batch: batch, frames: memory.Rows(0, batch.Rows())}
	}
	return draws, nil
}

// label writes the classes where the data set has them.
func (in *Pipeline) label(batch data.Batch, slot *Slot) error {
	if in.Branch.Source != core.Labeled {
		return nil
	}
	slot.Labels = slot.memory.labels.Rows(0, len(batch.Samples))
	if err := in.Sampler.Data.MultiHot(batch, slot.Labels.Float32s()); err != nil {
		return fmt.Errorf("branch %s: %w", in.Branch.Name, err)
	}
	if in.Branch.Origin != core.FromLabels {
		return nil
	}
	for targets, labels := slot.Targets.Float32s(), slot.Labels.Float32s(); len(targets) > 0; {
		targets = targets[copy(targets, labels):]
	}
	return nil
}
