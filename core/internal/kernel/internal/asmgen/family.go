package main

import (
	// avo is written to be imported like this: the file then reads like assembly.
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/gotypes"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// family is a width of vector registers.
type family struct {
	name     string
	strip    int // rows of a block: as many as the registers hold with two vectors each
	bytes    int // of a vector
	register func() reg.VecVirtual
	zero     func(r reg.VecVirtual)
}

var (
	ymm = family{"Y", 6, 32, YMM, func(r reg.VecVirtual) { VXORPS(r, r, r) }}
	// VXORPS of ZMM registers would need AVX512DQ; VPXORD is part of AVX512F.
	zmm = family{"Z", 12, 64, ZMM, func(r reg.VecVirtual) { VPXORD(r, r, r) }}
)

// panel is the number of columns of a block.
func (f family) panel() int { return 2 * f.bytes / 4 }

// arguments are the fields of the struct that a function gets as its one parameter.
type arguments struct{ fields gotypes.Component }

// open loads the pointer to the struct; fields are reached through its register.
func open() arguments { return arguments{Dereference(Param("p"))} }

func (a arguments) load(name string) reg.Register { return Load(a.fields.Field(name), GP64()) }

// keep copies a field to the stack, for when no register is left for it.
func (a arguments) keep(name string) operand.Mem {
	slot := AllocLocal(8)
	MOVQ(a.load(name), slot)
	return slot
}

// at addresses base + disp.
func at(base reg.Register, disp int) operand.Mem { return operand.Mem{Base: base, Disp: disp} }

// indexed addresses base + index.
func indexed(base, index reg.Register) operand.Mem {
	return operand.Mem{Base: base, Index: index, Scale: 1}
}
