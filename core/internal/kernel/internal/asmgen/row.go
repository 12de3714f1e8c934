package main

import (
	"strings"

	// avo is written to be imported like this: the file then reads like assembly.
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// loop is a loop over the rows of matrices and, inside, their columns: vectors of
// eight, then one by one with the same instructions, so that no column rounds
// differently from the rest.
type loop struct {
	name, doc string
	columns   []string // slices with an element per column
	matrices  []string // slices with a row per row
	body      func(l lane)
}

var loops = []loop{
	{"SumRows", "adds the rows of x to acc.", []string{"acc"}, []string{"x"}, func(l lane) {
		v := l.load("x")
		l.add(l.at("acc"), v, v)
		l.store(v, "acc")
	}},
	{"SquareRows", "adds (x-mean)² to acc.", []string{"acc", "mean"}, []string{"x"}, func(l lane) {
		v, sum := l.load("x"), l.load("acc")
		l.sub(l.at("mean"), v, v)
		l.fma(v, v, sum)
		l.store(sum, "acc")
	}},
	{
		"ScaleRows", "writes y = (x-mean)*scale + shift.",
		[]string{"mean", "scale", "shift"}, []string{"y", "x"}, func(l lane) {
			v, sum := l.load("x"), l.load("shift")
			l.sub(l.at("mean"), v, v)
			l.fma(l.at("scale"), v, sum)
			l.store(sum, "y")
		},
	},
	{
		"GradRows", "adds dy to s0 and dy*(x-mean) to s1.",
		[]string{"s0", "s1", "mean"}, []string{"x", "dy"}, func(l lane) {
			x, dy, s0, s1 := l.load("x"), l.load("dy"), l.load("s0"), l.load("s1")
			l.sub(l.at("mean"), x, x)
			l.add(dy, s0, s0)
			l.fma(x, dy, s1)
			l.store(s0, "s0")
			l.store(s1, "s1")
		},
	},
	{
		"BackRows", "writes dx = dy*kdy + (x-mean)*kx + shift.",
		[]string{"mean", "kdy", "kx", "shift"}, []string{"dx", "dy", "x"}, func(l lane) {
			x, dy, sum := l.load("x"), l.load("dy"), l.load("shift")
			l.sub(l.at("mean"), x, x)
			l.fma(l.at("kx"), x, sum)
			l.fma(l.at("kdy"), dy, sum)
			l.store(sum, "dx")
		},
	},
	{"BiasRows", "adds bias to the rows of y.", []string{"bias"}, []string{"y"}, func(l lane) {
		v := l.load("y")
		l.add(l.at("bias"), v, v)
		l.store(v, "y")
	}},
}

func (l loop) generate() {
	pointers := strings.Join(append(append([]string(nil), l.columns...), l.matrices...), ", ")
	TEXT(l.name, NOSPLIT, "func("+pointers+" *float32, rows, cols int)")
	Pragma("noescape")
	Doc(l.name+" "+l.doc, "Rows and cols are at least 1; rows are contiguous.")
	base := map[string]reg.Register{}
	for _, name := range append(append([]string(nil), l.columns...), l.matrices...) {
		base[name] = Load(Param(name), GP64())
	}
	rows, i := Load(Param("rows"), GP64()), GP64()
	n := Load(Param("cols"), GP64())
	Label("row")
	XORQ(i, i)
	l.across(vector(base, i), n, "vector")
	l.across(scalar(base, i), n, "scalar")
	// i is the number of columns now, so this leads to the next row.
	for _, name := range l.matrices {
		LEAQ(operand.Mem{Base: base[name], Index: i, Scale: 4}, base[name])
	}
	DECQ(rows)
	JNZ(operand.LabelRef("row"))
	VZEROUPPER()
	RET()
}

// across runs the body while a whole lane of columns is left.
func (l loop) across(w lane, n reg.Register, label string) {
	next := GP64()
	Label(label)
	LEAQ(operand.Mem{Base: w.i, Disp: w.width}, next)
	CMPQ(next, n)
	JGT(operand.LabelRef(label + "done"))
	l.body(w)
	MOVQ(next, w.i)
	JMP(operand.LabelRef(label))
	Label(label + "done")
}

// unordered is the predicate of VCMPPS that holds where an operand is NaN.
const unordered = operand.U8(3)

type instruction = func(...operand.Op)

// lane is the way to work on width columns at once, from column i.
type lane struct {
	width         int
	base          map[string]reg.Register
	i             reg.Register
	move          instruction
	add, sub, fma instruction
	register      func() reg.VecVirtual
}

// vector works on eight columns at once, by AVX.
func vector(base map[string]reg.Register, i reg.Register) lane {
	return lane{8, base, i, VMOVUPS, VADDPS, VSUBPS, VFMADD231PS, YMM}
}

// scalar works on one column. It has the fused multiplication too, so it rounds alike.
func scalar(base map[string]reg.Register, i reg.Register) lane {
	return lane{1, base, i, VMOVSS, VADDSS, VSUBSS, VFMADD231SS, XMM}
}

func (l lane) at(name string) operand.Mem {
	return operand.Mem{Base: l.base[name], Index: l.i, Scale: 4}
}

func (l lane) load(name string) reg.VecVirtual {
	r := l.register()
	l.move(l.at(name), r)
	return r
}

func (l lane) store(r reg.VecVirtual, name string) { l.move(r, l.at(name)) }
