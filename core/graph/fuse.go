package graph

import (
	"math"
	"strings"

	"montage/core/internal/kernel"
)

// fusion is a convolution whose weights take up what follows it: a bias, a
// normalisation by running statistics, a sum and a ReLU.
type fusion struct {
	conv                                       convolution
	weight, bias, scale, shift, mean, variance *value // parameters; nil where absent
	relu                                       bool
	// fixed tells that Run.Revision covers every parameter.
	fixed  bool
	filter *kernel.Filter // of the current run
}

// fuse turns the convolutions that no gradient reaches, with all that can be
// folded into them, into one step each, which stands where the last of them stood.
func (p *plan) fuse() {
	readers, held := p.readers(), p.held()
	gone := make([]bool, p.frozen)
	for i := range p.frozen {
		if gone[i] {
			continue
		}
		f := p.steps[i].fusion()
		if f == nil {
			continue
		}
		s := step{fused: f, in: p.steps[i].in[:1:1], out: p.steps[i].out, use: p.steps[i].use, label: p.steps[i].label}
		at := i
		for !held[s.out] && len(readers[s.out]) == 1 {
			next := readers[s.out][0]
			if next >= p.frozen || gone[next] || !f.take(&s, &p.steps[next]) {
				break
			}
			gone[at], at = true, next
		}
		s.compute = f.forward
		f.seal()
		p.steps[at] = s
		for _, v := range s.in { // a sum's other operand is now read by the whole
			readers[v] = append(readers[v], at)
		}
	}
	p.keep(gone)
}

// keep drops the frozen steps that are gone.
func (p *plan) keep(gone []bool) {
	var steps []step
	for i, s := range p.steps {
		if i >= p.frozen || !gone[i] {
			steps = append(steps, s)
		}
	}
	fewer := len(p.steps) - len(steps)
	p.steps, p.frozen, p.forward = steps, p.frozen-fewer, p.forward-fewer
}

// readers returns the steps that read each value, once for every time.
func (p *plan) readers() map[*value][]int {
	readers := map[*value][]int{}
	for i, s := range p.steps {
		for _, v := range s.in {
			readers[v] = append(readers[v], i)
		}
		if s.backward && s.out != nil {
			readers[s.out] = append(readers[s.out], i)
		}
	}
	return readers
}

// held returns the values that must outlive the forward's steps.
func (p *plan) held() map[*value]bool {
	held := map[*value]bool{}
	for _, v := range p.outputs {
		held[v] = true
	}
	for _, u := range p.updates {
		held[u.node.value] = true
	}
	return held
}

// fusion returns what a step contributes if it is a convolution by a parameter.
func (s *step) fusion() *fusion {
	if s.use == nil || s.fused != nil {
		return nil
	}
	conv, ok := s.use.op.role.(convolution)
	if !ok || s.in[1].place != placeParam {
		return nil
	}
	return &fusion{conv: conv, weight: s.in[1]}
}

// take folds the step that follows into s, unless it cannot.
func (f *fusion) take(s, next *step) bool {
	if next.use == nil || next.fused != nil || f.relu {
		return false
	}
	ok := false
	switch next.use.op.role.(type) {
	case frozenNorm:
		ok = f.takeNorm(s, next)
	case addition:
		ok = f.takeSum(s, next)
	case rectifier:
		f.relu, ok = true, true
	}
	if ok {
		s.label, s.out = s.label+"+"+next.label, next.out
	}
	return ok
}

func (f *fusion) takeNorm(s, next *step) bool {
	if f.mean != nil || len(s.in) > 1 || next.in[0] != s.out {
		return false
	}
	for _, v := range next.in[1:] {
		if v.place != placeParam {
			return false
		}
	}
	f.scale, f.shift, f.mean, f.variance = next.in[1], next.in[2], next.in[3], next.in[4]
	return true
}

// takeSum takes a bias or, later, a sum with something of the same shape.
func (f *fusion) takeSum(s, next *step) bool {
	other := next.in[0]
	if other == s.out {
		other = next.in[1]
	}
	bias := other.place == placeParam && len(other.shape) == 1 && other.shape[0] == s.out.shape[3]
	switch {
	case other == s.out || len(s.in) > 1:
		return false
	case bias && f.bias == nil && f.mean == nil:
		f.bias = other
		return true
	case !other.shape.Equal(s.out.shape):
		return false
	}
	s.in = append(s.in, other)
	return true
}

func (f *fusion) params() []*value {
	return []*value{f.weight, f.bias, f.scale, f.shift, f.mean, f.variance}
}

func (f *fusion) seal() {
	f.fixed = true
	for _, v := range compact(f.params()) {
		f.fixed = f.fixed && v.frozen
	}
}

// forward is a step's compute: of x and, where there is one, what is added.
func (f *fusion) forward(c *Call) error {
	e := kernel.Epilogue{ReLU: f.relu}
	if len(c.In) > 1 {
		e.Residual = c.In[1].Float32s()
	}
	k := f.conv.kernel(c.In[0].Shape, f.weight.tensor.Shape)
	if c.lane != nil {
		k.ApplySerial(&c.lane.scratch, c.Out.Float32s(), c.In[0].Float32s(), f.filter, e)
	} else {
		k.Apply(c.Out.Float32s(), c.In[0].Float32s(), f.filter, e)
	}
	return nil
}

// pack folds the parameters' present values into a filter for images of a shape.
func (f *fusion) pack(x Shape) *kernel.Filter {
	w := f.weight.tensor
	k := f.conv.kernel(append([]int{1}, x[1:].At(nil)...), w.Shape)
	if f.mean == nil && f.bias == nil {
		return k.Pack(w.Float32s(), nil, nil)
	}
	if f.mean == nil {
		return k.Pack(w.Float32s(), nil, f.bias.tensor.Float32s())
	}
	scale, shift := make([]float32, k.K), make([]float32, k.K)
	gamma, beta := f.scale.tensor.Float32s(), f.shift.tensor.Float32s()
	mean, variance := f.mean.tensor.Float32s(), f.variance.tensor.Float32s()
	for i := range scale {
		s, from := float64(gamma[i])/math.Sqrt(float64(variance[i])+normEpsilon), float64(mean[i])
		if f.bias != nil {
			from -= float64(f.bias.tensor.Float32s()[i])
		}
		scale[i], shift[i] = float32(s), float32(float64(beta[i])-from*s)
	}
	return k.Pack(w.Float32s(), scale, shift)
}

// name tells the filters of a graph apart by their parameters.
func (f *fusion) name() string {
	var parts []string
	for _, v := range compact(f.params()) {
		parts = append(parts, v.label)
	}
	return strings.Join(parts, " ")
}
