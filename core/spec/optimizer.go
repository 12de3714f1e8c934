package spec

import (
	"fmt"
	"slices"

	"montage/core"
)

// Optimizer is what moves the parameters of a branch. Without a table of its own a
// branch has adam with lr 1e-3. Fields that a kind does not have are zero.
type OptimizerTable struct {
	Kind string // adam, adamw, lars or sgd
	LR   float64
	// Name joins branches: those with one name share moments and step once. It is
	// the branch's own name unless the spec says otherwise.
	Name        string
	Betas       []float64 // adam, adamw: two decays, each in [0, 1)
	Eps         float64   // adam, adamw
	WeightDecay float64
	Momentum    float64 // lars, sgd: in [0, 1)
	Nesterov    bool    // lars, sgd
	Trust       float64 // lars
	Clip        float64 // greatest norm of a step's gradient, 0 for any
	Accumulate  int     // batches whose gradients make a step
	Schedule    ScheduleTable
}

// Schedule is how the learning rate changes in a phase.
type ScheduleTable struct {
	Kind         string  // constant, step or cosine
	WarmupEpochs float64 // linear warm-up; at most one of epochs and steps is set
	WarmupSteps  int
	StepEpochs   int     // step: epochs between two drops
	Gamma        float64 // step: factor of a drop
	MinFactor    float64 // cosine: factor at the end
}

// The kinds, with the defaults of PyTorch, and of SimCLR's code for lars.
var (
	optimizerKinds = []string{"adam", "adamw", "lars", "sgd"}
	scheduleKinds  = []string{"constant", "cosine", "step"}
)

func optimizerOptions(kind string) []core.Option {
	decay := 0.0
	if kind == "adamw" {
		decay = 0.01
	}
	options := []core.Option{
		{Name: "kind", Type: core.TypeString, Default: "adam", Choices: optimizerKinds,
			Doc: "how gradients move parameters, as in PyTorch; lars as in SimCLR's code"},
		{Name: "lr", Type: core.TypeFloat, Default: 1e-3, Min: bound(0), Doc: "learning rate, greater than 0"},
		{Name: "name", Type: core.TypeString, Default: "", Doc: "branches whose optimizers carry one name share one " +
			"step"},
		{Name: "weight_decay", Type: core.TypeFloat, Default: decay, Min: bound(0),
			Doc: "as PyTorch: part of the gradient for adam, lars and sgd, of the parameter for adamw"},
		{Name: "clip", Type: core.TypeFloat, Default: 0.0, Min: bound(0),
			Doc: "greatest Euclidean norm of all gradients of a step together, to which longer ones are scaled; 0 is " +
				"no limit"},
		{Name: "accumulate", Type: core.TypeInt, Default: 1, Min: bound(1), Max: bound(10000),
			Doc: "batches whose mean gradient makes one step of the optimizer; schedules and steps go on counting " +
				"batches"},
	}
	switch kind {
	case "lars":
		return append(append(options, momentumOptions(0.9)...), trustOption())
	case "sgd":
		return append(options, momentumOptions(0)...)
	}
	return append(options, adamOptions()...)
}

func adamOptions() []core.Option {
	return []core.Option{
		{Name: "betas", Type: core.TypeFloats, Default: []float64{0.9, 0.999}, Length: 2, Min: bound(0), Max: bound(1),
			Doc: "decay of the two moments, each less than 1"},
		{Name: "eps", Type: core.TypeFloat, Default: 1e-8, Min: bound(0),
			Doc: "added to the denominator, greater than 0"},
	}
}

func trustOption() core.Option {
	return core.Option{Name: "trust", Type: core.TypeFloat, Default: 1e-3, Min: bound(0),
		Doc: "length of a step as a part of the parameter's own, at a learning rate of 1; greater than 0. Norms and " +
			"biases are not scaled"}
}

func momentumOptions(momentum float64) []core.Option {
	return []core.Option{
		{Name: "momentum", Type: core.TypeFloat, Default: momentum, Min: bound(0), Max: bound(1),
			Doc: "decay of the momentum, less than 1; lars has 0.9 unless told"},
		{Name: "nesterov", Type: core.TypeBool, Default: false, Doc: "look ahead along the momentum"},
	}
}

func scheduleOptions(kind string) []core.Option {
	options := []core.Option{
		{Name: "kind", Type: core.TypeString, Default: "constant", Choices: scheduleKinds,
			Doc: "how the learning rate changes over the phase"},
		{Name: "warmup_epochs", Type: core.TypeFloat, Default: 0.0, Min: bound(0),
			Doc: "epochs over which the rate grows linearly from 0"},
		{Name: "warmup_steps", Type: core.TypeInt, Default: 0, Min: bound(0),
			Doc: "the same in steps, instead of warmup_epochs"},
	}
	switch kind {
	case "step":
		options = append(options,
			core.Option{Name: "step_epochs", Type: core.TypeInt, Min: bound(1), Doc: "epochs between two drops"},
			core.Option{Name: "gamma", Type: core.TypeFloat, Default: 0.1, Min: bound(0), Max: bound(1),
				Doc: "factor of a drop, greater than 0"})
	case "cosine":
		options = append(options, core.Option{Name: "min_factor", Type: core.TypeFloat, Default: 0.0, Min: bound(0),
			Max: bound(1), Doc: "factor at the end of the phase"})
	}
	return options
}

func everyOptimizerOption() []core.Option {
	return append(append(optimizerOptions("adam"), momentumOptions(0)...), trustOption())
}

func everyScheduleOption() []core.Option {
	return append(scheduleOptions("step"), scheduleOptions("cosine")[3:]...)
}

// optimizer fills the optimizer of a branch from its table, which may be missing.
func (b *builder) optimizer(path string, n *node, branch string) OptimizerTable {
	kind := b.kind(n, optimizerKinds)
	values := b.section(section{path: path, node: n, options: optimizerOptions(kind), tables: []string{"schedule"},
		what: "options of " + kind})
	if name := values["name"].(string); name != "" && !fileName.MatchString(name) {
		b.add(b.spec.PosOf(path+".name"), "letters, digits, dots, dashes and underscores, no dot or dash in front",
			"optimizer name %q cannot name a file", name)
	}
	o := OptimizerTable{Kind: kind, LR: values["lr"].(float64), Name: values["name"].(string),
		WeightDecay: values["weight_decay"].(float64),
		Clip:        values["clip"].(float64), Accumulate: values["accumulate"].(int)}
	if o.Name == "" {
		o.Name = branch
	}
	if kind == "lars" || kind == "sgd" {
		o.Momentum, o.Nesterov = values["momentum"].(float64), values["nesterov"].(bool)
	} else {
		o.Betas, o.Eps = values["betas"].([]float64), values["eps"].(float64)
	}
	if kind == "lars" {
		o.Trust = values["trust"].(float64)
	}
	o.Schedule = b.schedule(join(path, "schedule"), n.field("schedule"))
	b.optimizerRanges(path, o)
	return o
}

// optimizerRanges checks what an inclusive range cannot say.
func (b *builder) optimizerRanges(path string, o OptimizerTable) {
	b.require(o.LR > 0, join(path, "lr"), "lr must be greater than 0")
	if o.Kind == "lars" {
		b.require(o.Trust > 0, join(path, "trust"), "trust must be greater than 0")
	}
	if o.Kind == "lars" || o.Kind == "sgd" {
		b.require(o.Momentum < 1, join(path, "momentum"), "momentum must be less than 1")
		b.require(!o.Nesterov || o.Momentum > 0, join(path, "nesterov"), "nesterov needs a momentum greater than 0")
		return
	}
	b.require(slices.Max(o.Betas) < 1, join(path, "betas"), "betas must be less than 1")
	b.require(float32(o.Eps) > 0, join(path, "eps"), "eps must be greater than 0, as a float32 too")
}

func (b *builder) schedule(path string, n *node) ScheduleTable {
	kind := b.kind(n, scheduleKinds)
	values := b.section(section{path: path, node: n, options: scheduleOptions(kind), what: "options of " + kind})
	s := ScheduleTable{Kind: kind, WarmupEpochs: values["warmup_epochs"].(float64),
		WarmupSteps: values["warmup_steps"].(int)}
	switch kind {
	case "step":
		s.StepEpochs, s.Gamma = values["step_epochs"].(int), values["gamma"].(float64)
		b.require(s.Gamma > 0, join(path, "gamma"), "gamma must be greater than 0")
	case "cosine":
		s.MinFactor = values["min_factor"].(float64)
	}
	b.require(s.WarmupEpochs == 0 || s.WarmupSteps == 0, join(path, "warmup_steps"),
		"warmup_steps and warmup_epochs are both set; leave one out")
	return s
}

// kind reads the kind that decides which options there are. A wrong one counts as
// the first; checking the options reports it.
func (b *builder) kind(n *node, kinds []string) string {
	if k := n.field("kind"); k != nil {
		if text, ok := k.value.(string); ok && slices.Contains(kinds, text) {
			return text
		}
	}
	return kinds[0]
}

// sharedOptimizers reports optimizers of one name that differ.
func (b *builder) sharedOptimizers() {
	first := map[string]*BranchTable{}
	for _, branch := range b.spec.Branches {
		name := branch.Optimizer.Name
		other, ok := first[name]
		if !ok {
			first[name] = branch
			continue
		}
		if !branch.Optimizer.equal(other.Optimizer) {
			b.add(b.spec.PosOf("branch."+branch.Name+".optimizer"),
				"give both the same settings, or names of their own",
				"the optimizers of branches %q and %q share the name %q but differ", other.Name, branch.Name, name)
		}
	}
}

func (o OptimizerTable) equal(other OptimizerTable) bool { return fmt.Sprint(o) == fmt.Sprint(other) }
