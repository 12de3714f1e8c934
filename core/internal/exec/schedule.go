package exec

import (
	"fmt"

	"montage/core/internal/autodiff"
	"montage/core/internal/ir"
	"montage/core/tensor"
)

// instruction is one run of an operator, of several fused into one, or a sum of
// gradients; or a chain of such steps.
type instruction struct {
	label string
	of    *ir.Application // nil for a sum and a chain
	owner int             // the parameter that a profile adds it to; -1 for none
	// compute is an operator's Forward or Backward, or addGradients. Fused steps and chains
	// have none.
	compute  func(*ir.Call) error
	fused    *fusion // nil for none
	chain    *chain  // nil for none
	backward bool
	in       []*value
	read     []bool // which of in have values and not only shapes; nil for all
	out      *value
	readOut  bool // of a Backward
	saved    []*value
	grad     *value
	grads    []*value // nil where not wanted
	clock    *stopwatch
}

// schedule is the order of the steps and the values that they work on.
type schedule struct {
	steps []instruction
	// The first steps are those that no wanted gradient depends on, the next ones
	// the rest of the forward.
	frozen, forward int
	// values are those that memory is planned for, in the order in which steps first touch
	// them.
	values  []*value
	inputs  []*value
	params  []*value
	outputs []*value
	updates []newValue
	pieces  pieces
	check   bool // results are filled before their steps run

	// By output, input and parameter; nil where no gradient passes.
	outputGrads, inputGrads, paramGrads []*value
}

// newValue is what a buffer becomes.
type newValue struct {
	buffer int // index among the parameters
	value  *value
}

// scheduler turns a graph and its derivative into a schedule.
type scheduler struct {
	schedule
	graph  *ir.Graph
	owners map[*ir.Application]int
	// A value is known by its address. So a node has one, and all its readers share it.
	nodes     map[*ir.Node]*value
	saved     map[*ir.Application][]*value
	gradients map[*autodiff.Gradient]*value
}

// newSchedule orders the steps of a graph. Operators run in the order of their making,
// which is sorted because an operator is applied to existing nodes; but what no gradient
// can reach comes first. That part can then be fused and run in chains, and is not repeated
// for every piece of the rest.
func newSchedule(g *ir.Graph, d autodiff.Derivative) schedule {
	s := &scheduler{graph: g, owners: g.Owners(), nodes: map[*ir.Node]*value{},
		saved: map[*ir.Application][]*value{}, gradients: map[*autodiff.Gradient]*value{}}
	s.outputGrads = make([]*value, len(g.Outputs))
	s.inputGrads = make([]*value, len(g.Inputs))
	s.paramGrads = make([]*value, len(g.Params))
	s.collect()
	live := g.Live()
	for _, late := range []bool{false, true} {
		for _, a := range g.Applications {
			// What neither an output nor an update needs is not run at all.
			if live[a] && d.Trained[a.Out] == late {
				s.value(a.Out).trained = late
				s.steps = append(s.steps, s.forwardStep(a))
			}
		}
		if !late {
			s.frozen = len(s.steps)
		}
	}
	s.forward = len(s.steps)
	s.scheduleBackward(d)
	return s.schedule
}

// value returns the one value of a node. It makes the value at the first request, so leaves
// and results need no order here.
func (s *scheduler) value(n *ir.Node) *value {
	if s.nodes[n] == nil {
		s.nodes[n] = valueOf(n)
	}
	return s.nodes[n]
}

// collect makes the values that the caller hands in or gets.
func (s *scheduler) collect() {
	for _, n := range s.graph.Inputs {
		s.inputs = append(s.inputs, s.value(n))
	}
	for _, p := range s.graph.Params {
		s.params = append(s.params, s.value(p.Node))
	}
	for _, o := range s.graph.Outputs {
		s.outputs = append(s.outputs, s.value(o.Node))
	}
	for _, u := range s.graph.Updates {
		s.updates = append(s.updates, newValue{u.Buffer, s.value(u.Node)})
	}
}

// Its saved values are kept by operator, for the backward step to find.
func (s *scheduler) forwardStep(a *ir.Application) instruction {
	step := instruction{label: a.Label, of: a, owner: s.owners[a], compute: a.Forward, out: s.value(a.Out)}
	for _, n := range a.In {
		step.in = append(step.in, s.value(n))
	}
	for i, t := range a.Kept {
		step.saved = append(step.saved, &value{label: fmt.Sprintf("%s saved %d", a.Label, i), dtype: t.DType,
			shape: t.Shape, trained: step.out.trained})
	}
	s.saved[a] = step.saved
	return step
}

// scheduleBackward follows the steps that differentiation added.
func (s *scheduler) scheduleBackward(d autodiff.Derivative) {
	for i, seed := range d.Seeds {
		if seed != nil {
			s.outputGrads[i] = &value{label: seed.Label, dtype: tensor.Float32, shape: seed.Of.Shape,
				storage: storageOutputGrad, index: i, trained: true}
			s.gradients[seed] = s.outputGrads[i]
		}
	}
	// Before the steps, so that each can write its result where it belongs at once.
	final := s.destinations(d)
	for _, b := range d.Steps {
		if b.Application == nil {
			s.steps = append(s.steps, s.sumStep(b, final[b.Sum]))
		} else {
			s.steps = append(s.steps, s.backwardStep(b, final))
		}
	}
	s.tidy()
}

// destinations returns the gradients that go straight into the caller's memory. The
// operators write there themselves, without a copy.
func (s *scheduler) destinations(d autodiff.Derivative) map[*autodiff.Gradient]*value {
	final := map[*autodiff.Gradient]*value{}
	for i, n := range d.Leaves {
		// A copy has the leaf's dtype, shape and place in the caller's list.
		v := *s.value(n)
		v.label, v.trained = "gradient of "+v.label, true
		if v.storage == storageInput {
			v.storage, s.inputGrads[v.index] = storageInputGrad, &v
		} else {
			v.storage, s.paramGrads[v.index] = storageParamGrad, &v
		}
		final[d.Totals[i]] = &v
	}
	return final
}

func (s *scheduler) backwardStep(b autodiff.BackwardStep, final map[*autodiff.Gradient]*value) instruction {
	a := b.Application
	step := instruction{label: a.Label + " backward", of: a, owner: s.owners[a], compute: a.Backward, backward: true,
		saved: s.saved[a], grad: s.gradients[b.Incoming], out: s.value(a.Out), readOut: a.NeedOut,
		grads: make([]*value, len(a.In))}
	for i, n := range a.In {
		step.in, step.read = append(step.in, s.value(n)), append(step.read, a.Needs(i))
	}
	for i, g := range b.Outgoing {
		if g == nil {
			continue
		}
		v := final[g]
		// No step need run for it, unless it must reach the caller's memory.
		if v == nil && a.Passes {
			s.gradients[g] = step.grad // read where it lies
			continue
		}
		if v == nil {
			v = &value{label: g.Label, dtype: g.Of.DType, shape: g.Of.Shape, trained: true}
		}
		s.gradients[g], step.grads[i] = v, v
	}
	return step
}

// out is nil for a sum that is not a leaf's gradient. A sum has exactly two terms, so three
// gradients take two steps.
func (s *scheduler) sumStep(b autodiff.BackwardStep, out *value) instruction {
	x, y := s.gradients[b.Terms[0]], s.gradients[b.Terms[1]]
	if out == nil {
		out = &value{label: "sum of gradients", dtype: x.dtype, shape: x.shape, trained: true}
	}
	s.gradients[b.Sum] = out
	return instruction{label: "sum of gradients", owner: -1, compute: addGradients, backward: true,
		in: []*value{x, y}, out: out, readOut: true}
}

// tidy drops backward steps that have nothing to write, and what forward steps
// keep for no one.
func (p *schedule) tidy() {
	steps, kept := p.steps[:p.forward:p.forward], map[*ir.Application]bool{}
	for _, s := range p.steps[p.forward:] {
		if s.of != nil {
			kept[s.of] = true
		}
		if s.of == nil || len(compact(s.grads)) > 0 {
			steps = append(steps, s)
		}
	}
	for i := range p.forward {
		if s := &steps[i]; s.of.Forgoes && !kept[s.of] {
			s.saved = nil
		}
	}
	p.steps = steps
}

// compact returns the values that are there. Its result is a new list, to which a caller
// may append.
func compact(list []*value) []*value {
	var out []*value
	for _, v := range list {
		if v != nil {
			out = append(out, v)
		}
	}
	return out
}

// touches returns the values that a step reads or writes. Inputs of which a backward knows
// the shape alone are left out: their memory may be another's by then.
func (s *instruction) touches() []*value {
	out := append(append(compact(s.saved), compact(s.grads)...), compact([]*value{s.grad})...)
	for i, v := range s.in {
		if s.read == nil || s.read[i] {
			out = append(out, v)
		}
	}
	if s.out != nil && (!s.backward || s.readOut) {
		out = append(out, s.out)
	}
	// What lies in a worker's memory needs none that is planned.
	if s.chain != nil {
		out = append(out, s.chain.outside...)
	}
	return out
}
