package engine

import (
	"montage/core/tensor"
	"montage/runner/model"
)

// saveBuffers copies the modules' buffers, so that a step that fails can be undone.
func (o *Optimizer) saveBuffers() {
	for _, m := range o.modules {
		saved, known := o.buffers[m]
		if !known {
			saved = make([]tensor.Tensor, len(m.Updates))
			o.buffers[m] = saved
		}
		for i, update := range m.Updates {
			if update.IsZero() {
				continue
			}
			if saved[i].IsZero() {
				saved[i] = tensor.New(tensor.Float32, update.Shape...)
			}
			copy(saved[i].Bytes(), m.State[i].Bytes())
		}
	}
}

// takeBuffers makes the new buffers of a branch's modules the current ones.
func (o *Optimizer) takeBuffers(b *model.Branch) {
	for _, m := range b.Modules() {
		for i, update := range m.Updates {
			copy(m.State[i].Bytes(), update.Bytes())
		}
	}
}

// restoreBuffers brings back what saveBuffers copied.
func (o *Optimizer) restoreBuffers() {
	for _, m := range o.modules {
		for i, saved := range o.buffers[m] {
			copy(m.State[i].Bytes(), saved.Bytes())
		}
	}
}
