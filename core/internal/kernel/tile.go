package kernel

import "montage/core/internal/kernel/internal/avx"

// tile is one transform M X Mᵀ of Winograd's convolution F(4x4,3x3), channel by channel.
// One side is planes, a row of channels in each, the other pixels of a map or taps of
// a filter.
type tile struct {
	unit
	stage    avx.Stage
	from, to []float32
	at       []int32   // where pixels or taps lie; negative: in spare
	spare    []float32 // zeros to read, or room for what is outside the map
	plane    int       // from a plane to the next
	jump     int       // planes written: what lies between panels of channels, 0 if nothing
	channels int
	bias     []float32 // for the output, whole panels
	residual []float32 // for the output: lies like to, may be to; or nil
	relu     bool
}

// run transforms the channels that fill vectors in assembly and the others in Go.
func (t *tile) run() {
	groups := 0
	if t.assembly() {
		if groups = t.channels / t.lanes; groups > 0 {
			avx.Turn(t.level, t.stage, &avx.Tile{
				From: &t.from[0], To: &t.to[0], At: &t.at[0], Spare: &t.spare[0],
				Plane: 4 * t.plane, Groups: groups, Jump: 4 * t.jump,
				Bias: first(t.bias), Residual: first(t.residual), ReLU: flag(t.relu),
			})
		}
	}
	m := &stages[t.stage]
	for c := groups * t.lanes; c < t.channels; c++ {
		if m.scatter {
			t.scatter(m, c)
		} else {
			t.gather(m, c)
		}
	}
}

// gather turns pixels or taps into planes. Outside the map it reads spare, as the
// assembly does.
func (t *tile) gather(m *stage, c int) {
	var x, y [36]float32
	for i, at := range t.at[:m.in*m.in] {
		if at < 0 {
			x[i] = t.spare[c]
		} else {
			x[i] = t.from[int(at)+c]
		}
	}
	m.apply(&y, &x)
	to := c + c/t.panel*t.jump
	for i, v := range y[:m.out*m.out] {
		t.to[i*t.plane+to] = v
	}
}

// scatter turns planes into pixels or taps.
func (t *tile) scatter(m *stage, c int) {
	var x, y [36]float32
	for i := range m.in * m.in {
		x[i] = t.from[i*t.plane+c]
	}
	m.apply(&y, &x)
	for i, at := range t.at[:m.out*m.out] {
		if at < 0 {
			continue
		}
		v := y[i]
		if t.bias != nil {
			v += t.bias[c]
		}
		if t.residual != nil {
			v += t.residual[int(at)+c]
		}
		if t.relu && v < 0 {
			v = 0
		}
		t.to[int(at)+c] = v
	}
}

// stage is M of a transform of tiles of in by in to out by out.
type stage struct {
	in, out int
	scatter bool // from planes
	line    func(x [6]float32) (y [6]float32)
}

// stages are by stage; the same as in internal/asmgen, written out.
var stages = [...]stage{
	avx.Input: {in: 6, out: 6, line: func(x [6]float32) (y [6]float32) {
		y[0] = 4*x[0] - 5*x[2] + x[4]
		even, odd := x[4]-4*x[2], x[3]-4*x[1]
		y[1], y[2] = even+odd, even-odd
		even, odd = x[4]-x[2], 2*(x[3]-x[1])
		y[3], y[4] = even+odd, even-odd
		y[5] = 4*x[1] - 5*x[3] + x[5]
		return y
	}},
	avx.Output: {in: 6, out: 4, scatter: true, line: func(x [6]float32) (y [6]float32) {
		s1, d1, s2, d2 := x[1]+x[2], x[1]-x[2], x[3]+x[4], x[3]-x[4]
		y[0], y[1] = x[0]+s1+s2, d1+2*d2
		y[2], y[3] = s1+4*s2, d1+8*d2+x[5]
		return y
	}},
	avx.Filter: {in: 3, out: 6, line: func(x [6]float32) (y [6]float32) {
		y[0] = x[0] / 4
		even, odd := -(x[0]+x[2])/6, x[1]/6
		y[1], y[2] = even-odd, even+odd
		even, odd = x[0]/24+x[2]/6, x[1]/12
		y[3], y[4] = even+odd, even-odd
		y[5] = x[2]
		return y
	}},
	avx.Gradient: {in: 4, out: 6, line: func(x [6]float32) (y [6]float32) {
		y[0] = x[0]
		even, odd := x[0]+x[2], x[1]+x[3]
		y[1], y[2] = even+odd, even-odd
		even, odd = x[0]+4*x[2], 2*x[1]+8*x[3]
		y[3], y[4] = even+odd, even-odd
		y[5] = x[3]
		return y
	}},
	avx.FilterGradient: {in: 6, out: 3, scatter: true, line: func(x [6]float32) (y [6]float32) {
		s1, d1, s2, d2 := x[1]+x[2], x[2]-x[1], x[3]+x[4], x[3]-x[4]
		y[0] = x[0]/4 - s1/6 + s2/24
		y[1] = d1/6 + d2/12
		y[2] = (s2-s1)/6 + x[5]
		return y
	}},
}

// apply computes Y = M X Mᵀ, columns first.
func (m *stage) apply(y, x *[36]float32) {
	var middle [36]float32
	var in [6]float32
	for j := range m.in {
		for i := range m.in {
			in[i] = x[i*m.in+j]
		}
		out := m.line(in)
		for i := range m.out {
			middle[i*m.in+j] = out[i]
		}
	}
	for i := range m.out {
		copy(in[:m.in], middle[i*m.in:])
		out := m.line(in)
		copy(y[i*m.out:][:m.out], out[:])
	}
}
