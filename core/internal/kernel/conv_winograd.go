package kernel

import (
	"montage/core/internal/kernel/internal/avx"

	"montage/core/parallel"
)

// forwardTiles is Forward by Winograd's algorithm.
func (c Conv2D) forwardTiles(y, x, w []float32) {
	c.throughTiles(y, x, source{w: w, inner: 9, feature: 9 * c.C})
}

// backwardTiles is BackwardData by Winograd's algorithm: the forward pass with inputs and
// outputs exchanged and the filter turned around.
func (c Conv2D) backwardTiles(dx, dy, w []float32) {
	p, q := c.Out()
	// Turned around, a filter of 3 reaches 2 pixels less its padding over the edge.
	back := Conv2D{N: c.N, H: p, W: q, C: c.K, K: c.C, R: 3, S: 3, Stride: 1, Pad: 2 - c.Pad}
	back.throughTiles(dx, dy, source{w: w, inner: 9 * c.C, feature: 9, turned: true})
}

func (c Conv2D) throughTiles(y, x []float32, w source) {
	g := c.tiling(fastest)
	// Weights that train change with every step, so this filter is made for one call.
	buf, zeros := grab(planes*g.weightPlane()), make([]float32, max(c.C, c.K)+largestPanel)
	defer release(buf)
	g.transform(*buf, w)
	f := &Filter{shape: c, unit: g.unit, bias: zeros, zeros: zeros, how: winograd{g, *buf}}
	f.shape.N = 1
	c.Apply(y, x, f, Epilogue{})
}

// weightTiles is BackwardWeights by Winograd's algorithm. The transpose of each step of
// the forward pass, in reverse:
//
//	dw = Gᵀ [ sum of (A dY Aᵀ) * (Bᵀ x B) ] G
//
// summed over all tiles, some at a time.
func (c Conv2D) weightTiles(dw, x, dy []float32) {
	g := c.tiling(fastest)
	all := c.N * g.tiles
	b := tileSums{tiling: g, size: planeSize(c.C, c.K), zeros: make([]float32, max(c.C, c.K)+largestPanel)}
	buf := grab(planes * b.size)
	defer release(buf)
	b.sums = *buf
	// Without tiles no product stores the sums.
	if all == 0 {
		clear(b.sums)
	}
	for from := 0; from < all; from += tilesAtOnce {
		b.add(x, dy, from, min(tilesAtOnce, all-from))
	}
	b.finish(dw)
}

// tilesAtOnce is the number of tiles whose planes are summed in one product. So the memory
// does not grow with the batch, and sums are cut at its multiples, whatever the number of
// threads.
const tilesAtOnce = 384

// tileSums is the gradient of the transformed weights.
type tileSums struct {
	*tiling
	sums  []float32 // [36][c][k]
	size  int       // of a plane of it
	zeros []float32
}

// add adds the products of n tiles; the first ones are stored.
func (b tileSums) add(x, dy []float32, from, n int) {
	in := stretch{from: from, n: n, size: planeSize(n, b.c)}
	out := stretch{from: from, n: n, size: planeSize(n, ceilUp(b.k, b.panel))}
	buf := grab(planes * (in.size + out.size))
	defer release(buf)
	in.planes, out.planes = (*buf)[:planes*in.size], (*buf)[planes*in.size:]
	const each = 8
	parallel.Chunks(n, each, func(i0, i1 int) {
		part := in
		part.from, part.n, part.planes = from+i0, i1-i0, in.planes[i0*b.c:]
		b.enter(x, b.zeros, part)
		b.enterGradient(dy, stretch{from: from + i0, n: i1 - i0, planes: out.planes[i0*b.panel:], size: out.size}, n)
	})
	// By planes: each has sums of its own, so no two goroutines add to the same.
	parallel.For(planes, func(p int) { b.multiply(p, in, out) })
}

// enterGradient transforms tiles of dy into planes [36][panels of k][n][panel]: they are
// the right operand.
func (b tileSums) enterGradient(dy []float32, s stretch, n int) {
	t := tile{
		unit: b.unit, stage: avx.Gradient, spare: b.zeros, plane: s.size,
		channels: b.k, jump: (n - 1) * b.panel,
	}
	b.visit(s, func(i, frame, tile int) {
		t.from, t.at, t.to = dy[frame*b.out:], b.outputs[tile*16:], s.planes[i*b.panel:]
		t.run()
	})
}

// multiply computes one plane: the inputs, transposed, times the gradients.
func (b tileSums) multiply(p int, in, out stretch) {
	buf := grab(ceilUp(b.c, b.strip) * in.n)
	defer release(buf)
	a := packStrips(*buf, in.planes[p*in.size:], b.c, region{m: b.c, deep: in.n, strip: b.strip})
	var offsets [largestStrip]int32
	for r := range offsets {
		offsets[r] = int32(r)
	}
	// The first tiles are stored, so the sums need not be cleared.
	t := block{
		unit: b.unit, taps: 1, depth: in.n, step: a.ks, offsets: offsets[:],
		b: out.planes[p*out.size:], width: b.k, ldc: b.k, add: in.from > 0,
	}
	for r := 0; r < b.c; r += b.strip {
		t.rows, t.a, t.c = min(b.strip, b.c-r), a.data[r/b.strip*a.strip:], b.sums[p*b.size+r*b.k:]
		t.run()
	}
}

// finish transforms the sums into dw, [k,c,3,3].
func (b tileSums) finish(dw []float32) {
	var at [9]int32
	for i := range at {
		at[i] = int32(i * b.k)
	}
	parallel.Chunks(b.c, rowsAtOnce, func(from, to int) {
		buf := grab(rowsAtOnce * 9 * b.k)
		defer release(buf)
		t := tile{
			unit: b.unit, stage: avx.FilterGradient, at: at[:], plane: b.size, channels: b.k,
		}
		for c := from; c < to; c++ {
			t.from, t.to = b.sums[c*b.k:], (*buf)[(c-from)*9*b.k:]
			// No offset is negative, so nothing goes there, but the assembly wants an address.
			t.spare = t.to
			t.run()
		}
		b.weave(dw[from*9:], *buf, to-from)
	})
}

// weave puts gradients [channels][9][k] in their places, dw[k][channels][9].
func (b tileSums) weave(dw, from []float32, channels int) {
	const features = 64
	w := braid{taps: 9, channels: channels, data: grab(9 * features * channels)}
	defer release(w.data)
	for k := 0; k < b.k; k += features {
		w.features = min(features, b.k-k)
		w.fill(from[k:], b.k, 9*b.k)
		w.to(dw[k*b.c*9:], b.c*9)
	}
}
