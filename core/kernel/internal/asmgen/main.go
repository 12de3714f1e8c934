// Command asmgen writes the assembly of package avx and its Go declarations. It is
// run by go generate in core/kernel/internal/avx.
package main

import (
	// avo is written to be imported like this: the file then reads like assembly.
	. "github.com/mmcloughlin/avo/build"
)

func main() {
	ConstraintExpr("amd64")
	for rows := 1; rows <= 6; rows++ {
		gemm(rows)
	}
	for _, l := range loops {
		l.generate()
	}
	Generate()
}
