package input

import (
	"fmt"

	"montage/core/tensor"
	"montage/runner/model"
)

// scratch is the memory that preparing passes through. Only one batch of a branch
// is prepared at a time.
type scratch struct {
	raw                []tensor.Tensor // by draw: uint8 [N,frame...]
	augmented          [2]tensor.Tensor
	transformed        tensor.Tensor
	frameKeys, rowKeys tensor.Tensor
	offsets            tensor.Tensor
	targets, weights   tensor.Tensor
}

// slotMemory is the memory of one prepared batch.
type slotMemory struct {
	withGradient     model.ForwardInput
	noGradient       []model.ForwardInput
	targets, weights tensor.Tensor
	labels           tensor.Tensor

	filled model.Size
	ranges map[string]viewRange // of the views so far
}

// allocation allocates and keeps the first error, so that layouts read as lists.
type allocation struct {
	work model.Allocator
	err  error
}

func (m *allocation) take(d tensor.DType, shape ...int) tensor.Tensor {
	if m.err != nil {
		return tensor.Tensor{}
	}
	t, err := m.work.Alloc(d, shape...)
	m.err = err
	return t
}

func (m *allocation) frames(n int, frame []int) tensor.Tensor {
	return m.take(tensor.Uint8, append([]int{n}, frame...)...)
}

func (m *allocation) input(s model.Size, frame []int) (in model.ForwardInput) {
	if m.err == nil {
		in, m.err = model.AllocateInput(m.work, s, frame)
	}
	return in
}

// Allocate takes the memory of the pipeline and of its slots. frame is the shape of one, in
// bytes.
func (in *Pipeline) Allocate(work model.Allocator, frame []int) error {
	m, b := &allocation{work: work}, in.Branch
	draw, largest := b.Draw(), model.Size{}
	transforms := false
	in.scratch = scratch{}
	for _, v := range b.Views {
		for len(in.scratch.raw) <= v.Draw {
			in.scratch.raw = append(in.scratch.raw, m.frames(draw.N, frame))
		}
		s := b.View(v)
		largest = largest.With(s)
		transforms = transforms || v.Transform
	}
	for i := range in.scratch.augmented {
		in.scratch.augmented[i] = m.frames(draw.N, frame)
	}
	in.scratch.frameKeys = m.take(tensor.Uint64, draw.N)
	if transforms {
		in.scratch.rowKeys = m.take(tensor.Uint64, draw.R)
		in.scratch.offsets = m.take(tensor.Int32, draw.R+1)
		in.scratch.transformed = m.frames(largest.N, frame)
		in.scratch.targets = m.take(tensor.Float32, largest.R, b.TargetWidth())
		in.scratch.weights = m.take(tensor.Float32, largest.R)
	}
	for i := range in.Slots {
		in.Slots[i] = &Slot{memory: m.slot(b, frame)}
	}
	if m.err != nil {
		return fmt.Errorf("branch %s: %w", b.Name, m.err)
	}
	return nil
}

func (m *allocation) slot(b *model.Branch, frame []int) slotMemory {
	s := slotMemory{withGradient: m.input(b.WithGradient(), frame)}
	for _, v := range b.Views {
		if v.NoGradient {
			s.noGradient = append(s.noGradient, m.input(b.View(v), frame))
		}
	}
	s.targets = m.take(tensor.Float32, b.WithGradient().R, b.TargetWidth())
	s.weights = m.take(tensor.Float32, b.WithGradient().R)
	s.labels = m.take(tensor.Float32, b.Batch, b.Classes)
	return s
}
