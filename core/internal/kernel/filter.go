package kernel

// Filter is the weights of a convolution made ready for Apply, once, for maps of one
// size and any number of frames. It is never written again, so all threads share it.
type Filter struct {
	shape Conv2D // of one frame
	unit  unit
	bias  []float32 // whole panels
	zeros []float32 // what lies outside the map
	how   method
}

// method is a way to compute a convolution in pieces that do not depend on each other.
type method interface {
	// pieces returns how many there are.
	pieces(a application) int
	// compute does one of them with one thread.
	compute(s *Scratch, a application, piece int)
}

// application is one call of Apply.
type application struct {
	*Filter
	n       int // frames
	threads int // that share the pieces
	y, x    []float32
	Epilogue
}

// Epilogue is what Apply does to a result before it is stored.
type Epilogue struct {
	Residual []float32 // added, [N,P,Q,K] or nil; may be y itself
	ReLU     bool      // then negative values become 0; NaN stays
}

// Pack makes weights w, [K,C,R,S], ready for Apply. It folds what follows the
// convolution into them, a batch normalisation say: w[k]*scale[k], and a bias of
// shift[k]; nil means 1 and 0. N does not matter.
//
// Whether a filter of 3 by 3 is computed directly or by Winograd's algorithm follows
// from the shape alone. The former is good to about 1e-6 of the largest result, the
// latter to 1e-5.
func (c Conv2D) Pack(w, scale, shift []float32) *Filter {
	check(c, "w", len(w), c.K*c.C*c.R*c.S)
	c.N = 1
	f := &Filter{shape: c, unit: fastest}
	// Without shift it is zeros, because Winograd's output transform always adds a bias.
	f.bias = make([]float32, ceilUp(c.K, f.unit.panel))
	copy(f.bias, shift[:min(len(shift), c.K)])
	f.zeros = make([]float32, max(c.C, c.K)+largestPanel)
	if scale != nil {
		w = scaled(w, scale[:c.K])
	}
	switch {
	case c.empty():
		f.how = nothing{}
	case c.winograd():
		g := c.tiling(f.unit)
		f.how = winograd{g, g.pack(w)}
	default:
		f.how = c.direct(f.unit, w)
	}
	return f
}

// empty reports whether there is nothing to add up, or nowhere to write it.
func (c Conv2D) empty() bool {
	p, q := c.Out()
	return c.C*c.R*c.S*c.K*p*q == 0
}

// scaled returns w with the weights of each output multiplied by its scale.
func scaled(w, scale []float32) []float32 {
	// A copy, because w belongs to the caller.
	out := make([]float32, len(w))
	each := len(w) / max(1, len(scale))
	for k, s := range scale {
		for i, v := range w[k*each:][:each] {
			out[k*each+i] = v * s
		}
	}
	return out
}

// nothing is the method of a convolution without weights: an epilogue alone.
type nothing struct{}

func (nothing) pieces(a application) int { return a.n }

func (nothing) compute(_ *Scratch, a application, frame int) {
	p, q := a.shape.Out()
	for i := frame * p * q * a.shape.K; i < (frame+1)*p*q*a.shape.K; i++ {
		v := a.bias[i%a.shape.K]
		if a.Residual != nil {
			v += a.Residual[i]
		}
		if a.ReLU && v < 0 {
			v = 0
		}
		a.y[i] = v
	}
}
