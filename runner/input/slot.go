package input

import (
	"fmt"

	"montage/core"
	"montage/core/rng"
	"montage/runner/model"
)

// viewRange is where a view lies in a slot: so many frames and rows behind from, in the
// input of the views with a gradient or, where nth is not -1, in the nth of those without.
type viewRange struct {
	from, size model.Size
	nth        int
}

// put copies a made view to the end of the forward input that it belongs to.
func (s *Slot) put(p madeView, b *model.Branch) {
	size := model.Size{N: p.frames.Shape[0], R: p.rows() * p.copies}
	at := viewRange{size: size, nth: -1}
	memory := s.memory.withGradient
	if p.view.NoGradient {
		at.nth = len(s.NoGradient)
		memory = s.memory.noGradient[at.nth]
		s.NoGradient = append(s.NoGradient, cut(memory, size, p.view, b))
	} else {
		at.from = s.memory.filled
		s.memory.filled = model.Size{N: at.from.N + size.N, R: at.from.R + size.R}
	}
	write(memory, p, at.from)
	s.rows(p, at)
	s.memory.ranges[p.view.Name] = at
}

// rows writes targets and weights of a view with a gradient.
func (s *Slot) rows(p madeView, at viewRange) {
	if at.nth >= 0 {
		return
	}
	if s.memory.weights.Len() > 0 {
		weights := s.memory.weights.Float32s()[at.from.R : at.from.R+at.size.R]
		fill(weights, 1)
		if !p.weights.IsZero() {
			copy(weights, p.weights.Float32s())
		}
	}
	if !p.targets.IsZero() {
		width := p.targets.Shape[1]
		copy(s.memory.targets.Float32s()[at.from.R*width:], p.targets.Float32s())
	}
}

// again adds a view without a gradient of frames that are in the slot already.
func (s *Slot) again(v core.View, b *model.Branch) error {
	at := s.memory.ranges[v.SharesFramesOf]
	if !v.NoGradient {
		return fmt.Errorf("a view of %q cannot have a gradient of its own: %w", v.SharesFramesOf, core.ErrUnsupported)
	}
	// A copy, as a forward input begins at the beginning of a tensor and the view may lie
	// behind others. It is few bytes beside what the forward computes.
	source, memory := s.memory.withGradient, s.memory.noGradient[len(s.NoGradient)]
	if at.nth >= 0 {
		source = s.memory.noGradient[at.nth]
	}
	copyView(memory, source, at)
	s.NoGradient = append(s.NoGradient, cut(memory, at.size, v, b))
	return nil
}

// finish cuts the input of the views with a gradient, which are forwarded together.
func (s *Slot) finish() {
	s.WithGradient = s.memory.withGradient.Cut(s.memory.filled)
	s.Weights = s.memory.weights.Rows(0, s.memory.filled.R)
	s.Targets = s.memory.targets.Rows(0, s.memory.filled.R)
}

// cut returns the front of the memory as the input of a view without a gradient.
func cut(memory model.ForwardInput, s model.Size, v core.View, b *model.Branch) model.ForwardInput {
	in := memory.Cut(s)
	in.Teacher, in.Heads = v.Teacher, b.HeadsPassed(v)
	return in
}

// write puts a view's frames, offsets and keys behind what is there.
func write(m model.ForwardInput, p madeView, from model.Size) {
	copy(m.Frames.Rows(from.N, m.Frames.Shape[0]).Uint8s(), p.frames.Uint8s())
	frames, rows := len(p.frameKeys), p.rows()
	offsets := m.Offsets.Int32s()[from.R:]
	for c := range p.copies {
		for r := range rows + 1 {
			offsets[c*rows+r] = int32(from.N+c*frames) + p.offsets[r]
		}
		for i, k := range p.frameKeys {
			m.FrameKeys.Uint64s()[from.N+c*frames+i] = moduleKey(k, c)
		}
		for r, k := range p.rowKeys {
			m.RowKeys.Uint64s()[from.R+c*rows+r] = moduleKey(k, c)
		}
	}
}

// copyView copies the view in a range of one input to the beginning of another.
func copyView(m, from model.ForwardInput, at viewRange) {
	copy(m.Frames.Uint8s(), from.Frames.Rows(at.from.N, at.from.N+at.size.N).Uint8s())
	for r := range at.size.R + 1 {
		m.Offsets.Int32s()[r] = from.Offsets.Int32s()[at.from.R+r] - int32(at.from.N)
	}
	copy(m.FrameKeys.Uint64s(), from.FrameKeys.Uint64s()[at.from.N:at.from.N+at.size.N])
	copy(m.RowKeys.Uint64s(), from.RowKeys.Uint64s()[at.from.R:at.from.R+at.size.R])
}

// moduleKey starts the random streams inside modules, of dropout. The streams keep the
// name from when a module was called a layer, so that they draw what they drew.
func moduleKey(k rng.Key, copy int) uint64 { return uint64(k.Of("layer").At(uint64(copy))) }
