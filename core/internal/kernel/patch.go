package kernel

// patches is the left operand of a convolution, made on the fly: a row for each
// output pixel, holding the r*s*c inputs under the filter there, zeros outside the map. All
// rows at once would take r*s times the memory of the map.
type patches struct {
	x         []float32 // [n,h,w,c]
	h, w, c   int
	p, q      int // output map
	r, s      int // filter
	stride    int
	top, left int // padding; negative where the output starts inside the map
}

func (g patches) block(dst []float32, r region) view {
	for j := range r.m {
		g.row(dst[j*r.deep:(j+1)*r.deep], r.i+j, r.k)
	}
	return view{data: dst, rs: r.deep, ks: 1, strip: r.strip * r.deep}
}

// row writes columns k, k+1, ... of the patch of one output pixel. All taps in a row
// of the filter lie side by side in the map, so they are copied together.
func (g patches) row(dst []float32, pixel, k int) {
	frame, p, q := pixel/(g.p*g.q), pixel/g.q%g.p, pixel%g.q
	x, width := g.x[frame*g.h*g.w*g.c:], g.s*g.c
	for len(dst) > 0 {
		r, at := k/width, k%width
		n := min(width-at, len(dst))
		y := p*g.stride - g.top + r
		if y < 0 || y >= g.h {
			clear(dst[:n])
		} else {
			line := x[y*g.w*g.c:][:g.w*g.c]
			clip(dst[:n], line, (q*g.stride-g.left)*g.c+at)
		}
		dst, k = dst[n:], k+n
	}
}

// clip copies line[at:] to dst, with zeros before the beginning and after the end.
func clip(dst, line []float32, at int) {
	// Both ends are held within dst: a run may lie wholly outside the line, on either side.
	from := min(max(0, -at), len(dst))
	to := max(from, min(len(dst), len(line)-at))
	clear(dst[:from])
	if from < to {
		copy(dst[from:to], line[at+from:])
	}
	clear(dst[to:])
}

// turned is patches with rows and columns exchanged.
type turned struct{ patches }

// block takes some patches at a time, which stay in the first-level cache.
func (g turned) block(dst []float32, r region) view {
	buf := grab(r.m * rowsAtOnce)
	defer release(buf)
	for k := 0; k < r.deep; k += rowsAtOnce {
		n := min(rowsAtOnce, r.deep-k)
		g.patches.block(*buf, region{i: r.k + k, m: n, k: r.i, deep: r.m})
		for i := 0; i < r.m; i += r.strip {
			lines{(*buf)[i : n*r.m], r.m, n, min(r.strip, r.m-i)}.to(dst[i*r.deep+k*r.strip:], r.strip)
		}
	}
	return view{data: dst, rs: 1, ks: r.strip, strip: r.strip * r.deep}
}
