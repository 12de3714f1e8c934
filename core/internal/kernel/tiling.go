package kernel

import "montage/core/internal/kernel/internal/avx"

// planes is the number of products per tile of 4 by 4 outputs, of which a direct
// convolution by 3 by 3 needs 144.
const planes = 36

// tiling is the geometry of a convolution by Winograd's algorithm F(4x4,3x3): outputs
// in tiles of 4 by 4, inputs in tiles of 6 by 6 that overlap by 2.
type tiling struct {
	unit
	c, k    int
	in, out int     // elements of a frame of the input, of the output
	tiles   int     // of a frame
	inputs  []int32 // [tiles][36], where pixels lie in a frame, -1 outside
	outputs []int32 // [tiles][16]
}

// winograd reports whether the algorithm is used: where its transforms are worth their
// while, and tiles do not hang over a small map too far. With what hangs over it must still
// save half of the multiplications. Only the shape of one frame decides, so the bits do not
// depend on the rest of the batch.
func (c Conv2D) winograd() bool {
	const few = 16 // channels
	if c.R != 3 || c.S != 3 || c.Stride != 1 || c.C < few || c.K < few {
		return false
	}
	p, q := c.Out()
	return 2*ceilDiv(p, 4)*ceilDiv(q, 4)*planes < 9*p*q
}

func (c Conv2D) tiling(u unit) *tiling {
	p, q := c.Out()
	down, across := ceilDiv(p, 4), ceilDiv(q, 4)
	g := &tiling{unit: u, c: c.C, k: c.K, in: c.H * c.W * c.C, out: p * q * c.K, tiles: down * across}
	g.inputs, g.outputs = make([]int32, 0, 36*g.tiles), make([]int32, 0, 16*g.tiles)
	for t := range g.tiles {
		y, x := t/across*4, t%across*4
		for i := range 36 {
			g.inputs = append(g.inputs, pixel(y+i/6-c.Pad, x+i%6-c.Pad, c.H, c.W, c.C))
		}
		for i := range 16 {
			g.outputs = append(g.outputs, pixel(y+i/4, x+i%4, p, q, c.K))
		}
	}
	return g
}

// pixel returns where a pixel lies in a map, -1 outside.
func pixel(y, x, h, w, channels int) int32 {
	if y < 0 || x < 0 || y >= h || x >= w {
		return -1
	}
	return int32((y*w + x) * channels)
}

// planeSize returns the elements from a plane of n rows of width channels to the next. The 36 planes of a
// tile must not begin at the same lines of the cache, so their distance is kept off
// powers of two.
func planeSize(n, width int) int { return n*width + 16 }

// stretch is tiles from to from+n, counted over frames, and their planes.
type stretch struct {
	from, n int
	planes  []float32
	size    int // of a plane
}

// visit calls f for the tiles of a stretch with their frame and number in the frame.
func (g *tiling) visit(s stretch, f func(i, frame, tile int)) {
	for i := range s.n {
		f(i, (s.from+i)/g.tiles, (s.from+i)%g.tiles)
	}
}

// enter transforms tiles of maps x into planes [36][n][c].
func (g *tiling) enter(x, zeros []float32, s stretch) {
	t := tile{unit: g.unit, stage: avx.Input, spare: zeros, plane: s.size, channels: g.c}
	g.visit(s, func(i, frame, tile int) {
		t.from, t.at, t.to = x[frame*g.in:], g.inputs[tile*36:], s.planes[i*g.c:]
		t.run()
	})
}

// leave transforms planes [36][n][k] into tiles of the result.
func (g *tiling) leave(a application, spare []float32, s stretch) {
	t := tile{
		unit: g.unit, stage: avx.Output, spare: spare, plane: s.size, channels: g.k,
		bias: a.bias, relu: a.ReLU,
	}
	g.visit(s, func(i, frame, tile int) {
		t.from, t.at, t.to = s.planes[i*g.k:], g.outputs[tile*16:], a.y[frame*g.out:]
		if a.Residual != nil {
			t.residual = a.Residual[frame*g.out:]
		}
		t.run()
	})
}
