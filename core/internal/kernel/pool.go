package kernel

import (
	"math"

	"montage/core/internal/kernel/internal/avx"
	"montage/core/parallel"
)

// Pool is pooling over square windows of maps [N,H,W,C].
type Pool struct {
	N, H, W, C        int
	Size, Stride, Pad int
}

// Out returns the size of the output map, 0 where the window does not fit.
func (p Pool) Out() (h, w int) {
	return outSize(p.H, p.Size, p.Stride, p.Pad), outSize(p.W, p.Size, p.Stride, p.Pad)
}

// Max writes the largest value of each window to y and where it lies to arg: the
// index row*W + column within its frame, the first of equals, -1 for a window
// entirely in the padding, which is never a maximum. NaN counts as largest. A nil
// arg is skipped.
func (p Pool) Max(y []float32, arg []int32, x []float32) {
	p.check(y, x)
	h, w := p.Out()
	if arg != nil {
		check(p, "arg", len(arg), p.N*h*w*p.C)
	}
	parallel.For(p.N*h, func(line int) { p.maxLine(y, arg, x, line) })
}

// MaxSerial is Max on the caller's thread, for use inside parallel.For.
func (p Pool) MaxSerial(y []float32, arg []int32, x []float32) {
	p.check(y, x)
	h, w := p.Out()
	if arg != nil {
		check(p, "arg", len(arg), p.N*h*w*p.C)
	}
	for line := range p.N * h {
		p.maxLine(y, arg, x, line)
	}
}

// maxLine computes one line of the output.
func (p Pool) maxLine(y []float32, arg []int32, x []float32, line int) {
	h, w := p.Out()
	// Room for the largest window, used by all windows of the line in turn.
	room := make([]int32, 0, p.Size*p.Size)
	for j := range w {
		at := (line*w + j) * p.C
		win := p.window(line/h, line%h, j)
		m := maximum{y: y[at:][:p.C], x: x[win.frame*p.C:], pixels: win.pixels(p, room)}
		if arg != nil {
			m.arg = arg[at:][:p.C]
		}
		m.run()
	}
}

// maximum is the maximum over some pixels of a frame.
type maximum struct {
	y      []float32
	arg    []int32 // or nil
	x      []float32
	pixels []int32
}

// run computes the channels that fill vectors in assembly and the others in Go.
func (m maximum) run() {
	if len(m.pixels) == 0 {
		fill(m.y, float32(math.Inf(-1)))
		fill(m.arg, -1)
		return
	}
	const lanes = 8
	from, channels := 0, len(m.y)
	if groups := channels / lanes; fastest.assembly() && groups > 0 {
		from = lanes * groups
		if m.arg == nil {
			avx.MaxPixels(&m.y[0], &m.x[0], &m.pixels[0], len(m.pixels), groups, 4*channels)
		} else {
			avx.MaxWindow(&m.y[0], &m.arg[0], &m.x[0], &m.pixels[0], len(m.pixels), groups, 4*channels)
		}
	}
	for c := from; c < channels; c++ {
		best, where := m.x[int(m.pixels[0])*channels+c], m.pixels[0]
		for _, pixel := range m.pixels[1:] {
			// v != v holds for NaN only. Strictly greater keeps the first of equals.
			if v := m.x[int(pixel)*channels+c]; v > best || v != v {
				best, where = v, pixel
			}
		}
		m.y[c] = best
		if m.arg != nil {
			m.arg[c] = where
		}
	}
}

func fill[T any](s []T, v T) {
	for i := range s {
		s[i] = v
	}
}

// MaxBackward overwrites dx, [N,H,W,C], with dy added up where Max found its values.
func (p Pool) MaxBackward(dx, dy []float32, arg []int32) {
	p.check(dy, dx)
	h, w := p.Out()
	frame := p.H * p.W * p.C
	parallel.For(p.N, func(n int) {
		// Windows may overlap, so one goroutine adds up a whole frame: no two write the same
		// pixel, and the order of the sum is fixed.
		to, from := dx[n*frame:][:frame], n*h*w*p.C
		clear(to)
		for i := range h * w {
			at := from + i*p.C
			where := arg[at:][:p.C]
			for c, v := range dy[at:][:p.C] {
				// -1 is a window wholly in the padding: its gradient goes nowhere.
				if where[c] >= 0 {
					to[int(where[c])*p.C+c] += v
				}
			}
		}
	})
}

// Avg writes the mean of each window to y. Padding counts as zeros of the window,
// as in PyTorch by default.
func (p Pool) Avg(y, x []float32) {
	p.check(y, x)
	h, w := p.Out()
	scale := 1 / float32(p.Size*p.Size)
	parallel.For(p.N*h, func(line int) {
		for j := range w {
			to := y[(line*w+j)*p.C:][:p.C]
			clear(to)
			win := p.window(line/h, line%h, j)
			win.lines(p, func(pixel, n int) { sumRows(to, x[(win.frame+pixel)*p.C:], n) })
			for c := range to {
				to[c] *= scale
			}
		}
	})
}

// AvgBackward overwrites dx, [N,H,W,C], with the gradient of Avg.
func (p Pool) AvgBackward(dx, dy []float32) {
	p.check(dy, dx)
	h, w := p.Out()
	frame := p.H * p.W * p.C
	scale := 1 / float32(p.Size*p.Size)
	parallel.For(p.N, func(n int) {
		// By frames for the same reason as MaxBackward.
		clear(dx[n*frame:][:frame])
		share := grab(p.C)
		defer release(share)
		for i := range h * w {
			for c, v := range dy[(n*h*w+i)*p.C:][:p.C] {
				(*share)[c] = v * scale
			}
			win := p.window(n, i/w, i%w)
			win.lines(p, func(pixel, n int) {
				biasRows(dx[(win.frame+pixel)*p.C:][:n*p.C], *share)
			})
		}
	})
}

func (p Pool) check(y, x []float32) {
	h, w := p.Out()
	check(p, "x or dx", len(x), p.N*p.H*p.W*p.C)
	check(p, "y or dy", len(y), p.N*h*w*p.C)
}

// window is the part of one output's window that lies inside the map.
type window struct {
	frame          int // pixels before the frame
	y0, y1, x0, x1 int
}

func (p Pool) window(n, i, j int) window {
	y, x := i*p.Stride-p.Pad, j*p.Stride-p.Pad
	return window{n * p.H * p.W, max(y, 0), min(y+p.Size, p.H), max(x, 0), min(x+p.Size, p.W)}
}

func (w window) empty() bool { return w.x0 >= w.x1 || w.y0 >= w.y1 }

// pixels appends the pixels of the window, by their index within the frame, to s.
func (w window) pixels(p Pool, s []int32) []int32 {
	for y := w.y0; y < w.y1; y++ {
		for x := w.x0; x < w.x1; x++ {
			s = append(s, int32(y*p.W+x))
		}
	}
	return s
}

// lines visits the window row by row: n pixels from one, by its index within the frame.
func (w window) lines(p Pool, f func(pixel, n int)) {
	if w.empty() {
		return
	}
	for y := w.y0; y < w.y1; y++ {
		f(y*p.W+w.x0, w.x1-w.x0)
	}
}
