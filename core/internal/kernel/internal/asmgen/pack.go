package main

import (
	"fmt"

	// avo is written to be imported like this: the file then reads like assembly.
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// distance is how many rows ahead copies fetch: rows lie in different pages, where the
// processor does not guess.
const distance = 8

// copies emits the copies of rows as wide as strips and panels of both families.
func copies() {
	for _, f := range []family{ymm, zmm} {
		copyRows(f.strip)
		copyRows(f.panel())
	}
}

func copyRows(width int) {
	name := fmt.Sprint("Copy", width)
	TEXT(name, NOSPLIT, "func(dst, src *float32, ld, n int)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s copies n rows of %d, at least one, that lie ld bytes apart, to one after another.",
		name, width))
	dst, src := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
	ld, n, ahead := Load(Param("ld"), GP64()), Load(Param("n"), GP64()), GP64()
	// It runs past the last row, which does no harm: a fetch ahead never faults.
	LEAQ(operand.Mem{Base: src, Index: ld, Scale: distance}, ahead)
	Label("row")
	for byte := 0; byte < 4*width; byte += cacheLine {
		PREFETCHT0(at(ahead, byte))
	}
	for i := 0; i < width; {
		i += copySome(at(src, 4*i), at(dst, 4*i), width-i)
	}
	ADDQ(ld, src)
	ADDQ(ld, ahead)
	ADDQ(operand.U32(4*width), dst)
	DECQ(n)
	JNZ(operand.LabelRef("row"))
	VZEROUPPER()
	RET()
}

// copySome copies as much of the rest of a row as one register takes.
// Widths are even (6, 12, 16, 32), so nothing is left after two floats.
func copySome(from, to operand.Mem, rest int) int {
	switch {
	case rest >= 8:
		v := YMM()
		VMOVUPS(from, v)
		VMOVUPS(v, to)
		return 8
	case rest >= 4:
		v := XMM()
		VMOVUPS(from, v)
		VMOVUPS(v, to)
		return 4
	}
	v := XMM()
	VMOVSD(from, v)
	VMOVSD(v, to)
	return 2
}

// transpose emits the transpose of squares of 8 by 8.
func transpose() {
	TEXT("Transpose", NOSPLIT, "func(dst, src *float32, to, from, n int)")
	Pragma("noescape")
	Doc("Transpose writes n squares of 8 by 8, at least one, below each other in dst, whose rows lie to",
		"bytes apart, from squares side by side in src, whose rows lie from bytes apart.")
	dst, src := square(Load(Param("dst"), GP64()), Load(Param("to"), GP64())),
		square(Load(Param("src"), GP64()), Load(Param("from"), GP64()))
	n := Load(Param("n"), GP64())
	Label("square")
	// Four columns at a time: rows 0 to 3 in the low lanes, 4 to 7 in the high ones, so that
	// no element need change its lane.
	for half := range 2 {
		var r [4]reg.VecVirtual
		for i := range r {
			r[i] = YMM()
			low, high := src.row(i), src.row(i+4)
			low.Disp, high.Disp = 16*half, 16*half
			VMOVUPS(low, r[i].AsX())
			VINSERTF128(operand.U8(1), high, r[i], r[i])
		}
		for i, pair := range []instruction{interleaveLow, interleaveHigh} {
			x, y := YMM(), YMM()
			pair(r[1], r[0], x)
			pair(r[3], r[2], y)
			first, second := YMM(), YMM()
			// 0x44 takes the low halves of both, 0xee the high ones.
			VSHUFPS(operand.U8(0x44), y, x, first)
			VSHUFPS(operand.U8(0xee), y, x, second)
			VMOVUPS(first, dst.row(4*half+2*i))
			VMOVUPS(second, dst.row(4*half+2*i+1))
		}
	}
	ADDQ(operand.U8(32), src.base)
	ADDQ(operand.U8(32), src.base4)
	LEAQ(operand.Mem{Base: dst.base, Index: dst.ld, Scale: 8}, dst.base)
	LEAQ(operand.Mem{Base: dst.base4, Index: dst.ld, Scale: 8}, dst.base4)
	DECQ(n)
	JNZ(operand.LabelRef("square"))
	VZEROUPPER()
	RET()
}

func interleaveLow(o ...operand.Op)  { VUNPCKLPS(o[0], o[1], o[2]) }
func interleaveHigh(o ...operand.Op) { VUNPCKHPS(o[0], o[1], o[2]) }

// eight addresses eight rows.
// An address has scales of 1, 2, 4 and 8 only, so three times ld has a register of its
// own, and rows from 4 on have another base.
type eight struct{ base, base4, ld, ld3 reg.Register }

func square(base, ld reg.Register) eight {
	e := eight{base, GP64(), ld, GP64()}
	LEAQ(operand.Mem{Base: base, Index: ld, Scale: 4}, e.base4)
	LEAQ(operand.Mem{Base: ld, Index: ld, Scale: 2}, e.ld3)
	return e
}

func (e eight) row(i int) operand.Mem {
	m := operand.Mem{Base: e.base}
	if i >= 4 {
		m.Base = e.base4
	}
	switch i % 4 {
	case 1, 2:
		m.Index, m.Scale = e.ld, uint8(i%4)
	case 3:
		m.Index, m.Scale = e.ld3, 1
	}
	return m
}
