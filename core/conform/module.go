package conform

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"

	"montage/core"
	"montage/core/tensor"
)

// moduleInputs returns the inputs that modules are planned for, most important first. Sides
// are small, odd, and the usual sizes of models; a module may refuse some.
func (k *kit) moduleInputs() []core.ModuleInput {
	if len(k.subject.Inputs) > 0 {
		return k.subject.Inputs
	}
	if k.subject.Component.Kind() == core.KindHead {
		return []core.ModuleInput{
			// Rows of several frames, then a single row, then rows of one frame each; 0
			// outputs leaves the width to the head.
			{Features: 5, Outputs: 3, Frames: 7, Rows: 3},
			{Features: 5, Outputs: 3, Frames: 1, Rows: 1},
			{Features: 5, Outputs: 3, Frames: 2, Rows: 2},
			{Features: 8, Outputs: 0, Frames: 4, Rows: 4},
		}
	}
	side, others := k.subject.Size, []int(nil)
	if side == 0 {
		// A given size is tried alone: the author knows what the backbone takes.
		side, others = 64, []int{45, 96, 224}
	}
	out := []core.ModuleInput{{Size: side, Frames: 4}, {Size: side, Frames: 1}, {Size: side, Frames: 2}}
	for _, other := range others {
		out = append(out, core.ModuleInput{Size: other, Frames: 3})
	}
	return out
}

// mostExercises bounds the time of the kit: the larger sides are only for modules that refuse
// the small ones.
const mostExercises = 4

// moduleExercises asks for plans until there are enough.
func (k *kit) moduleExercises() (out []*exercise, err error) {
	head := k.subject.Component.Kind() == core.KindHead
	var refused error
	for _, in := range k.moduleInputs() {
		// A backbone is the first stage, and nobody wants a gradient by its frames.
		in.Gradient, in.InputGradient = true, head
		// A new instance for each, so that no plan depends on the one before.
		made, err := k.instance()
		if err != nil {
			return nil, err
		}
		plan, err := made.(core.Module).Plan(in)
		if refusal(err) {
			refused = err
			continue
		}
		if err == nil {
			err = checkModulePlan(in, plan)
		}
		if err != nil {
			return nil, fmt.Errorf("plan for %+v: %w", in, err)
		}
		out = append(out, newModule(in, plan, head).complete())
		if len(out) == mostExercises {
			break
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no plan is accepted, the last was refused with: %w", refused)
	}
	return out, nil
}

// refusal reports whether an error means that the component does not support an input, as
// opposed to a failure.
func refusal(err error) bool {
	var option *core.OptionError
	return errors.Is(err, core.ErrShape) || errors.As(err, &option)
}

func checkModulePlan(in core.ModuleInput, p core.ModulePlan) error {
	if p.Outputs < 1 || in.Outputs > 0 && p.Outputs != in.Outputs {
		return fmt.Errorf("it has %d outputs where %d are needed (0 is any)", p.Outputs, in.Outputs)
	}
	seen := map[string]bool{}
	for _, q := range p.Params {
		n, err := tensor.Elements(q.Shape)
		switch {
		// Checkpoints find parameters by their names.
		case q.Name == "" || seen[q.Name]:
			return fmt.Errorf("two parameters are named %q, or one has no name", q.Name)
		case err != nil || n == 0:
			return fmt.Errorf("parameter %s has the shape %v", q.Name, q.Shape)
		case q.Init.Kind != "constant" && q.Init.Kind != "uniform" && q.Init.Kind != "normal":
			return fmt.Errorf("parameter %s has the init %q, which is none of constant, uniform, normal",
				q.Name, q.Init.Kind)
		case math.IsNaN(q.Init.Value) || math.IsInf(q.Init.Value, 0):
			return fmt.Errorf("parameter %s has the init value %v", q.Name, q.Init.Value)
		}
		seen[q.Name] = true
	}
	if p.Bytes < 0 {
		return fmt.Errorf("it takes %d bytes", p.Bytes)
	}
	return nil
}

// moduleExercise is a training forward of a backbone or head, and its backward.
type moduleExercise struct {
	*exercise
	in                              core.ModuleInput
	answer                          core.ModulePlan
	frames, features, offsets, keys *argument
	output, gradOutput, gradInput   *argument
	params, gradParams, updates     []*argument
}

func newModule(in core.ModuleInput, plan core.ModulePlan, head bool) *moduleExercise {
	// Batch statistics of one or two rows are degenerate; a module may decline them.
	l := &moduleExercise{exercise: &exercise{small: in.Frames < 3}, in: in, answer: plan}
	// A backbone has a row for each frame; a head pools the frames of each of its rows.
	rows := in.Frames
	if head {
		rows = in.Rows
		l.name = fmt.Sprintf("%d frames of %d features in %d rows", in.Frames, in.Features, in.Rows)
		l.features = l.add(argument{name: "features", role: inputRole, dtype: tensor.Float32,
			shape: []int{in.Frames, in.Features}, fill: normal(1), probed: true})
		l.offsets = l.add(argument{name: "offsets", role: inputRole, dtype: tensor.Int32, shape: []int{rows + 1},
			fill: cut(in.Frames), probed: true})
		l.gradInput = l.add(argument{name: "gradient by features", role: outputRole, dtype: tensor.Float32,
			shape: []int{in.Frames, in.Features}, optional: true, probed: true})
		l.pairs = append(l.pairs, pair{l.features, l.gradInput})
	} else {
		l.name = fmt.Sprintf("%d frames of %d px", in.Frames, in.Size)
		l.frames = l.add(argument{name: "frames", role: inputRole, dtype: tensor.Uint8,
			shape: []int{in.Frames, in.Size, in.Size, 3}, fill: pixels, probed: true})
	}
	l.keys = l.add(argument{name: "keys", role: inputRole, dtype: tensor.Uint64, shape: []int{rows}, fill: keys})
	l.output = l.add(argument{name: "output", role: outputRole, dtype: tensor.Float32, shape: []int{rows, plan.Outputs},
		probed: true})
	l.gradOutput = l.add(argument{name: "gradient of the output", role: inputRole, dtype: tensor.Float32,
		shape: []int{rows, plan.Outputs}, fill: normal(1), probed: true})
	for i, p := range plan.Params {
		// The first and last are enough for wrong shapes: a deep model has hundreds of
		// parameters, and each probe plans a new instance.
		l.addParam(p, i == 0 || i == len(plan.Params)-1)
	}
	return l
}

// A frozen parameter has neither gradient nor update. All three lists have an entry for
// each parameter, nil where it has none, because the calls match them by position.
func (l *moduleExercise) addParam(p core.Param, probed bool) {
	s := l.add(argument{name: "parameter " + p.Name, role: stateRole, dtype: tensor.Float32, shape: p.Shape,
		fill: initial(p.Init), probed: probed})
	var gradient, update *argument
	if p.Buffer {
		update = l.add(argument{name: "update of " + p.Name, role: outputRole, dtype: tensor.Float32, shape: p.Shape,
			optional: true, probed: probed})
	} else if !p.Frozen {
		gradient = l.add(argument{name: "gradient by " + p.Name, role: outputRole, dtype: tensor.Float32,
			shape: p.Shape, optional: true, probed: probed})
		l.pairs = append(l.pairs, pair{s, gradient})
	}
	l.params, l.gradParams, l.updates = append(l.params, s), append(l.gradParams, gradient), append(l.updates, update)
}

// initial fills a parameter as its Init says. Constants are disturbed a little, so that no
// gradient is zero by symmetry.
func initial(i core.Init) func(*rand.Rand, tensor.Tensor) {
	return func(r *rand.Rand, t tensor.Tensor) {
		x := t.Float32s()
		for n := range x {
			switch i.Kind {
			case "constant":
				x[n] = float32(i.Value + 0.1*r.NormFloat64())
			case "uniform":
				x[n] = float32(i.Value * (2*r.Float64() - 1))
			default:
				x[n] = float32(i.Value * r.NormFloat64())
			}
		}
	}
}

func (l *moduleExercise) call(train bool) core.ModuleCall {
	return core.ModuleCall{ForwardID: 1, Train: train, Frames: l.frames.at(), Features: l.features.at(),
		Offsets: l.offsets.at(),
		Keys:    l.keys.at(), Params: tensors(l.params)}
}

func (l *moduleExercise) forward(ctx context.Context, made any) error {
	return made.(core.Module).Forward(ctx, core.ModuleForward{ModuleCall: l.call(true), Gradient: true,
		Output: l.output.at(), Updates: tensors(l.updates)})
}

func (l *moduleExercise) backward(ctx context.Context, made any) error {
	return made.(core.Module).Backward(ctx, core.ModuleBackward{ModuleCall: l.call(true), GradOutput: l.gradOutput.at(),
		GradInput: l.gradInput.at(), GradParams: tensors(l.gradParams)})
}

// planFor plans an instance and compares the plan with the first one. For other limits, the
// bytes and the shapes of stages may differ.
func (l *moduleExercise) planFor(made any, in core.ModuleInput) error {
	p, err := made.(core.Module).Plan(in)
	if err != nil {
		return err
	}
	// The runner plans again after a restart, and goes on with the memory that it laid out
	// for the first plan.
	if in == l.in && !reflect.DeepEqual(p, l.answer) {
		return fmt.Errorf("the same input gets different plans\n  first: %+v\n  then:  %+v", l.answer, p)
	}
	if p.Outputs != l.answer.Outputs || !reflect.DeepEqual(p.Params, l.answer.Params) {
		return errors.New("parameters or width depend on the largest number of frames and rows of a call")
	}
	return nil
}

// complete sets the functions of the exercise.
func (l *moduleExercise) complete() *exercise {
	// Rows never fall below one, unless the module has none, as a backbone does not.
	more, less := l.in, l.in
	more.Frames, more.Rows = 2*l.in.Frames, 2*l.in.Rows
	less.Frames, less.Rows = l.in.Frames-1, max(l.in.Rows-1, min(l.in.Rows, 1))
	l.plan = func(made any) error { return l.planFor(made, l.in) }
	l.larger = func(made any) error { return l.planFor(made, more) }
	if less.Frames > 0 {
		l.smaller = func(made any) error { return l.planFor(made, less) }
	}
	l.steps = []exerciseStep{{"forward", l.forward}, {"backward", l.backward}}
	// The gradients that backward returns are those of the dot product of the output and
	// its incoming gradient.
	l.scalar = func() float64 { return dot(l.output.at().Float32s(), l.gradOutput.at().Float32s()) }
	if l.frames != nil {
		l.extremes = []func(){func() { all(l.frames.at().Uint8s(), 0) }, func() { all(l.frames.at().Uint8s(), 255) }}
	} else {
		l.extremes = []func(){func() { all(l.features.at().Float32s(), 0) }}
	}
	return l.exercise
}
