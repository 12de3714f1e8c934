package exec

import (
	"math"
	"strings"

	"montage/core/internal/ir"
	"montage/core/internal/kernel"
)

// fusion is a convolution that does what follows it too: a bias, a normalisation by running
// statistics, a sum and a ReLU.
type fusion struct {
	conv                                       ir.Convolution
	weight, bias, scale, shift, mean, variance *value // parameters; nil where absent
	// relu is applied last, after a sum.
	relu    bool
	epsilon float64 // of the normalisation
	// fixed is set where Bindings.Revision covers every parameter.
	fixed  bool
	filter *kernel.Filter // of the current run
}

// fuse makes one step of every convolution that no gradient reaches and what can be folded
// into it. The step takes the place of the last one folded in, because by then a sum's other
// operand exists.
func (p *schedule) fuse() {
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
		// The capacity of the inputs ends with the first, so that a sum's operand does not
		// overwrite the weights of the step that was.
		s := instruction{fused: f, in: p.steps[i].in[:1:1], out: p.steps[i].out, of: p.steps[i].of,
			label: p.steps[i].label, owner: p.steps[i].owner}
		at := i
		// A value that anything else reads, or that the caller wants, must exist by itself.
		for !held[s.out] && len(readers[s.out]) == 1 {
			next := readers[s.out][0]
			// Nor does it go beyond the frozen part: what trains is repeated and runs
			// backward.
			if next >= p.frozen || gone[next] || !f.take(&s, &p.steps[next]) {
				break
			}
			gone[at], at = true, next
		}
		f.seal()
		p.steps[at] = s
		for _, v := range s.in { // a sum's other operand is now read by the whole
			readers[v] = append(readers[v], at)
		}
	}
	p.keep(gone)
}

// keep drops the frozen steps that are gone. The steps that train stay as they are.
func (p *schedule) keep(gone []bool) {
	var steps []instruction
	for i, s := range p.steps {
		if i >= p.frozen || !gone[i] {
			steps = append(steps, s)
		}
	}
	fewer := len(p.steps) - len(steps)
	p.steps, p.frozen, p.forward = steps, p.frozen-fewer, p.forward-fewer
}

// readers returns the steps that read each value. A step that reads it twice is there twice.
func (p *schedule) readers() map[*value][]int {
	readers := map[*value][]int{}
	for i, s := range p.steps {
		for _, v := range s.in {
			readers[v] = append(readers[v], i)
		}
		// A backward step may read the result of its forward.
		if s.backward && s.out != nil {
			readers[s.out] = append(readers[s.out], i)
		}
	}
	return readers
}

// held returns the values that must outlive the forward's steps. An output's value is
// copied to the caller only after the steps have run.
func (p *schedule) held() map[*value]bool {
	held := map[*value]bool{}
	for _, v := range p.outputs {
		held[v] = true
	}
	for _, u := range p.updates {
		held[u.value] = true
	}
	return held
}

// fusion returns the start of a fusion where a step is a convolution with weights that are
// a parameter. Filters are packed before the first step, when weights that an operator
// computes do not exist yet.
func (s *instruction) fusion() *fusion {
	if s.of == nil || s.fused != nil {
		return nil
	}
	conv, ok := s.of.Role.(ir.Convolution)
	// A convolution with weights of any other kind stays as it is.
	if !ok || s.in[1].storage != storageParam {
		return nil
	}
	return &fusion{conv: conv, weight: s.in[1]}
}

// take folds the step that follows into s, unless it cannot.
func (f *fusion) take(s, next *instruction) bool {
	// The kernel applies a ReLU last, so nothing can follow one.
	if next.of == nil || next.fused != nil || f.relu {
		return false
	}
	ok := false
	switch role := next.of.Role.(type) {
	case ir.FrozenNorm:
		ok = f.takeNorm(s, next, role.Epsilon)
	case ir.Addition:
		ok = f.takeSum(s, next)
	case ir.Rectifier:
		f.relu, ok = true, true
	}
	if ok {
		s.label, s.out = s.label+"+"+next.label, next.out
	}
	return ok
}

func (f *fusion) takeNorm(s, next *instruction, epsilon float64) bool {
	// Behind a sum a normalisation would have to scale the other operand as well.
	if f.mean != nil || len(s.in) > 1 || next.in[0] != s.out {
		return false
	}
	// They are folded into the filter before the first step, as the weights are.
	for _, v := range next.in[1:] {
		if v.storage != storageParam {
			return false
		}
	}
	f.epsilon = epsilon
	f.scale, f.shift, f.mean, f.variance = next.in[1], next.in[2], next.in[3], next.in[4]
	return true
}

// takeSum takes a bias or, later, a sum with something of the same shape.
func (f *fusion) takeSum(s, next *instruction) bool {
	other := next.in[0]
	if other == s.out {
		other = next.in[1]
	}
	// A bias comes before the normalisation: pack takes it for part of what is normalised.
	bias := other.storage == storageParam && len(other.shape) == 1 && other.shape[0] == s.out.shape[3]
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

// seal is called once nothing more is folded in. If one of the parameters may change
// between runs of one revision, the filter is packed in every run.
func (f *fusion) seal() {
	f.fixed = true
	for _, v := range compact(f.params()) {
		f.fixed = f.fixed && v.frozen
	}
}

// forward computes a fused step of x and, where there is one, what is added. With a
// worker's memory it keeps to one thread. The sum's operand is added as the result is
// stored, so the map is gone through once.
func (f *fusion) forward(c *ir.Call, w *workerMemory) {
	e := kernel.Epilogue{ReLU: f.relu}
	if len(c.In) > 1 {
		e.Residual = c.In[1].Float32s()
	}
	k := f.kernel(c.In[0].Shape)
	if c.Serial {
		k.ApplySerial(&w.scratch, c.Out.Float32s(), c.In[0].Float32s(), f.filter, e)
	} else {
		k.Apply(c.Out.Float32s(), c.In[0].Float32s(), f.filter, e)
	}
}

// kernel returns the convolution of images of a shape.
func (f *fusion) kernel(x []int) kernel.Conv2D {
	return kernel.Conv2D{Stride: f.conv.Stride, Pad: f.conv.Pad}.Over(x, f.weight.tensor.Shape)
}

// pack folds the parameters' present values into a filter for images of a shape.
func (f *fusion) pack(x ir.Shape) *kernel.Filter {
	w := f.weight.tensor
	// The number of images has no part in a filter.
	k := f.kernel(append([]int{1}, x[1:].At(nil)...))
	if f.mean == nil && f.bias == nil {
		return k.Pack(w.Float32s(), nil, nil)
	}
	if f.mean == nil {
		return k.Pack(w.Float32s(), nil, f.bias.tensor.Float32s())
	}
	// In double precision: a small variance makes a large factor, and its rounding would be
	// in every pixel of the map.
	scale, shift := make([]float32, k.K), make([]float32, k.K)
	gamma, beta := f.scale.tensor.Float32s(), f.shift.tensor.Float32s()
	mean, variance := f.mean.tensor.Float32s(), f.variance.tensor.Float32s()
	for i := range scale {
		// With s = scale/√(variance+ε), scale·(x+bias-mean)/√(variance+ε) + shift is x·s +
		// shift - (mean-bias)·s.
		s, from := float64(gamma[i])/math.Sqrt(float64(variance[i])+f.epsilon), float64(mean[i])
		if f.bias != nil {
			from -= float64(f.bias.tensor.Float32s()[i])
		}
		scale[i], shift[i] = float32(s), float32(float64(beta[i])-from*s)
	}
	return k.Pack(w.Float32s(), scale, shift)
}

// name identifies a filter by its parameters. Executables of one workspace share filters by
// it. The revision says whose values they have.
func (f *fusion) name() string {
	var parts []string
	for _, v := range compact(f.params()) {
		parts = append(parts, v.label)
	}
	return strings.Join(parts, " ")
}
