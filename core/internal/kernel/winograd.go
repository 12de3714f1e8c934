package kernel

import (
	"montage/core/internal/kernel/internal/avx"

	"montage/core/parallel"
)

// winograd is the method of 3x3 filters with stride 1:
//
//	Y = Aᵀ [ (G w Gᵀ) * (Bᵀ x B) ] A
//
// for each tile, where * multiplies elements. Over all tiles and channels it is one
// matrix product for each of 36 elements.
//
// Source: Lavin and Gray, Fast Algorithms for Convolutional Neural Networks (2015), equation 8.
type winograd struct {
	*tiling
	weights []float32 // [36][panels of k][c][panel]
}

// plane returns panels for one of 36 elements.
func (w winograd) plane(p int) []float32 {
	size := w.weightPlane()
	return w.weights[p*size:][:size]
}

// batch returns how many tiles are computed at once: enough that the weights are read
// for many, few enough that their planes stay in the cache; and no small rest. It may
// follow the threads because each tile is computed by itself.
func (w winograd) batch(a application) int {
	const (
		planesCached = 1 << 17 // floats
		fewest       = 64
	)
	wide := max(w.c, w.k) // of many channels there are more weights to read
	all, most := a.n*w.tiles, max(fewest, wide/4, planesCached/(planes*wide))
	return max(1, ceilDiv(all, max(1, ceilUp(ceilDiv(all, most), a.threads))))
}

func (w winograd) pieces(a application) int { return ceilDiv(a.n*w.tiles, w.batch(a)) }

func (w winograd) compute(s *Scratch, a application, piece int) {
	all := a.n * w.tiles
	from := piece * w.batch(a)
	n := min(w.batch(a), all-from)
	in := stretch{from: from, n: n, size: planeSize(n, w.c)}
	out := stretch{from: from, n: n, size: planeSize(n, w.k)}
	in.planes = grow(&s.planes, planes*in.size)
	// The w.k floats at the end take the outputs that hang over the map: the assembly
	// writes them there instead of branching.
	sums := grow(&s.sums, planes*out.size+w.k)
	out.planes = sums
	w.enter(a.x, a.zeros, in)
	for p := range planes {
		w.multiply(p, in, out)
	}
	w.leave(a, sums[planes*out.size:], out)
}

// multiply computes one plane of products.
func (w winograd) multiply(p int, in, out stretch) {
	var offsets [largestStrip]int32
	for r := range offsets {
		offsets[r] = int32(r * w.c)
	}
	t := block{
		unit: w.unit, taps: 1, depth: w.c, step: 1, offsets: offsets[:],
		b: w.plane(p), width: w.k, ldc: w.k,
	}
	a, c, strips := in.planes[p*in.size:], out.planes[p*out.size:], ceilDiv(in.n, w.strip)
	for i := range strips {
		// Strips of nearly equal height; see even.
		r := i * in.n / strips
		t.rows, t.a, t.c = (i+1)*in.n/strips-r, a[r*w.c:], c[r*w.k:]
		t.next = w.ahead(p, i, in)
		t.run()
	}
}

// ahead returns what strip i of a plane fetches meanwhile of the next plane: four strips
// the weights and one the tiles.
func (w winograd) ahead(p, i int, in stretch) []float32 {
	if p+1 == planes {
		return nil
	}
	if i < 4 {
		return w.plane(p + 1)[i*w.weightPlane()/4:]
	}
	if i == 4 {
		return in.planes[(p+1)*in.size:]
	}
	return nil
}

// pack transforms weights [k,c,3,3].
func (g *tiling) pack(w []float32) []float32 {
	dst := allocate(planes * g.weightPlane())
	g.transform(dst, source{w: w, inner: 9, feature: 9 * g.c})
	return dst
}

// source says where weights lie: filters of 3 by 3, by the inner index of the product
// and its output.
type source struct {
	w              []float32
	inner, feature int  // strides
	turned         bool // taps from last to first
}

// taps gathers the filters of one inner index as [9][features].
func (s source) taps(dst []float32, inner, features int) {
	for k := range features {
		from := (*[9]float32)(s.w[inner*s.inner+k*s.feature:])
		for i, v := range from {
			// 8-i turns the filter by half a circle.
			if s.turned {
				i = 8 - i
			}
			dst[i*features+k] = v
		}
	}
}

// weightPlane returns the size of a plane of transformed weights.
func (g *tiling) weightPlane() int { return planeSize(ceilUp(g.k, g.panel), g.c) }

// transform writes the weights as planes of panels, [36][panels of k][c][panel]; panel by
// panel, where some channels are written side by side.
func (g *tiling) transform(dst []float32, w source) {
	size := g.weightPlane()
	var at [9]int32
	for i := range at {
		at[i] = int32(i * g.k)
	}
	parallel.Chunks(g.c, rowsAtOnce, func(from, to int) {
		buf := grab(rowsAtOnce * 9 * g.k)
		defer release(buf)
		taps := *buf
		for c := from; c < to; c++ {
			w.taps(taps[(c-from)*9*g.k:], c, g.k)
		}
		t := tile{unit: g.unit, stage: avx.Filter, at: at[:], spare: taps, plane: size}
		for k := 0; k < g.k; k += g.panel {
			t.channels = min(g.panel, g.k-k)
			for c := from; c < to; c++ {
				t.from, t.to = taps[(c-from)*9*g.k+k:], dst[k*g.c+c*g.panel:]
				t.run()
			}
		}
	})
}
