package data

import (
	"slices"

	"montage/core/rng"
)

// Sampler draws the batches of a branch. It has no state: a batch follows from the
// fields and the position in training alone, so training can continue from any step.
type Sampler struct {
	// Data must have been opened; its order of samples and frames matters.
	Data *Dataset
	// Order shuffles samples and draws frames. Branches with one Order see the
	// same samples and frames.
	Order rng.Key
	// Augment is where the batch's keys for augmentations come from.
	Augment rng.Key
	// Batch is the number of samples of a step, Frames the most frames of one.
	Batch, Frames int
	// Balance, when set, is that of Data, and draws the classes in turn instead of each
	// sample once.
	Balance *Balance
	// Variants, when not 0, is the number of choices of a sample's frames and of its
	// variant keys, which come around again after so many passes.
	Variants int
}

// DrawPosition is a position in training: it determines every draw.
type DrawPosition struct {
	Epoch, Step int
	// Draw numbers the random choice of frames: batches that differ in Draw alone
	// hold the same samples.
	Draw int
}

// Steps returns the batches of one pass; the last may be smaller than the others.
func (s Sampler) Steps() int { return steps(len(s.Data.Samples), s.Batch) }

// At returns the batch of a position. Within a pass each sample comes once, in random
// order, unless classes are balanced. Step may be at or beyond Steps, as for the smaller
// of two sources: then the data set is gone through again, in the order of the next pass.
func (s Sampler) At(p DrawPosition) Batch {
	total := len(s.Data.Samples)
	if total == 0 {
		panic("data: sampling from an empty data set, which Open does not return")
	}
	pass, step := p.Step/s.Steps(), p.Step%s.Steps()
	position := []uint64{uint64(p.Epoch), uint64(pass)}
	order := s.Order.Of("trailers").At(position...)
	var drawn draws
	if s.Balance != nil {
		drawn = s.Balance.pass(order)
	} else {
		drawn.samples = order.Rand().Perm(total)
	}
	b := Batch{Pass: pass}
	for n := step * s.Batch; n < min((step+1)*s.Batch, total); n++ {
		s.draw(&b, p, drawn.samples[n], drawn.again(n))
	}
	b.finish()
	return b
}

// draw adds a sample to a batch. again counts how often the pass has had it before: each
// time it gets other frames and keys.
func (s Sampler) draw(b *Batch, p DrawPosition, sample, again int) {
	position := []uint64{uint64(p.Epoch), uint64(b.Pass)}
	if again > 0 {
		position = append(position, uint64(again))
	}
	t := s.Data.Samples[sample]
	frames := s.Order.Of("frames").At(position...)
	b.Samples = append(b.Samples, sample)
	b.SampleKeys = append(b.SampleKeys, uint64(s.Augment.At(position...).Of(t.ID)))
	if s.Variants > 0 {
		variant := uint64((p.Epoch + b.Pass + again) % s.Variants)
		frames = s.Order.Of("frame variants").At(variant)
		b.sampleVariants = append(b.sampleVariants, uint64(s.Augment.Of("variant").At(variant).Of(t.ID)))
	}
	b.Frames = append(b.Frames, drawFrames(frames.Of(t.ID).At(uint64(p.Draw)), len(t.Frames), s.Frames))
}

// drawFrames returns at most limit of n frames, without replacement, ascending.
func drawFrames(key rng.Key, n, limit int) []int {
	if n <= limit {
		return spread(n, n)
	}
	frames := key.Rand().Perm(n)[:limit]
	slices.Sort(frames)
	return frames
}

// Sweep goes through a data set once, in its order, for evaluation and prediction.
type Sweep struct {
	Data          *Dataset
	Batch, Frames int
}

// Steps returns the number of batches; the last may be smaller than the others.
func (s Sweep) Steps() int { return steps(len(s.Data.Samples), s.Batch) }

// At returns a batch. Of samples with more than Frames frames it takes the middle
// ones of as many equal parts.
func (s Sweep) At(step int) Batch {
	var b Batch
	for i := step * s.Batch; i < min((step+1)*s.Batch, len(s.Data.Samples)); i++ {
		n := len(s.Data.Samples[i].Frames)
		b.Samples = append(b.Samples, i)
		b.Frames = append(b.Frames, spread(n, min(n, s.Frames)))
	}
	b.finish()
	return b
}

// spread returns m of n positions, evenly spaced and ascending.
func spread(n, m int) []int {
	positions := make([]int, m)
	for i := range positions {
		positions[i] = (2*i + 1) * n / (2 * m)
	}
	return positions
}

func steps(samples, batch int) int { return (samples + batch - 1) / batch }
