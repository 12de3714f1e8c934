package spec

import (
	"reflect"
	"slices"

	"montage/core"
)

// The kinds of optimizer.
const (
	Adam  = "adam"  // weight decay is added to the gradient
	AdamW = "adamw" // weight decay is taken from the parameter itself
	LARS  = "lars"  // momentum; the norms of each parameter and its gradient scale the rate
	SGD   = "sgd"   // momentum is optional; weight decay is added to the gradient
)

// The kinds of schedule.
const (
	Constant = "constant"
	Stepwise = "step"   // times gamma after every step_epochs epochs
	Cosine   = "cosine" // along half a cosine from 1 to min_factor
)

// OptimizerTable says how the parameters of a branch are updated. A branch without such a
// table has adam with lr 1e-3. Options that a kind does not have are zero.
type OptimizerTable struct {
	Kind string  `option:"kind"` // adam, adamw, lars or sgd
	LR   float64 `option:"lr"`   // before the schedule, > 0
	// Name joins branches: those with one name share an optimizer, and its moments. By
	// default it is the name of the branch.
	Name        string    `option:"name"`
	Betas       []float64 `option:"betas"` // adam, adamw: decay of the two moments, each in [0, 1)
	Eps         float64   `option:"eps"`   // adam, adamw: added to the denominator, > 0
	WeightDecay float64   `option:"weight_decay"`
	Momentum    float64   `option:"momentum"`   // lars, sgd: in [0, 1)
	Nesterov    bool      `option:"nesterov"`   // lars, sgd: look ahead along the momentum
	Trust       float64   `option:"trust"`      // lars: length of a step relative to the parameter's, > 0
	Clip        float64   `option:"clip"`       // greatest norm of an update's gradient, 0 for any
	Accumulate  int       `option:"accumulate"` // batches whose gradients make one update
	Schedule    ScheduleTable
}

// ScheduleTable says how the learning rate changes in a phase. The zero schedule is constant.
type ScheduleTable struct {
	Kind         string  `option:"kind"`          // constant (or ""), step or cosine
	WarmupEpochs float64 `option:"warmup_epochs"` // linear warm-up: 0.5 is half an epoch
	WarmupSteps  int     `option:"warmup_steps"`  // the same in batches; one of the two at most is set
	StepEpochs   int     `option:"step_epochs"`   // step: epochs between two drops
	Gamma        float64 `option:"gamma"`         // step: factor of a drop, in (0, 1]
	MinFactor    float64 `option:"min_factor"`    // cosine: factor at the end, in [0, 1]
}

// The kinds in the order in which messages list them; the first is the default.
var (
	optimizerKinds = []string{Adam, AdamW, LARS, SGD}
	scheduleKinds  = []string{Constant, Cosine, Stepwise}
)

// optimizerOptions declares the options of a kind. The defaults are PyTorch's, and for lars
// those of SimCLR's code.
func optimizerOptions(kind string) []core.Option {
	decay := 0.0
	if kind == AdamW {
		decay = 0.01
	}
	options := []core.Option{
		{Name: "kind", Type: core.TypeString, Default: Adam, Choices: optimizerKinds,
			Doc: "how gradients move parameters, as in PyTorch; lars as in SimCLR's code"},
		{Name: "lr", Type: core.TypeFloat, Default: 1e-3, Min: bound(0), Doc: "learning rate, greater than 0"},
		{Name: "name", Type: core.TypeString, Default: "",
			Doc: "branches whose optimizers have the same name share one optimizer"},
		{Name: "weight_decay", Type: core.TypeFloat, Default: decay, Min: bound(0),
			Doc: "as PyTorch: part of the gradient for adam, lars and sgd, of the parameter for adamw"},
		{Name: "clip", Type: core.TypeFloat, Default: 0.0, Min: bound(0),
			Doc: "greatest Euclidean norm of all gradients of a step together, to which longer ones are scaled; " +
				"0 is no limit"},
		{Name: "accumulate", Type: core.TypeInt, Default: 1, Min: bound(1), Max: bound(10000),
			Doc: "batches whose mean gradient makes one step of the optimizer; " +
				"schedules and steps still count single batches"},
	}
	switch kind {
	case LARS:
		return append(append(options, momentumOptions(0.9)...), trustOption())
	case SGD:
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
		Doc: "length of a step as a part of the parameter's own, at a learning rate of 1; greater than 0. " +
			"Norms and biases are not scaled"}
}

func momentumOptions(momentum float64) []core.Option {
	return []core.Option{
		{Name: "momentum", Type: core.TypeFloat, Default: momentum, Min: bound(0), Max: bound(1),
			Doc: "decay of the momentum, less than 1; the default of lars is 0.9"},
		{Name: "nesterov", Type: core.TypeBool, Default: false, Doc: "look ahead along the momentum"},
	}
}

func scheduleOptions(kind string) []core.Option {
	options := []core.Option{
		{Name: "kind", Type: core.TypeString, Default: Constant, Choices: scheduleKinds,
			Doc: "how the learning rate changes over the phase"},
		{Name: "warmup_epochs", Type: core.TypeFloat, Default: 0.0, Min: bound(0),
			Doc: "epochs over which the rate grows linearly from 0"},
		{Name: "warmup_steps", Type: core.TypeInt, Default: 0, Min: bound(0),
			Doc: "the same in steps, instead of warmup_epochs"},
	}
	switch kind {
	case Stepwise:
		options = append(options,
			core.Option{Name: "step_epochs", Type: core.TypeInt, Min: bound(1), Doc: "epochs between two drops"},
			core.Option{Name: "gamma", Type: core.TypeFloat, Default: 0.1, Min: bound(0), Max: bound(1),
				Doc: "factor of a drop, greater than 0"})
	case Cosine:
		options = append(options, minFactorOption())
	}
	return options
}

func minFactorOption() core.Option {
	return core.Option{Name: "min_factor", Type: core.TypeFloat, Default: 0.0, Min: bound(0), Max: bound(1),
		Doc: "factor at the end of the phase"}
}

// The union of all kinds: adam's options, and what only lars and sgd have.
func everyOptimizerOption() []core.Option {
	return append(append(optimizerOptions(Adam), momentumOptions(0)...), trustOption())
}

func everyScheduleOption() []core.Option {
	return append(scheduleOptions(Stepwise), minFactorOption())
}

// DefaultOptimizer returns the optimizer of a kind with all defaults, and a constant
// schedule. Of an unknown kind it is adam.
func DefaultOptimizer(kind string) OptimizerTable {
	// This builder exists for its defaults alone, so its problems are dropped.
	b := &builder{spec: &Spec{tree: newTable(byValue, Position{}, "")}}
	table := newTable(byValue, Position{}, "")
	table.set("kind", &node{form: scalar, value: kind})
	return b.optimizer("optimizer", table, "")
}

// optimizer reads the optimizer of a branch from its table, which may be missing.
func (b *builder) optimizer(path string, n *node, branch string) OptimizerTable {
	kind := b.kind(n, optimizerKinds)
	values := b.section(section{path: path, node: n, options: optimizerOptions(kind), tables: []string{"schedule"},
		what: "options of " + kind})
	o := OptimizerTable{}
	withZeros(values, everyOptimizerOption()).Into(&o)
	if o.Name != "" && !fileName.MatchString(o.Name) {
		b.add(b.spec.PosOf(path+".name"), "letters, digits, dots, dashes and underscores, no dot or dash in front",
			"optimizer name %q cannot name a file", o.Name)
	}
	if o.Name == "" {
		o.Name = branch
	}
	o.Schedule = b.schedule(join(path, "schedule"), n.field("schedule"))
	b.optimizerRanges(path, o)
	return o
}

// withZeros adds the options that only other kinds have, as zeros: Values.Into expects a
// value for every field of the struct, which has those of all kinds.
func withZeros(values core.Values, every []core.Option) core.Values {
	for _, o := range every {
		if _, ok := values[o.Name]; !ok {
			values[o.Name] = zero(o.Type)
		}
	}
	return values
}

// optimizerRanges checks limits that the inclusive ranges of options cannot express.
func (b *builder) optimizerRanges(path string, o OptimizerTable) {
	b.require(o.LR > 0, join(path, "lr"), "lr must be greater than 0")
	if o.Kind == LARS {
		b.require(o.Trust > 0, join(path, "trust"), "trust must be greater than 0")
	}
	if o.Kind == LARS || o.Kind == SGD {
		b.require(o.Momentum < 1, join(path, "momentum"), "momentum must be less than 1")
		b.require(!o.Nesterov || o.Momentum > 0, join(path, "nesterov"), "nesterov needs a momentum greater than 0")
		return
	}
	b.require(slices.Max(o.Betas) < 1, join(path, "betas"), "betas must be less than 1")
	// The optimizer computes in float32, where a tiny eps would be 0 and divide 0 by 0.
	b.require(float32(o.Eps) > 0, join(path, "eps"), "eps must be greater than 0, as a float32 too")
}

func (b *builder) schedule(path string, n *node) ScheduleTable {
	kind := b.kind(n, scheduleKinds)
	values := b.section(section{path: path, node: n, options: scheduleOptions(kind), what: "options of " + kind})
	s := ScheduleTable{}
	withZeros(values, everyScheduleOption()).Into(&s)
	b.require(kind != Stepwise || s.Gamma > 0, join(path, "gamma"), "gamma must be greater than 0")
	b.require(s.WarmupEpochs == 0 || s.WarmupSteps == 0, join(path, "warmup_steps"),
		"warmup_steps and warmup_epochs are both set; leave one out")
	return s
}

// kind reads the kind, which decides the options that there are. A wrong one counts as the
// first kind; the check of the options reports it.
func (b *builder) kind(n *node, kinds []string) string {
	if k := n.field("kind"); k != nil {
		if text, ok := k.value.(string); ok && slices.Contains(kinds, text) {
			return text
		}
	}
	return kinds[0]
}

// sharedOptimizers reports optimizers that share a name but differ. To take the settings of
// one of them would be a silent choice.
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

// The struct holds a slice, so == does not compile.
func (o OptimizerTable) equal(other OptimizerTable) bool { return reflect.DeepEqual(o, other) }
