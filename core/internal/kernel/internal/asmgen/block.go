package main

import (
	"fmt"

	// avo is written to be imported like this: the file then reads like assembly.
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// blockFields must be those of avx.Block: the compiler compares them.
const blockFields = "struct{Taps, Depth, Step int; Offsets *int32; A, Zeros, B, C *float32; Ldc int; " +
	"Bias, Residual, Next *float32; ReLU, Add, Panels int}"

// unroll is the number of inner indices in one turn of the loop.
const unroll = 4

// cacheLine is what memory is fetched by.
const cacheLine = 64

// product emits the product of rows of A by panels of B, two vectors wide. Sums, two
// vectors of B and elements of A share the vector registers; the pointers to the
// rows take most of the others, so what is not needed inside lives on the stack.
type product struct {
	family
	rows                      int
	sum                       [12][2]reg.VecVirtual
	row                       [12]reg.Register
	b, k, next                reg.Register
	taps, turns, rest, step   operand.Mem
	offsets, a, zeros, panels operand.Mem
	column                    operand.Mem // bytes of the panels done, in C and bias alike
	tap, left, turn           operand.Mem // place in offsets, taps and turns of the loop to do
	ahead                     operand.Mem // what to ask for next
}

func block(f family, rows int) {
	name := fmt.Sprintf("Block%s%d", f.name, rows)
	TEXT(name, NOSPLIT, "func(p *"+blockFields+")")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s computes a block of %d rows by panels of %d columns, as Block says.", name, rows, f.panel()))
	p := open()
	g := &product{
		family: f, rows: rows, b: p.load("B"),
		taps: p.keep("Taps"), step: p.keep("Step"), ahead: p.keep("Next"),
		offsets: p.keep("Offsets"), a: p.keep("A"), zeros: p.keep("Zeros"), panels: p.keep("Panels"),
		column: AllocLocal(8), tap: AllocLocal(8), left: AllocLocal(8),
		turns: AllocLocal(8), rest: AllocLocal(8), turn: AllocLocal(8),
	}
	g.count(p.load("Depth"))
	MOVQ(operand.U32(0), g.column)
	Label("panel")
	g.begin()
	Label("tap")
	g.gather()
	g.loop()
	DECQ(g.left)
	JNZ(operand.LabelRef("tap"))
	g.finish()
	ADDQ(operand.U32(2*f.bytes), g.column)
	DECQ(g.panels)
	JNZ(operand.LabelRef("panel"))
	// Go code may use SSE, which is slow while the upper halves are in use.
	VZEROUPPER()
	RET()
}

// count divides the inner indices into turns of the loop and a rest.
func (g *product) count(depth reg.Register) {
	rest := GP64()
	MOVQ(depth, rest)
	ANDQ(operand.U8(unroll-1), rest)
	MOVQ(rest, g.rest)
	// 2 is the logarithm of unroll.
	SHRQ(operand.U8(2), depth)
	MOVQ(depth, g.turns)
}

// begin clears the sums and asks for the lines of C, or of what is added, meanwhile.
func (g *product) begin() {
	for r := range g.rows {
		for h := range 2 {
			g.sum[r][h] = g.register()
			g.zero(g.sum[r][h])
		}
	}
	p := open()
	to, c, ldc := p.load("Residual"), p.load("C"), p.load("Ldc")
	TESTQ(to, to)
	// Without a residual the lines of C itself will be needed.
	CMOVQEQ(c, to)
	ADDQ(g.column, to)
	for r := range g.rows {
		if r > 0 {
			ADDQ(ldc, to)
		}
		for line := 0; line < 2*g.bytes; line += cacheLine {
			PREFETCHT0(at(to, line))
		}
	}
	t := GP64()
	MOVQ(g.offsets, t)
	MOVQ(t, g.tap)
	MOVQ(g.taps, t)
	MOVQ(t, g.left)
}

// gather finds where the rows begin for this tap.
func (g *product) gather() {
	from, a := GP64(), GP64()
	MOVQ(g.tap, from)
	MOVQ(g.a, a)
	for r := range g.rows {
		g.row[r] = GP64()
		MOVLQSX(at(from, 4*r), g.row[r])
		TESTQ(g.row[r], g.row[r])
		// LEAQ leaves the flags of TESTQ as they are, for the move below.
		LEAQ(operand.Mem{Base: a, Index: g.row[r], Scale: 4}, g.row[r])
		CMOVQLT(g.zeros, g.row[r])
	}
	ADDQ(operand.U8(4*g.strip), g.tap)
}

// loop runs through a tap. Elements side by side, the common case, have a body of
// their own, which need not count its way along the rows at every step.
func (g *product) loop() {
	g.k = GP64()
	XORQ(g.k, g.k)
	CMPQ(g.step, operand.U8(4))
	JNE(operand.LabelRef("apart"))
	g.body(true, "together")
	JMP(operand.LabelRef("done"))
	Label("apart")
	g.body(false, "apart")
	Label("done")
}

// body counts in memory: the registers are taken.
func (g *product) body(together bool, name string) {
	g.again(g.turns, name+"rest", func() {
		g.next = GP64()
		MOVQ(g.ahead, g.next)
		Label(name + "four")
		g.steps(unroll, together)
		g.ask()
		DECQ(g.turn)
		JNZ(operand.LabelRef(name + "four"))
		MOVQ(g.next, g.ahead)
	})
	Label(name + "rest")
	g.again(g.rest, "done", func() {
		Label(name + "one")
		g.steps(1, together)
		DECQ(g.turn)
		JNZ(operand.LabelRef(name + "one"))
	})
}

// again sets the counter for a loop that may have nothing to do.
func (g *product) again(n operand.Mem, none string, loop func()) {
	t := GP64()
	MOVQ(n, t)
	TESTQ(t, t)
	JZ(operand.LabelRef(none))
	MOVQ(t, g.turn)
	loop()
}

// ask fetches a quarter as much of Next as a turn reads of B.
// It may run past the end of Next, which does no harm: a fetch ahead never faults.
func (g *product) ask() {
	const quarter = 4
	size := unroll * 2 * g.bytes / quarter
	for line := 0; line < size; line += cacheLine {
		PREFETCHT1(at(g.next, line))
	}
	ADDQ(operand.U32(size), g.next)
}

// steps adds n inner indices to all sums.
func (g *product) steps(n int, together bool) {
	for u := range n {
		if together {
			g.add(u, 4*u)
			continue
		}
		g.add(u, 0)
		ADDQ(g.step, g.k)
	}
	ADDQ(operand.U32(n*2*g.bytes), g.b)
	if together {
		ADDQ(operand.U8(4*n), g.k)
	}
}

// add adds one inner index to all sums: number u from where b points, disp bytes from
// where k does.
func (g *product) add(u, disp int) {
	b0, b1 := g.register(), g.register()
	VMOVUPS(at(g.b, 2*u*g.bytes), b0)
	VMOVUPS(at(g.b, (2*u+1)*g.bytes), b1)
	for r := range g.rows {
		v, a := g.register(), indexed(g.row[r], g.k)
		a.Disp = disp
		VBROADCASTSS(a, v)
		VFMADD231PS(b0, v, g.sum[r][0])
		VFMADD231PS(b1, v, g.sum[r][1])
	}
}

// finish adds what is to be added and stores.
func (g *product) finish() {
	p := open()
	// Loaded again: inside the loops there was no register to keep them in.
	ldc, c := p.load("Ldc"), p.load("C")
	ADDQ(g.column, c)
	add, bias, residual, relu := p.load("Add"), p.load("Bias"), p.load("Residual"), p.load("ReLU")
	TESTQ(add, add)
	JZ(operand.LabelRef("fresh"))
	g.accumulate(c, ldc)
	Label("fresh")
	TESTQ(bias, bias)
	JZ(operand.LabelRef("unbiased"))
	ADDQ(g.column, bias)
	for h := range 2 {
		v := g.register()
		VMOVUPS(at(bias, h*g.bytes), v)
		for r := range g.rows {
			VADDPS(v, g.sum[r][h], g.sum[r][h])
		}
	}
	Label("unbiased")
	TESTQ(residual, residual)
	JZ(operand.LabelRef("alone"))
	ADDQ(g.column, residual)
	g.accumulate(residual, ldc)
	Label("alone")
	TESTQ(relu, relu)
	JZ(operand.LabelRef("linear"))
	zero := g.register()
	g.zero(zero)
	for r := range g.rows {
		for h := range 2 {
			VMAXPS(g.sum[r][h], zero, g.sum[r][h]) // in this order NaN stays NaN
		}
	}
	Label("linear")
	g.each(c, ldc, func(r, h int, m operand.Mem) { VMOVUPS(g.sum[r][h], m) })
}

// accumulate adds rows in memory to the sums. It moves a copy of from, which is still needed.
func (g *product) accumulate(from, ld reg.Register) {
	p := GP64()
	MOVQ(from, p)
	g.each(p, ld, func(r, h int, m operand.Mem) { VADDPS(m, g.sum[r][h], g.sum[r][h]) })
}

// each visits the vectors of the rows from p, which it moves.
func (g *product) each(p, ld reg.Register, f func(r, h int, m operand.Mem)) {
	for r := range g.rows {
		if r > 0 {
			ADDQ(ld, p)
		}
		for h := range 2 {
			f(r, h, at(p, h*g.bytes))
		}
	}
}
