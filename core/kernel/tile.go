package kernel

import "montage/core/kernel/internal/avx"

// vectorised is true where the assembly runs. Tests turn it off to reach the plain
// loops.
var vectorised = avx.Supported()

// The innermost block of a product: strip rows of C by panel columns. 6 by 16
// leaves 4 of the 16 vector registers of AVX2 for the operands.
const (
	strip = 6
	panel = 16
)

// tile computes C[rows,panel] (+)= A[rows,k] B[k,panel] for up to strip rows.
type tile struct {
	a      []float32 // element (r, k) at r*rs + k*ks
	rs, ks int
	b      []float32 // element (k, j) at k*panel + j
	c      []float32 // element (r, j) at r*ldc + j
	ldc    int
	k      int
	rows   int
	add    bool // add to C instead of overwriting it
}

// run dispatches to assembly where there is some. The slices are indexed at their
// last element first, because assembly would not notice that one is too short.
func (t *tile) run() {
	_ = t.a[(t.rows-1)*t.rs+(t.k-1)*t.ks]
	_ = t.b[t.k*panel-1]
	_ = t.c[(t.rows-1)*t.ldc+panel-1]
	if vectorised {
		t.assembly()
		return
	}
	t.plain()
}

func (t *tile) assembly() {
	a, b, c, add := &t.a[0], &t.b[0], &t.c[0], 0
	if t.add {
		add = 1
	}
	switch t.rows {
	case 1:
		avx.Gemm1(a, t.rs, t.ks, b, c, t.ldc, t.k, add)
	case 2:
		avx.Gemm2(a, t.rs, t.ks, b, c, t.ldc, t.k, add)
	case 3:
		avx.Gemm3(a, t.rs, t.ks, b, c, t.ldc, t.k, add)
	case 4:
		avx.Gemm4(a, t.rs, t.ks, b, c, t.ldc, t.k, add)
	case 5:
		avx.Gemm5(a, t.rs, t.ks, b, c, t.ldc, t.k, add)
	default:
		avx.Gemm6(a, t.rs, t.ks, b, c, t.ldc, t.k, add)
	}
}

func (t *tile) plain() {
	for r := range t.rows {
		for j := 0; j < panel; j += 8 {
			t.row(r, j)
		}
	}
}

// row computes eight columns of a row: as many sums as stay in registers.
func (t *tile) row(r, j int) {
	var s0, s1, s2, s3, s4, s5, s6, s7 float32
	a, b := t.a[r*t.rs:], t.b[j:]
	for k := range t.k {
		v, p := a[k*t.ks], (*[8]float32)(b[k*panel:])
		s0 += v * p[0]
		s1 += v * p[1]
		s2 += v * p[2]
		s3 += v * p[3]
		s4 += v * p[4]
		s5 += v * p[5]
		s6 += v * p[6]
		s7 += v * p[7]
	}
	c := (*[8]float32)(t.c[r*t.ldc+j:])
	s := [8]float32{s0, s1, s2, s3, s4, s5, s6, s7}
	if !t.add {
		*c = s
		return
	}
	for i := range c {
		c[i] += s[i]
	}
}
