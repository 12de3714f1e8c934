package main

import (
	"fmt"
	"math"
	"slices"

	// avo is written to be imported like this: the file then reads like assembly.
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// matrix is M of a Winograd transform M X Mᵀ of square tiles.
type matrix [][]float64

// The matrices of F(4x4,3x3): Lavin and Gray, Fast Algorithms for Convolutional
// Neural Networks, section 4.3.
var (
	inputs = matrix{
		{4, 0, -5, 0, 1, 0},
		{0, -4, -4, 1, 1, 0},
		{0, 4, -4, -1, 1, 0},
		{0, -2, -1, 2, 1, 0},
		{0, 2, -1, -2, 1, 0},
		{0, 4, 0, -5, 0, 1},
	}
	outputs = matrix{
		{1, 1, 1, 1, 1, 0},
		{0, 1, -1, 2, -2, 0},
		{0, 1, 1, 4, 4, 0},
		{0, 1, -1, 8, -8, 1},
	}
	filters = matrix{
		{1. / 4, 0, 0},
		{-1. / 6, -1. / 6, -1. / 6},
		{-1. / 6, 1. / 6, -1. / 6},
		{1. / 24, 1. / 12, 1. / 6},
		{1. / 24, -1. / 12, 1. / 6},
		{0, 0, 1},
	}
)

// turned returns the transpose.
func (m matrix) turned() matrix {
	t := make(matrix, len(m[0]))
	for i := range t {
		for j := range m {
			t[i] = append(t[i], m[j][i])
		}
	}
	return t
}

type transform struct {
	name, doc string
	m         matrix
	scatter   bool // the table says where outputs go, not where inputs lie
	epilogue  bool // bias, residual, ReLU
	ahead     int  // bytes from what is written to what is fetched, to be written next
}

var transforms = []transform{
	{"Input", "turns tiles of 6 by 6 pixels into 36 planes.", inputs, false, false, 0},
	{"Output", "turns 36 planes into tiles of 4 by 4 pixels.", outputs, true, true, 0},
	{"Filter", "turns filters of 3 by 3 into 36 planes.", filters, false, false, 256},
	{"Gradient", "is the transpose of Output.", outputs.turned(), false, false, 0},
	{"FilterGradient", "is the transpose of Filter.", filters.turned(), true, false, 0},
}

// transformFields must be those of avx.Tile: the compiler compares them.
const transformFields = "struct{From, To *float32; At *int32; Spare *float32; Plane, Groups, Jump int; " +
	"Bias, Residual *float32; ReLU int}"

// emitter is the state of one transform being written.
type emitter struct {
	family
	transform
	in, out    int         // tile sides
	from, to   operand.Mem // pointers, on the stack
	more       operand.Mem // pointers to the residual
	middle     operand.Mem // vectors between the two passes
	src, dst   reg.Register
	bias, low  reg.VecVirtual
	hasResidue operand.Mem
}

func (t transform) generate(f family) {
	// Not NOSPLIT: the frame holds a tile, too much for the reserve of a stack.
	TEXT(t.name+f.name, 0, "func(p *"+transformFields+")")
	Pragma("noescape")
	Doc(t.name+f.name+" "+t.doc, fmt.Sprintf("It takes %d channels at once, as Tile says.", f.bytes/4))
	g := &emitter{family: f, transform: t, in: len(t.m[0]), out: len(t.m)}
	g.from, g.to = AllocLocal(8*g.in*g.in), AllocLocal(8*g.out*g.out)
	g.middle = AllocLocal(f.bytes * g.in * g.out)
	p := open()
	if t.scatter {
		g.planes(p.load("From"), p.load("Plane"), g.from, g.in*g.in)
		g.table(p, p.load("To"), g.to, g.out*g.out)
	} else {
		g.table(p, p.load("From"), g.from, g.in*g.in)
		g.planes(p.load("To"), p.load("Plane"), g.to, g.out*g.out)
	}
	g.open(p)
	groups, jump := p.load("Groups"), p.load("Jump")
	Label("group")
	g.columns()
	g.rows(p)
	ADDQ(operand.U8(f.bytes), g.src)
	ADDQ(operand.U8(f.bytes), g.dst)
	if !t.scatter {
		// A panel is two vectors; at the end of one the planes go on jump bytes further.
		TESTQ(operand.U32(2*f.bytes-1), g.src)
		JNZ(operand.LabelRef("inside"))
		ADDQ(jump, g.dst)
		Label("inside")
	}
	DECQ(groups)
	JNZ(operand.LabelRef("group"))
	VZEROUPPER()
	RET()
}

// planes stores n pointers at equal distances.
func (g *emitter) planes(base, step reg.Register, to operand.Mem, n int) {
	for i := range n {
		MOVQ(base, to.Offset(8*i))
		if i < n-1 {
			ADDQ(step, base)
		}
	}
}

// table stores n pointers by the table of offsets.
func (g *emitter) table(p arguments, base reg.Register, to operand.Mem, n int) {
	at0, spare := p.load("At"), p.load("Spare")
	for i := range n {
		r := GP64()
		MOVLQSX(at(at0, 4*i), r)
		TESTQ(r, r)
		// LEAQ leaves the flags of TESTQ as they are, for the move below.
		LEAQ(operand.Mem{Base: base, Index: r, Scale: 4}, r)
		CMOVQLT(spare, r)
		MOVQ(r, to.Offset(8*i))
	}
}

func (g *emitter) open(p arguments) {
	g.src, g.dst = GP64(), GP64()
	XORQ(g.src, g.src)
	XORQ(g.dst, g.dst)
	if !g.epilogue {
		return
	}
	n := g.out * g.out
	g.more, g.hasResidue = AllocLocal(8*n), p.keep("Residual")
	g.table(p, p.load("Residual"), g.more, n)
	g.low = g.register()
	relu := p.load("ReLU")
	g.zero(g.low)
	TESTQ(relu, relu)
	JNZ(operand.LabelRef("clipped"))
	// A maximum with -Inf changes nothing, so stores need no branch for ReLU.
	VMOVUPS(g.constant(math.Inf(-1)), g.low)
	Label("clipped")
}

// columns is the first pass, X to M X.
// A tile of 36 vectors exceeds the registers, so M X lies on the stack.
func (g *emitter) columns() {
	for j := range g.in {
		x := make([]reg.VecVirtual, g.in)
		for i := range x {
			x[i] = g.register()
			r := GP64()
			MOVQ(g.from.Offset(8*(i*g.in+j)), r)
			VMOVUPS(indexed(r, g.src), x[i])
		}
		g.apply(x, func(i int, v reg.VecVirtual) { VMOVUPS(v, g.middle.Offset(g.bytes*(i*g.in+j))) })
	}
}

// rows is the second pass, M X to M X Mᵀ.
func (g *emitter) rows(p arguments) {
	if g.epilogue {
		g.bias = g.register()
		r := p.load("Bias")
		VMOVUPS(indexed(r, g.src), g.bias)
	}
	for i := range g.out {
		x := make([]reg.VecVirtual, g.in)
		for j := range x {
			x[j] = g.register()
			VMOVUPS(g.middle.Offset(g.bytes*(i*g.in+j)), x[j])
		}
		g.apply(x, func(j int, v reg.VecVirtual) { g.store(i*g.out+j, v) })
	}
}

func (g *emitter) store(i int, v reg.VecVirtual) {
	if g.epilogue {
		VADDPS(g.bias, v, v)
		CMPQ(g.hasResidue, operand.U8(0))
		skip := fmt.Sprint("alone", i)
		JEQ(operand.LabelRef(skip))
		r := GP64()
		MOVQ(g.more.Offset(8*i), r)
		VADDPS(indexed(r, g.dst), v, v)
		Label(skip)
		VMAXPS(v, g.low, v) // in this order NaN stays NaN
	}
	r := GP64()
	MOVQ(g.to.Offset(8*i), r)
	to := indexed(r, g.dst)
	VMOVUPS(v, to)
	if g.ahead > 0 {
		to.Disp = g.ahead
		PREFETCHT0(to)
	}
}

// apply multiplies M by the vector x. Two outputs that are the sum and the difference of
// the same two terms share them.
func (g *emitter) apply(x []reg.VecVirtual, store func(int, reg.VecVirtual)) {
	var done [6]bool
	for a := range g.m {
		if done[a] {
			continue
		}
		b := slices.IndexFunc(g.m, func(row []float64) bool { return opposite(g.m[a], row) })
		// It is -1 where there is no partner.
		if b <= a {
			store(a, g.combine(x, g.m[a]))
			continue
		}
		done[b] = true
		even, odd := g.combine(x, half(g.m[a], g.m[b], 1)), g.combine(x, half(g.m[a], g.m[b], -1))
		sum, difference := g.register(), g.register()
		VADDPS(odd, even, sum)
		VSUBPS(odd, even, difference)
		store(a, sum)
		store(b, difference)
	}
}

// half returns (a + sign*b)/2.
func half(a, b []float64, sign float64) []float64 {
	h := make([]float64, len(a))
	for i := range a {
		h[i] = (a[i] + sign*b[i]) / 2
	}
	return h
}

// opposite reports whether a and b are the sum and difference of terms that share no
// input, and whether it is worth while.
func opposite(a, b []float64) bool {
	even, odd := half(a, b, 1), half(a, b, -1)
	terms := [2]int{}
	for i := range a {
		if even[i] != 0 && odd[i] != 0 {
			return false
		}
		if even[i] != 0 {
			terms[0]++
		}
		if odd[i] != 0 {
			terms[1]++
		}
	}
	return terms[0] > 0 && terms[1] > 0 && terms[0]+terms[1] > 2
}

// combine returns the sum of row[i]*x[i] in a new register.
func (g *emitter) combine(x []reg.VecVirtual, row []float64) reg.VecVirtual {
	sum, fresh := g.register(), true
	for _, i := range inOrder(row) {
		switch c := row[i]; {
		case fresh && c == 1:
			VMOVAPS(x[i], sum)
		case fresh:
			VMULPS(g.constant(c), x[i], sum)
		case c == 1:
			VADDPS(x[i], sum, sum)
		case c == -1:
			VSUBPS(x[i], sum, sum)
		default:
			VFMADD231PS(g.constant(c), x[i], sum)
		}
		fresh = false
	}
	return sum
}

// inOrder returns the indices that are not zero, one with factor 1 first.
// With that, combine begins with a move instead of a multiplication.
func inOrder(row []float64) []int {
	var order []int
	for i, c := range row {
		if c == 1 && (len(order) == 0 || row[order[0]] != 1) {
			order = slices.Insert(order, 0, i)
		} else if c != 0 {
			order = append(order, i)
		}
	}
	return order
}

// constants are shared by all transforms: equal values have one symbol.
var constants = map[float32]operand.Mem{}

// constant is a vector of equal values in read-only memory.
func (g *emitter) constant(v float64) operand.Mem {
	m, ok := constants[float32(v)]
	if !ok {
		m = GLOBL(fmt.Sprintf("constant%d", len(constants)), RODATA|NOPTR)
		// As wide as ZMM; the YMM family reads the first half.
		for i := range 16 {
			DATA(4*i, operand.U32(math.Float32bits(float32(v))))
		}
		constants[float32(v)] = m
	}
	return m
}
