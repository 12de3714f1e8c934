package weight

import (
	"encoding/binary"
	"math"
)

// element is the type of stored numbers. Types without value, the integers, are
// known so that they can be left out.
type element struct {
	name string
	size int
	// value converts one number; false where float32 has no room for it.
	value func(b []byte) (float32, bool)
}

var (
	float64s  = &element{"float64", 8, fromFloat64}
	float32s  = &element{"float32", 4, fromFloat32}
	float16s  = &element{"float16", 2, fromFloat16}
	bfloat16s = &element{"bfloat16", 2, fromBFloat16}
	int64s    = &element{name: "int64", size: 8}
	int32s    = &element{name: "int32", size: 4}
	int16s    = &element{name: "int16", size: 2}
	int8s     = &element{name: "int8", size: 1}
	uint8s    = &element{name: "uint8", size: 1}
	bools     = &element{name: "bool", size: 1}
)

func fromFloat32(b []byte) (float32, bool) {
	return math.Float32frombits(binary.LittleEndian.Uint32(b)), true
}

// fromBFloat16 is exact: a bfloat16 is the upper half of a float32.
func fromBFloat16(b []byte) (float32, bool) {
	return math.Float32frombits(uint32(binary.LittleEndian.Uint16(b)) << 16), true
}

// fromFloat64 rounds to nearest. Infinities and NaN stay what they are.
func fromFloat64(b []byte) (float32, bool) {
	v := math.Float64frombits(binary.LittleEndian.Uint64(b))
	f := float32(v)
	return f, !math.IsInf(float64(f), 0) || math.IsInf(v, 0)
}

// fromFloat16 is exact.
func fromFloat16(b []byte) (float32, bool) {
	h := uint32(binary.LittleEndian.Uint16(b))
	sign, exponent, fraction := h>>15<<31, h>>10&0x1f, h&0x3ff
	switch exponent {
	case 0: // zero and subnormals, which float32 represents normally
		f := float32(fraction) * 0x1p-24
		return math.Float32frombits(math.Float32bits(f) | sign), true
	case 0x1f: // infinity and NaN
		return math.Float32frombits(sign | 0xff<<23 | fraction<<13), true
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13), true
}
