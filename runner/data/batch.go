package data

import (
	"math"

	"montage/core/rng"
)

// Batch says which samples, and which frames of each, a step sees.
type Batch struct {
	// Pass counts how often the epoch has gone through the data set before.
	Pass int
	// Samples [B] are positions in Dataset.Samples, Frames [B] the positions in
	// Sample.Frames of the frames that were drawn, ascending.
	Samples []int
	Frames  [][]int
	// Offsets [B+1] says which rows of the pixels belong to which sample: those of
	// sample b are Offsets[b] to Offsets[b+1]-1.
	Offsets []int32
	// SampleKeys [B] and FrameKeys [N] start the random streams of a pass; those of a
	// frame stay the same whatever other frames were drawn. Nil in evaluation.
	SampleKeys, FrameKeys []uint64
	sampleVariants        []uint64
	frameVariants         []uint64
}

// Variants returns the keys [B] and [N] of what changes pixels. They are the batch's
// own, but where the sampler's Variants come around again.
func (b Batch) Variants() (samples, frames []uint64) {
	if b.sampleVariants == nil {
		return b.SampleKeys, b.FrameKeys
	}
	return b.sampleVariants, b.frameVariants
}

// Rows returns N, the number of frames of all samples together.
func (b Batch) Rows() int {
	n := 0
	for _, frames := range b.Frames {
		n += len(frames)
	}
	return n
}

// finish fills in what follows from Frames and SampleKeys.
func (b *Batch) finish() {
	rows := b.Rows()
	if rows > math.MaxInt32 {
		panic("data: more frames in a batch than an offset can count")
	}
	b.Offsets = append(make([]int32, 0, len(b.Frames)+1), 0)
	for i, frames := range b.Frames {
		b.Offsets = append(b.Offsets, b.Offsets[i]+int32(len(frames)))
	}
	b.FrameKeys, b.frameVariants = b.eachFrame(b.SampleKeys), b.eachFrame(b.sampleVariants)
}

// eachFrame makes a key for every frame of its sample's, nil of nil.
func (b *Batch) eachFrame(samples []uint64) (keys []uint64) {
	for i, key := range samples {
		for _, frame := range b.Frames[i] {
			keys = append(keys, uint64(rng.Key(key).At(uint64(frame))))
		}
	}
	return keys
}
