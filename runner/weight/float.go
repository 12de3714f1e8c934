package weight

import (
	"fmt"

	"github.com/nlpodyssey/safetensors"

	"montage/core/tensor"
)

// FloatSize returns the bytes of a number of a safetensors type, such as F16, 0 where it is none
// that becomes float32s.
func FloatSize(dtype string) int {
	if e := floatOf(dtype); e != nil {
		return e.size
	}
	return 0
}

func floatOf(dtype string) *element {
	d, err := safetensors.ParseDType(dtype)
	if err != nil {
		return nil
	}
	if e := elementOf(d); e.value != nil {
		return e
	}
	return nil
}

// Floats converts stored numbers of a type with a FloatSize.
//
//	out: float32 [D], written; stored has D·FloatSize bytes
//
// Errors: a float64 that float32 has no room for.
func Floats(out []float32, dtype string, stored []byte) error {
	e := floatOf(dtype)
	if e == float32s {
		copy(tensor.FromFloat32(out, len(out)).Bytes(), stored)
		return nil
	}
	for i := range out {
		v, ok := e.value(stored[i*e.size:])
		if !ok {
			return fmt.Errorf("number %d is too large for float32", i)
		}
		out[i] = v
	}
	return nil
}
