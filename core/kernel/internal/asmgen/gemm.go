package main

import (
	"fmt"

	// avo is written to be imported like this: the file then reads like assembly.
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// gemm emits the product of a strip of rows by a panel of 16 columns. The 12 sums
// of six rows, two vectors of B and two elements of A fill the 16 registers.
func gemm(rows int) {
	TEXT(fmt.Sprintf("Gemm%d", rows), NOSPLIT,
		"func(a *float32, rs, ks int, b, c *float32, ldc, k, add int)")
	Pragma("noescape")
	Doc(fmt.Sprintf("Gemm%d computes C[%d,16] = A[%d,k] B[k,16], added to C where add is not 0.", rows, rows, rows),
		"Element (r, k) of A lies at r*rs + k*ks, of B at k*16 + j, of C at r*ldc + j; k is at least 1.")
	g := strip{
		rows: rows,
		rs:   stride("rs"), ks: stride("ks"), ldc: stride("ldc"),
		b: Load(Param("b"), GP64()), c: Load(Param("c"), GP64()),
	}
	g.a[0] = Load(Param("a"), GP64())
	if rows > 3 {
		g.a[1] = GP64()
		LEAQ(operand.Mem{Base: g.a[0], Index: g.rs, Scale: 2}, g.a[1])
		ADDQ(g.rs, g.a[1])
	}
	g.prefetch()
	for r := range rows {
		for h := range 2 {
			g.sum[r][h] = YMM()
			VXORPS(g.sum[r][h], g.sum[r][h], g.sum[r][h])
		}
	}
	g.loop()
	g.store()
	VZEROUPPER()
	RET()
}

type strip struct {
	rows        int
	a           [2]reg.Register // rows 0 to 2, and 3 to 5
	rs, ks, ldc reg.Register    // in bytes
	b, c        reg.Register
	sum         [6][2]reg.VecVirtual
}

func stride(name string) reg.Register {
	r := Load(Param(name), GP64())
	SHLQ(operand.U8(2), r)
	return r
}

// prefetch asks for the lines of C while the sums are being made.
func (g *strip) prefetch() {
	p := GP64()
	MOVQ(g.c, p)
	for r := range g.rows {
		if r > 0 {
			ADDQ(g.ldc, p)
		}
		PREFETCHT0(operand.Mem{Base: p})
	}
}

const unroll = 4

func (g *strip) loop() {
	k := Load(Param("k"), GP64())
	many := GP64()
	MOVQ(k, many)
	SHRQ(operand.U8(2), many)
	JZ(operand.LabelRef("rest"))
	Label("four")
	for u := range unroll {
		g.step(u)
	}
	ADDQ(operand.U32(unroll*64), g.b)
	DECQ(many)
	JNZ(operand.LabelRef("four"))
	Label("rest")
	ANDQ(operand.U8(unroll-1), k)
	JZ(operand.LabelRef("done"))
	Label("one")
	g.step(0)
	ADDQ(operand.U8(64), g.b)
	DECQ(k)
	JNZ(operand.LabelRef("one"))
	Label("done")
}

// step adds one k to all sums.
func (g *strip) step(u int) {
	b0, b1 := YMM(), YMM()
	VMOVUPS(operand.Mem{Base: g.b, Disp: u * 64}, b0)
	VMOVUPS(operand.Mem{Base: g.b, Disp: u*64 + 32}, b1)
	for r := range g.rows {
		v := YMM()
		VBROADCASTSS(g.row(r), v)
		VFMADD231PS(b0, v, g.sum[r][0])
		VFMADD231PS(b1, v, g.sum[r][1])
	}
	ADDQ(g.ks, g.a[0])
	if g.rows > 3 {
		ADDQ(g.ks, g.a[1])
	}
}

func (g *strip) row(r int) operand.Mem {
	m := operand.Mem{Base: g.a[r/3]}
	if r%3 > 0 {
		m.Index, m.Scale = g.rs, uint8(r%3)
	}
	return m
}

func (g *strip) store() {
	add := Load(Param("add"), GP64())
	TESTQ(add, add)
	JZ(operand.LabelRef("write"))
	p := GP64()
	MOVQ(g.c, p)
	for r := range g.rows {
		for h := range 2 {
			VADDPS(operand.Mem{Base: p, Disp: 32 * h}, g.sum[r][h], g.sum[r][h])
		}
		if r < g.rows-1 {
			ADDQ(g.ldc, p)
		}
	}
	Label("write")
	for r := range g.rows {
		for h := range 2 {
			VMOVUPS(g.sum[r][h], operand.Mem{Base: g.c, Disp: 32 * h})
		}
		if r < g.rows-1 {
			ADDQ(g.ldc, g.c)
		}
	}
}
