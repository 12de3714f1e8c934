package model

import "montage/core/tensor"

// Output is memory for the outputs of a pass that must outlive the next one.
type Output struct{ Memory tensor.Tensor }

// Keep copies an output and returns the copy: float32 [R,K].
func (o Output) Keep(out tensor.Tensor) tensor.Tensor {
	kept := Front(o.Memory, out.Shape[0])
	copy(kept.Bytes(), out.Bytes())
	return kept
}
