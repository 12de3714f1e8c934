package input

import (
	"fmt"

	"montage/core"
	"montage/core/rng"
	"montage/core/tensor"
	"montage/runner/model"
)

// viewRange is where a view lies in a slot: so many frames and rows behind from, in the
// pass of the views with a gradient or, where other is not -1, in that one without.
type viewRange struct {
	from, size model.Size
	other      int
}

// put copies a made view to the end of the pass that it belongs to.
func (s *Slot) put(p madeView, b *model.Branch) {
	size := model.Size{N: p.frames.Shape[0], R: p.rows() * p.copies}
	at := viewRange{size: size, other: -1}
	memory := s.memory.gradient
	if p.view.NoGradient {
		at.other = len(s.Others)
		memory = s.memory.others[at.other]
		s.Others = append(s.Others, memory.cut(size, p.view.Teacher, b.HeadsPassed(p.view)))
	} else {
		at.from = s.memory.filled
		s.memory.filled = model.Size{N: at.from.N + size.N, R: at.from.R + size.R}
	}
	memory.write(p, at.from)
	s.rows(p, at)
	s.memory.ranges[p.view.Name] = at
}

// rows writes targets and weights of a view with a gradient.
func (s *Slot) rows(p madeView, at viewRange) {
	if at.other >= 0 {
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

// again adds a pass without a gradient over frames that are in the slot already.
func (s *Slot) again(v core.View, b *model.Branch) error {
	at := s.memory.ranges[v.SharesFramesOf]
	if !v.NoGradient {
		return fmt.Errorf("a view of %q cannot have a gradient of its own: %w", v.SharesFramesOf, core.ErrUnsupported)
	}
	// A copy, as a pass begins at the beginning of a tensor and the view may lie
	// behind others. It is few bytes beside what the pass computes.
	source, memory := s.memory.gradient, s.memory.others[len(s.Others)]
	if at.other >= 0 {
		source = s.memory.others[at.other]
	}
	memory.take(source, at)
	s.Others = append(s.Others, memory.cut(at.size, v.Teacher, b.HeadsPassed(v)))
	return nil
}

// finish cuts the pass of the views with a gradient.
func (s *Slot) finish() {
	s.Gradient = s.memory.gradient.cut(s.memory.filled, false, 0)
	s.Weights = s.memory.weights.Rows(0, s.memory.filled.R)
	s.Targets = s.memory.targets.Rows(0, s.memory.filled.R)
}

// passMemory is room for the largest pass.
type passMemory struct{ frames, offsets, frameKeys, rowKeys tensor.Tensor }

func (m passMemory) cut(s model.Size, teacher bool, heads int) model.ForwardInput {
	return model.ForwardInput{
		Frames: m.frames.Rows(0, s.N), Offsets: m.offsets.Rows(0, s.R+1),
		FrameKeys: m.frameKeys.Rows(0, s.N), RowKeys: m.rowKeys.Rows(0, s.R),
		Teacher: teacher, Heads: heads,
	}
}

// write puts a view's frames, offsets and keys behind what is there.
func (m passMemory) write(p madeView, from model.Size) {
	side := m.frames.Shape[1]
	copy(m.frames.Uint8s()[from.N*side*side*3:], p.frames.Uint8s())
	frames, rows := len(p.frameKeys), p.rows()
	offsets := m.offsets.Int32s()[from.R:]
	for c := range p.copies {
		for r := range rows + 1 {
			offsets[c*rows+r] = int32(from.N+c*frames) + p.offsets[r]
		}
		for i, k := range p.frameKeys {
			m.frameKeys.Uint64s()[from.N+c*frames+i] = layerKey(k, c)
		}
		for r, k := range p.rowKeys {
			m.rowKeys.Uint64s()[from.R+c*rows+r] = layerKey(k, c)
		}
	}
}

// take copies the view in a range of another pass to the beginning of this one.
func (m passMemory) take(from passMemory, at viewRange) {
	side := m.frames.Shape[1]
	copy(m.frames.Uint8s(), from.frames.Uint8s()[at.from.N*side*side*3:(at.from.N+at.size.N)*side*side*3])
	for r := range at.size.R + 1 {
		m.offsets.Int32s()[r] = from.offsets.Int32s()[at.from.R+r] - int32(at.from.N)
	}
	copy(m.frameKeys.Uint64s(), from.frameKeys.Uint64s()[at.from.N:at.from.N+at.size.N])
	copy(m.rowKeys.Uint64s(), from.rowKeys.Uint64s()[at.from.R:at.from.R+at.size.R])
}

// layerKey starts the draws inside modules: dropout.
func layerKey(k rng.Key, copy int) uint64 { return uint64(k.Of("layer").At(uint64(copy))) }
