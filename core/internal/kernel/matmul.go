package kernel

// MatMul is the product C = op(A) op(B), or C += op(A) op(B), of dense row-major
// matrices, where op transposes or not. op(A) is [M,K], op(B) is [K,N], C is [M,N];
// so A is stored as [K,M] where TransA is set, and B as [N,K] where TransB is.
type MatMul struct {
	M, N, K        int
	TransA, TransB bool
	Accumulate     bool // add to C instead of overwriting it
}

// Do computes the product. c must not overlap a or b.
func (g MatMul) Do(c, a, b []float32) {
	check(g, "a", len(a), g.M*g.K)
	check(g, "b", len(b), g.K*g.N)
	check(g, "c", len(c), g.M*g.N)
	// The shape alone decides, so the bits do not depend on the number of threads.
	if g.TransB && g.M <= few && g.N > few {
		g.flipped(c, a, b)
		return
	}
	p := product{m: g.M, n: g.N, k: g.K, c: c, add: g.Accumulate}
	p.a = dense{a, g.K}
	if g.TransA {
		p.a = transposed{a, g.M}
	}
	p.b = matrix(b, g.K, g.N, 1)
	if g.TransB {
		p.b = matrix(b, g.K, 1, g.K)
	}
	p.run()
}

// few is the number of rows of A for which B, used so few times, is not worth packing.
const few = 32

// flipped computes C by its transpose, op(B)ᵀ op(A)ᵀ, where the rows of B as it is stored
// are read in place and only A is packed.
func (g MatMul) flipped(c, a, b []float32) {
	buf := grab(g.N * g.M)
	defer release(buf)
	p := product{m: g.N, n: g.M, k: g.K, a: dense{b, g.K}, b: matrix(a, g.K, 1, g.K), c: *buf}
	if g.TransA {
		p.b = matrix(a, g.K, g.M, 1)
	}
	p.run()
	// buf holds the transpose of C, which has few rows.
	for i := range g.M {
		row := c[i*g.N:][:g.N]
		for j := range row {
			v := (*buf)[j*g.M+i]
			if g.Accumulate {
				v += row[j]
			}
			row[j] = v
		}
	}
}
