// Command asmgen writes the assembly of package avx and its Go declarations. It is
// run by go generate in core/internal/kernel/internal/avx.
package main

import (
	// avo is written to be imported like this: the file then reads like assembly.
	. "github.com/mmcloughlin/avo/build"
)

func main() {
	ConstraintExpr("amd64")
	for _, f := range []family{ymm, zmm} {
		// A function for each height: the rows are unrolled, so their number is fixed.
		for rows := 1; rows <= f.strip; rows++ {
			block(f, rows)
		}
		for _, t := range transforms {
			t.generate(f)
		}
	}
	for _, l := range loops {
		l.generate()
	}
	window()
	copies()
	transpose()
	Generate()
}
