package graph

import (
	"fmt"

	"montage/core/hint"
	"montage/core/internal/ir"
)

// spread says how an operand covers the rows of a result.
type spread uint8

const (
	spreadNone   spread = iota // it has the result's shape
	spreadScalar               // one number for all
	spreadRow                  // the same row for all rows
	spreadColumn               // one number for each row
)

// meet returns the shape of the result of two operands and how each covers it. The operand
// with fewer dimensions is spread or, of equally many, the one with more ones.
func meet(a, b ir.Shape) (ir.Shape, [2]spread, error) {
	// Dimensions are compared as symbols, so this holds for every run.
	if a.Equal(b) {
		return a, [2]spread{}, nil
	}
	if len(a) < len(b) || len(a) == len(b) && count(a, ir.Fixed(1)) > count(b, ir.Fixed(1)) {
		way, err := cover(a, b)
		return b, [2]spread{way, spreadNone}, err
	}
	way, err := cover(b, a)
	return a, [2]spread{spreadNone, way}, err
}

func count(s ir.Shape, d ir.Dim) int {
	n := 0
	for _, each := range s {
		if each == d {
			n++
		}
	}
	return n
}

// cover returns how v is spread over x.
func cover(v, x ir.Shape) (spread, error) {
	if len(v) == 0 {
		return spreadScalar, nil
	}
	last := len(x) - 1
	row := len(v) == 1 && v[0] == x[last] || len(x) == 2 && v.Equal(ir.Shape{ir.Fixed(1), x[1]})
	column := len(x) == 2 && (len(v) == 1 && v[0] == x[0] || v.Equal(ir.Shape{x[0], ir.Fixed(1)}))
	switch {
	// A guess would be silently wrong for one of the two.
	case row && column:
		return 0, hint.With(fmt.Errorf("%v over %v could mean rows or columns", v, x),
			"say which with graph.Row or graph.Column")
	case row:
		return spreadRow, nil
	case column:
		return spreadColumn, nil
	}
	return 0, fmt.Errorf("%v does not spread over %v: expected equal shapes, a scalar [], a row [%v] or, over two "+
		"dimensions, a column [%v]", v, x, x[last], x[0])
}

// fill returns row r of an operand, in scratch where it is a repeated number. An
// operand that was not kept gives garbage, which no derivative reads. Scratch has one row's
// length. Only repeated numbers are copied.
func (s spread) fill(scratch, v []float32, r int) []float32 {
	cols := len(scratch)
	switch {
	case v == nil:
		return scratch
	case s == spreadNone:
		return v[r*cols : (r+1)*cols]
	case s == spreadRow:
		return v
	}
	number := v[0]
	if s == spreadColumn {
		number = v[r]
	}
	for i := range scratch {
		scratch[i] = number
	}
	return scratch
}

// collect adds the gradients of row r of the result to the operand's. Rows come in their
// order, which fixes the bits of the sum.
func (s spread) collect(out, part []float32, r int) {
	switch s {
	case spreadNone:
		copy(out[r*len(part):], part)
	case spreadRow:
		addRow(out, out, part)
	case spreadColumn:
		out[r] = sum(part)
	case spreadScalar:
		out[0] += sum(part)
	}
}

// sum adds numbers in double precision. It adds in the order of the elements and rounds
// once.
func sum(x []float32) float32 {
	total := 0.0
	for _, v := range x {
		total += float64(v)
	}
	return float32(total)
}

// grid returns a shape as rows of its last dimension; nothing has no rows.
func grid(shape []int) (rows, cols int) {
	if len(shape) == 0 {
		return 1, 1
	}
	cols = shape[len(shape)-1]
	// Rows without numbers count as none, so no caller divides by them.
	if cols == 0 {
		return 0, 0
	}
	rows = 1
	for _, d := range shape[:len(shape)-1] {
		rows *= d
	}
	return rows, cols
}
