package model

import "montage/core/tensor"

// AllocateInput takes the memory of a forward input of the greatest size. frame is the
// shape of a frame in bytes: [S,S,3], or [4·D] of features.
func AllocateInput(work Allocator, s Size, frame []int) (in ForwardInput, err error) {
	take := func(d tensor.DType, shape ...int) (t tensor.Tensor) {
		if err == nil {
			t, err = work.Alloc(d, shape...)
		}
		return t
	}
	in.Frames = take(tensor.Uint8, append([]int{s.N}, frame...)...)
	in.Offsets = take(tensor.Int32, s.R+1)
	in.FrameKeys = take(tensor.Uint64, s.N)
	in.RowKeys = take(tensor.Uint64, s.R)
	return in, err
}

// Cut returns the front of the input, in the same memory.
func (p ForwardInput) Cut(s Size) ForwardInput {
	p.Frames, p.Offsets = p.Frames.Rows(0, s.N), p.Offsets.Rows(0, s.R+1)
	p.FrameKeys, p.RowKeys = p.FrameKeys.Rows(0, s.N), p.RowKeys.Rows(0, s.R)
	return p
}
