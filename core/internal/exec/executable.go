package exec

import (
	"errors"
	"fmt"

	"montage/core/internal/autodiff"
	"montage/core/internal/ir"
	"montage/core/tensor"
)

// Executable is a compiled graph. It holds one forward at a time and is not safe for
// concurrent use.
type Executable struct {
	spec  Spec
	about Description
	plan  schedule
	// bytes leaves out the workers' memory and the filters, which the workspace takes
	// besides.
	bytes int // of planned values

	// space may be shared, so memory holds this executable's values only while it is the
	// holder.
	space *Workspace
	// fused are the steps whose filters are packed before a run.
	fused   []*instruction
	memory  []byte         // the workspace's
	bound   []byte         // the memory that values are bound to
	sizes   map[string]int // of the current run
	rows    int            // of the piece that values are bound for
	ranges  []rowRange     // the pieces of the current run
	held    int            // the piece whose values are kept
	keys    map[string][]uint64
	allKeys map[string][]uint64 // before they were cut into pieces
	sums    []tensor.Tensor     // the gradients of pieces before, by parameter
	pending bool                // whether a Backward may follow
}

// Plan describes a graph without allocating anything for it. It builds, differentiates and
// schedules as Compile does, so the errors are the same.
func Plan(spec Spec) (Description, error) {
	p, err := spec.compile()
	if err != nil {
		return Description{}, err
	}
	return p.about, nil
}

// Compile makes an executable. It takes its memory when it first runs. An error of the
// author's function, of a symbol without a limit or of a cut without a prefix is returned
// here.
func Compile(spec Spec) (*Executable, error) {
	p, err := spec.compile()
	if err != nil {
		return nil, err
	}
	p.use(spec.Workspace)
	return p, nil
}

// Description returns what the executable needs and gives.
func (p *Executable) Description() Description { return p.about }

// Bytes returns the memory that the executable needs.
func (p *Executable) Bytes() int { return p.about.Bytes }

// use prepares an executable to work in a workspace, or in one of its own.
func (p *Executable) use(w *Workspace) {
	if w == nil {
		w = &Workspace{}
	}
	// The largest executable decides. The others use the front of the same memory.
	w.size = max(w.size, p.bytes)
	p.space = w
	p.plan.each(func(s *instruction) {
		s.clock = &stopwatch{}
		if s.fused != nil {
			p.fused = append(p.fused, s)
		}
	})
}

func (s Spec) compile() (*Executable, error) {
	g, err := s.graph()
	if err != nil {
		return nil, err
	}
	// The graph has a copy of the limits, so the caller may change its map.
	s.Limits = g.Limits
	d, err := s.differentiate(g)
	if err != nil {
		return nil, err
	}
	plan := newSchedule(g, d)
	plan.check = s.Check
	// In this order: chains are made of fused steps, and memory is planned for the steps
	// that are left.
	plan.fuse()
	if err := plan.chains(s.Limits); err != nil {
		return nil, err
	}
	bytes, notes, err := plan.divide(s)
	if err != nil {
		return nil, err
	}
	p := &Executable{spec: s, plan: plan, bytes: bytes, about: describe(g)}
	p.about.Bytes, p.about.Notes = bytes+plan.extra(), notes
	return p, nil
}

// graph builds the graph and takes away what the cut leaves out.
func (s Spec) graph() (*ir.Graph, error) {
	if s.Build == nil {
		return nil, errors.New("Spec.Build is nil")
	}
	if !s.Gradient && len(s.InputGradients) > 0 {
		return nil, errors.New("Spec.InputGradients is set without Spec.Gradient")
	}
	g, err := ir.Build(s.Train, s.Limits, s.Build)
	if err != nil {
		return nil, err
	}
	switch s.Cut {
	case OnlyPrefix:
		err = g.KeepPrefix()
	case AfterPrefix:
		err = g.DropPrefix()
	}
	return g, err
}

// differentiate returns the gradients that the spec wants.
func (s Spec) differentiate(g *ir.Graph) (autodiff.Derivative, error) {
	if !s.Gradient {
		// Nothing counts as trained then: the whole graph is the frozen part, to be fused
		// and run in chains.
		return autodiff.Derivative{Seeds: make([]*autodiff.Gradient, len(g.Outputs))}, nil
	}
	var wanted []*ir.Node
	for _, name := range s.InputGradients {
		n, err := wantedInput(g, name)
		if err != nil {
			return autodiff.Derivative{}, err
		}
		wanted = append(wanted, n)
	}
	// Frozen parameters and buffers get no gradient, so no step runs backward for them
	// alone.
	for _, p := range g.Params {
		if !p.Frozen && !p.Buffer {
			wanted = append(wanted, p.Node)
		}
	}
	return autodiff.Differentiate(g, wanted)
}

func wantedInput(g *ir.Graph, name string) (*ir.Node, error) {
	for _, n := range g.Inputs {
		if n.Label != name {
			continue
		}
		// Pixels and offsets have no gradient.
		if n.DType != tensor.Float32 {
			return nil, fmt.Errorf("gradient of input %q: expected float32, seen %v", name, n.DType)
		}
		return n, nil
	}
	return nil, fmt.Errorf("Spec.InputGradients names %q, which is no input", name)
}
