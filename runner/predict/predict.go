// Package predict runs a trained model on samples: on a test set, or on folders of frames
// that a user names.
package predict

import (
	"context"
	"fmt"
	"math"

	"montage/core/tensor"
	"montage/runner/data"
	"montage/runner/model"
)

// Predictor scores samples with one branch's model.
type Predictor struct {
	Chain  *model.Chain
	Loader *data.Loader
	// Batch is samples at a time, Frames the most frames of one.
	Batch, Frames int

	// Two batches: one computes while the next is decoded.
	memory [2]model.ForwardInput
}

// Size returns the bounds of a batch.
func (p *Predictor) Size() model.Size { return model.Size{N: p.Batch * p.Frames, R: p.Batch} }

// Allocate takes the memory of the frames. frame is the shape of one, in bytes.
func (p *Predictor) Allocate(work model.Allocator, frame []int) error {
	for i := range p.memory {
		// Inference draws nothing, but modules still get keys of the right shape.
		var err error
		if p.memory[i], err = model.AllocateInput(work, p.Size(), frame); err != nil {
			return fmt.Errorf("evaluation: %w", err)
		}
	}
	return nil
}

// Scores are predictions for samples.
type Scores struct {
	IDs []string
	// Probabilities: float32 [R,K], the sigmoid of the head's logits.
	Probabilities tensor.Tensor
	// Targets: float32 [R,K], or zero where the data set has no labels.
	Targets tensor.Tensor
}

// loaded is a batch on its way from the decoder to the model.
type loaded struct {
	batch data.Batch
	slot  int
	err   error
}

// Run scores every sample of a data set in its order, evenly spaced frames of
// each. Samples that cannot be read are left out where the loader skips. It calls
// progress, when set, after each batch.
func (p *Predictor) Run(ctx context.Context, set *data.Dataset, progress func(done, total int)) (Scores, error) {
	c := scoreCollector{set: set}
	if err := p.sweep(ctx, set, progress, func(ctx context.Context, batch data.Batch, pass model.ForwardInput) error {
		out, err := p.Chain.Infer(ctx, pass)
		if err != nil {
			return err
		}
		return c.add(batch, out)
	}); err != nil {
		return Scores{}, err
	}
	return c.scores()
}

// take is what a sweep does with each batch.
type take func(ctx context.Context, batch data.Batch, pass model.ForwardInput) error

// sweep takes the frames of all samples, batch after batch.
func (p *Predictor) sweep(ctx context.Context, set *data.Dataset, progress func(done, total int), do take) error {
	ctx, cancel := context.WithCancel(ctx)
	sweep := data.Sweep{Data: set, Batch: p.Batch, Frames: p.Frames}
	free, ready, ended := make(chan int, 2), make(chan loaded), make(chan struct{})
	free <- 0
	free <- 1
	go func() {
		defer close(ended)
		p.decode(ctx, sweep, free, ready)
	}()
	defer func() { cancel(); <-ended }() // nothing may write to memory after we return
	done := 0
	for range sweep.Steps() {
		var in loaded
		select {
		case in = <-ready:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if in.err == nil && len(in.batch.Samples) > 0 { // or none could be read
			in.err = do(ctx, in.batch, p.input(in))
		}
		if in.err != nil {
			return in.err
		}
		free <- in.slot
		if done += len(in.batch.Samples); progress != nil {
			progress(done, len(set.Samples))
		}
	}
	return nil
}

func (p *Predictor) decode(ctx context.Context, sweep data.Sweep, free <-chan int, ready chan<- loaded) {
	for step := range sweep.Steps() {
		var in loaded
		select {
		case in.slot = <-free:
		case <-ctx.Done():
			return
		}
		in.batch, in.err = p.Loader.Load(ctx, sweep.Data, sweep.At(step), p.memory[in.slot].Frames.Uint8s())
		select {
		case ready <- in:
		case <-ctx.Done():
			return
		}
	}
}

func (p *Predictor) input(in loaded) model.ForwardInput {
	input := p.memory[in.slot].Cut(model.Size{N: in.batch.Rows(), R: len(in.batch.Samples)})
	copy(input.Offsets.Int32s(), in.batch.Offsets)
	return input
}

// scoreCollector collects the batches' outputs.
type scoreCollector struct {
	set                    *data.Dataset
	ids                    []string
	probabilities, targets []float32
	classes                int
}

func (c *scoreCollector) add(b data.Batch, logits tensor.Tensor) error {
	c.classes = logits.Shape[1]
	for i, z := range logits.Float32s() {
		if z != z || math.IsInf(float64(z), 0) {
			return fmt.Errorf("the model's output for sample %s is %v", c.set.Samples[b.Samples[i/c.classes]].ID, z)
		}
		c.probabilities = append(c.probabilities, float32(1/(1+math.Exp(-float64(z)))))
	}
	for _, i := range b.Samples {
		c.ids = append(c.ids, c.set.Samples[i].ID)
	}
	if len(c.set.Classes) != c.classes {
		return nil
	}
	targets := make([]float32, len(b.Samples)*c.classes)
	c.targets = append(c.targets, targets...)
	return c.set.MultiHot(b, c.targets[len(c.targets)-len(targets):])
}

func (c *scoreCollector) scores() (Scores, error) {
	if len(c.ids) == 0 {
		return Scores{}, fmt.Errorf("none of the %d samples could be read", len(c.set.Samples))
	}
	s := Scores{IDs: c.ids, Probabilities: tensor.FromFloat32(c.probabilities, len(c.ids), c.classes)}
	if len(c.targets) == len(c.probabilities) {
		s.Targets = tensor.FromFloat32(c.targets, len(c.ids), c.classes)
	}
	return s, nil
}
