package data

import (
	"math"

	"montage/core/rng"
)

// Batch says which trailers, and which frames of each, a step sees.
type Batch struct {
	// Pass counts how often the epoch has gone through the data set before.
	Pass int
	// Trailers [B] are positions in Dataset.Trailers, Frames [B] the positions in
	// Trailer.Frames of the frames that were drawn, ascending.
	Trailers []int
	Frames   [][]int
	// Offsets [B+1] says which rows of the pixels belong to which trailer: those of
	// trailer b are Offsets[b] to Offsets[b+1]-1.
	Offsets []int32
	// TrailerKeys [B] and FrameKeys [N] start the random streams of augmentations;
	// those of a frame stay the same whatever other frames were drawn. Nil in
	// evaluation.
	TrailerKeys, FrameKeys []uint64
}

// Rows returns N, the number of frames of all trailers together.
func (b Batch) Rows() int {
	n := 0
	for _, frames := range b.Frames {
		n += len(frames)
	}
	return n
}

// finish fills in what follows from Frames and TrailerKeys.
func (b *Batch) finish() {
	rows := b.Rows()
	if rows > math.MaxInt32 {
		panic("data: more frames in a batch than an offset can count")
	}
	b.Offsets = append(make([]int32, 0, len(b.Frames)+1), 0)
	b.FrameKeys = nil
	for i, frames := range b.Frames {
		b.Offsets = append(b.Offsets, b.Offsets[i]+int32(len(frames)))
		if b.TrailerKeys == nil {
			continue
		}
		for _, frame := range frames {
			key := rng.Key(b.TrailerKeys[i]).At(uint64(frame))
			b.FrameKeys = append(b.FrameKeys, uint64(key))
		}
	}
}
