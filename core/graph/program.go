package graph

import (
	"errors"
	"fmt"
	"maps"

	G "gorgonia.org/gorgonia"

	"montage/core"
	"montage/core/tensor"
)

// Spec says what to compile.
type Spec struct {
	// Build describes the graph. It may be called several times and must always
	// describe the same one.
	Build func(*Builder)
	// Part compiles a part of the graph, where it can be cut.
	Part Part
	// Limits are the greatest values of the symbols.
	Limits map[string]int
	// Train compiles for training: dropout, batch statistics, buffer updates.
	Train bool
	// Gradient makes Backward possible, for all parameters that are neither
	// buffers nor frozen and for the inputs named in InputGradients.
	Gradient       bool
	InputGradients []string
	// Micro lets the part that trains run some rows at a time.
	Micro Micro
	// Workspace is the memory to work in, nil for the program's own.
	Workspace *Workspace

	// Check, for tests, makes every step prove that it writes all that it should:
	// results are filled with NaN before, and a NaN after is an error that names
	// the step. Profile measures the steps for Program.Times. Both cost time.
	Check, Profile bool
}

// Description is what a graph needs and gives, known without running it.
type Description struct {
	Inputs, Outputs []Port
	// Params are the parameters and buffers, in the order of Run.Params.
	Params []core.Param
	// Fed, by parameter, is the shape of what flows into the first operator that
	// reads it; nil where none does.
	Fed []Shape
	// Operations, by parameter, are those of a Forward that belong to operators which
	// read it first or follow one that does. Every symbol stands for 1.
	Operations []int64
	// FrozenPrefix is where the graph can be cut.
	Prefix Cut
	// Bytes is the memory that a Program takes for the largest run, without the
	// tensors of the caller.
	Bytes int
	// Notes are what a user should know of the plan.
	Notes []string
}

// Port is an input or an output.
type Port struct {
	Name  string
	DType tensor.DType
	Shape Shape
}

// Program is a compiled graph. It holds one forward at a time and is not safe
// for concurrent use.
type Program struct {
	spec  Spec
	about Description
	plan  plan
	bytes int // of planned values

	space   *Workspace
	fused   []*step
	memory  []byte         // the workspace's
	bound   []byte         // the memory that values are bound to
	sizes   map[string]int // of the current run
	rows    int            // of the piece that values are bound for
	spans   []span         // the pieces of the current run
	held    int            // the piece whose values are kept
	keys    map[string][]uint64
	allKeys map[string][]uint64 // before they were cut into pieces
	sums    []tensor.Tensor     // the gradients of pieces before, by parameter
	pending bool                // whether a Backward may follow
}

// Plan describes a graph without allocating anything for it.
func Plan(spec Spec) (Description, error) {
	p, err := spec.compile()
	if err != nil {
		return Description{}, err
	}
	return p.about, nil
}

// Compile makes a program. It takes its memory when it first runs.
func Compile(spec Spec) (*Program, error) {
	p, err := spec.compile()
	if err != nil {
		return nil, err
	}
	p.use(spec.Workspace)
	return p, nil
}

// Description returns what the program needs and gives.
func (p *Program) Description() Description { return p.about }

// use prepares a program to work in a workspace, or in one of its own.
func (p *Program) use(w *Workspace) {
	if w == nil {
		w = &Workspace{}
	}
	w.size = max(w.size, p.bytes)
	p.space = w
	p.plan.each(func(s *step) {
		s.clock = &clock{}
		if s.fused != nil {
			p.fused = append(p.fused, s)
		}
	})
}

// Bytes returns the memory that the program needs.
func (p *Program) Bytes() int { return p.about.Bytes }

// attempts bounds the search for hashes under which Gorgonia merges nothing. A
// graph of a thousand nodes needs a second one in 10,000 cases.
const attempts = 4

func (s Spec) compile() (*Program, error) {
	if s.Build == nil {
		return nil, errors.New("Spec.Build is nil")
	}
	if !s.Gradient && len(s.InputGradients) > 0 {
		return nil, errors.New("Spec.InputGradients is set without Spec.Gradient")
	}
	s.Limits = maps.Clone(s.Limits)
	var p *Program
	var err error
	for salt := range uint32(attempts) {
		p, err = s.attempt(func(id uint32) uint32 { return id + salt<<24 })
		if !errors.Is(err, errMerged) {
			break
		}
	}
	return p, err
}

func (s Spec) attempt(hash func(uint32) uint32) (*Program, error) {
	b := &Builder{
		train: s.Train, limits: s.Limits, hash: hash,
		expr: G.NewGraph(), nodes: map[*G.Node]*Node{},
	}
	if err := b.build(s.Build); err != nil {
		return nil, err
	}
	if err := b.keep(s.Part); err != nil {
		return nil, err
	}
	d, err := b.derive(s)
	if err != nil {
		return nil, err
	}
	plan, err := b.schedule(d)
	if err != nil {
		return nil, err
	}
	plan.check = s.Check
	plan.fuse()
	if err := plan.chains(s.Limits); err != nil {
		return nil, err
	}
	bytes, notes, err := plan.divide(s)
	if err != nil {
		return nil, err
	}
	p := &Program{spec: s, plan: plan, bytes: bytes, about: b.describe()}
	p.about.Bytes, p.about.Notes = bytes+plan.extra(), notes
	return p, nil
}

// build runs the author's function. Its panics are the author's mistakes, such
// as an index into the shape of a node that failed.
func (b *Builder) build(f func(*Builder)) (err error) {
	defer func() {
		if r := recover(); r != nil && b.err == nil {
			err = fmt.Errorf("building the graph panicked: %v", r)
		} else if b.err != nil {
			err = b.err
		}
	}()
	f(b)
	if b.err != nil {
		return b.err
	}
	if len(b.outputs) == 0 {
		return errors.New("the graph has no output\nhint: name its results with Builder.Output")
	}
	return b.checkSymbols()
}

// checkSymbols makes sure that every run tells the value of every symbol.
func (b *Builder) checkSymbols() error {
	known := map[string]bool{"": true}
	for _, n := range b.inputs {
		for _, d := range n.value.shape {
			known[d.Sym] = true
		}
	}
	for _, u := range b.uses {
		for _, d := range u.out.value.shape {
			if !known[d.Sym] {
				return fmt.Errorf("%s: symbol %s of the result %v is in no input's shape", u.label, d.Sym,
					u.out.value.shape)
			}
		}
	}
	return nil
}

// derive adds the gradients that the spec wants.
func (b *Builder) derive(s Spec) (derivative, error) {
	d := derivative{seeds: make([]*G.Node, len(b.outputs))}
	if !s.Gradient {
		return d, nil
	}
	var wanted []*Node
	for _, name := range s.InputGradients {
		n, err := b.wantedInput(name)
		if err != nil {
			return d, err
		}
		wanted = append(wanted, n)
	}
	for _, p := range b.params {
		if !p.Frozen && !p.Buffer {
			wanted = append(wanted, p.node)
		}
	}
	return b.differentiate(wanted)
}

func (b *Builder) wantedInput(name string) (*Node, error) {
	for _, n := range b.inputs {
		if n.value.label != name {
			continue
		}
		if n.value.dtype != tensor.Float32 {
			return nil, fmt.Errorf("gradient of input %q: expected float32, seen %v", name, n.value.dtype)
		}
		return n, nil
	}
	return nil, fmt.Errorf("Spec.InputGradients names %q, which is no input", name)
}

func (b *Builder) describe() Description {
	d := Description{Fed: make([]Shape, len(b.params)), Operations: b.operations(), Prefix: b.describeCut()}
	for _, n := range b.inputs {
		d.Inputs = append(d.Inputs, Port{n.value.label, n.value.dtype, n.value.shape})
	}
	for _, o := range b.outputs {
		d.Outputs = append(d.Outputs, Port{o.name, tensor.Float32, o.node.value.shape})
	}
	for _, p := range b.params {
		d.Params = append(d.Params, p.Param)
	}
	for _, u := range b.uses {
		for _, n := range u.in {
			if v := n.value; v.place == placeParam && d.Fed[v.index] == nil {
				d.Fed[v.index] = u.in[0].value.shape
			}
		}
	}
	return d
}
