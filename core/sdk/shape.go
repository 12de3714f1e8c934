package sdk

import (
	"fmt"

	"montage/core"
	"montage/core/tensor"
)

// Any matches a dimension of any size in Expect.
const Any = -1

// Expect reports a tensor of another dtype or shape, as a core.ErrShape that names it.
func Expect(name string, got tensor.Tensor, dtype tensor.DType, shape ...int) error {
	fits := got.DType == dtype && len(got.Shape) == len(shape)
	for i := 0; fits && i < len(shape); i++ {
		fits = shape[i] == Any || shape[i] == got.Shape[i]
	}
	if fits {
		return nil
	}
	return fmt.Errorf("%w: %s is %v, not %v%s", core.ErrShape, name, got, dtype, wanted(shape))
}

// wanted prints a shape as tensor.Tensor does, with * for Any.
func wanted(shape []int) string {
	out := "["
	for i, s := range shape {
		if i > 0 {
			out += " "
		}
		if s == Any {
			out += "*"
			continue
		}
		out += fmt.Sprint(s)
	}
	return out + "]"
}
