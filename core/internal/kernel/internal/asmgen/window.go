package main

import (
	// avo is written to be imported like this: the file then reads like assembly.
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// greater is the predicate of VCMPPS that holds where the first operand is larger.
// It is false where either is NaN, so a NaN in best is not replaced by a number.
const greater = operand.U8(0x1e)

// window emits the maximum over the pixels of a window and where it lies.
func window() {
	maximum()
	TEXT("MaxWindow", NOSPLIT, "func(y *float32, arg *int32, x *float32, pixels *int32, n, groups, row int)")
	Pragma("noescape")
	Doc("MaxWindow writes the largest of n pixels of x to y and the pixel to arg, the first of equals.",
		"NaN counts as largest, the last NaN as larger than others. It takes 8 channels at once, groups times;",
		"a pixel is row bytes long.")
	y, arg, x := Load(Param("y"), GP64()), Load(Param("arg"), GP64()), Load(Param("x"), GP64())
	pixels, n := Load(Param("pixels"), GP64()), Load(Param("n"), GP64())
	groups, row := Load(Param("groups"), GP64()), Load(Param("row"), GP64())
	best, where := YMM(), YMM()
	i := GP64()
	Label("group")
	VMOVUPS(pixel(x, pixels, row, nil), best)
	VPBROADCASTD(at(pixels, 0), where)
	MOVQ(operand.U32(1), i)
	Label("tap")
	CMPQ(i, n)
	JGE(operand.LabelRef("done"))
	v, index, larger, nan := YMM(), YMM(), YMM(), YMM()
	VMOVUPS(pixel(x, pixels, row, i), v)
	VPBROADCASTD(operand.Mem{Base: pixels, Index: i, Scale: 4}, index)
	VCMPPS(greater, best, v, larger)
	VCMPPS(unordered, v, v, nan)
	VORPS(nan, larger, larger)
	VBLENDVPS(larger, v, best, best)
	VBLENDVPS(larger, index, where, where)
	INCQ(i)
	JMP(operand.LabelRef("tap"))
	Label("done")
	VMOVUPS(best, at(y, 0))
	VMOVUPS(where, at(arg, 0))
	for _, p := range []reg.Register{x, y, arg} {
		ADDQ(operand.U8(32), p)
	}
	DECQ(groups)
	JNZ(operand.LabelRef("group"))
	VZEROUPPER()
	RET()
}

// maximum emits the same without the place.
func maximum() {
	TEXT("MaxPixels", NOSPLIT, "func(y, x *float32, pixels *int32, n, groups, row int)")
	Pragma("noescape")
	Doc("MaxPixels writes the largest of n pixels of x to y; NaN counts as largest. It takes",
		"8 channels at once, groups times; a pixel is row bytes long.")
	y, x := Load(Param("y"), GP64()), Load(Param("x"), GP64())
	pixels, n := Load(Param("pixels"), GP64()), Load(Param("n"), GP64())
	groups, row := Load(Param("groups"), GP64()), Load(Param("row"), GP64())
	best, i := YMM(), GP64()
	Label("group")
	VMOVUPS(pixel(x, pixels, row, nil), best)
	MOVQ(operand.U32(1), i)
	Label("tap")
	CMPQ(i, n)
	JGE(operand.LabelRef("done"))
	// The maximum of a NaN and anything is its second source, here v; so v's NaN wins,
	// and best's is put back.
	v, nan := YMM(), YMM()
	VMOVUPS(pixel(x, pixels, row, i), v)
	VMAXPS(v, best, v)
	VCMPPS(unordered, best, best, nan)
	VBLENDVPS(nan, best, v, best)
	INCQ(i)
	JMP(operand.LabelRef("tap"))
	Label("done")
	VMOVUPS(best, at(y, 0))
	ADDQ(operand.U8(32), x)
	ADDQ(operand.U8(32), y)
	DECQ(groups)
	JNZ(operand.LabelRef("group"))
	VZEROUPPER()
	RET()
}

// pixel addresses pixel number pixels[i] of x.
func pixel(x, pixels, row, i reg.Register) operand.Mem {
	r, from := GP64(), at(pixels, 0)
	if i != nil {
		from.Index, from.Scale = i, 4
	}
	MOVLQSX(from, r)
	IMULQ(row, r)
	return indexed(x, r)
}
