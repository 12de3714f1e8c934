package conform

import (
	"context"
	"fmt"
	"math/rand/v2"

	"montage/core"
	"montage/core/tensor"
)

// lossExercises returns one for each kind of target and number of views that the loss
// accepts.
func (k *kit) lossExercises() (out []*exercise, err error) {
	var refused error
	for _, target := range k.subject.Component.Targets {
		// Rows count those of all views together, so they are a multiple of the views.
		// The single row is the smallest batch.
		for _, in := range []core.LossInput{{Rows: 4, Views: 1}, {Rows: 6, Views: 2}, {Rows: 1, Views: 1}} {
			in.Target, in.Outputs, in.TargetWidth = target, 3, 3
			if target == core.TargetNone {
				in.TargetWidth = 0
			}
			made, err := k.instance()
			if err != nil {
				return nil, err
			}
			if _, err := made.(core.Loss).Plan(in); refusal(err) {
				refused = err
				continue
			} else if err != nil {
				return nil, fmt.Errorf("plan for %+v: %w", in, err)
			}
			out = append(out, newLoss(in).complete())
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no plan is accepted, the last was refused with: %w", refused)
	}
	return out, nil
}

// lossExercise is one evaluation of a loss.
type lossExercise struct {
	*exercise
	in                                      core.LossInput
	predictions, targets, weights, gradient *argument
}

func newLoss(in core.LossInput) *lossExercise {
	l := &lossExercise{exercise: &exercise{name: fmt.Sprintf("%s targets, %d rows in %d views", in.Target, in.Rows,
		in.Views)}, in: in}
	shape := []int{in.Rows, in.Outputs}
	l.predictions = l.add(argument{name: "predictions", role: inputRole, dtype: tensor.Float32, shape: shape,
		fill: normal(2), probed: true})
	if in.TargetWidth > 0 {
		l.targets = l.add(argument{name: "targets", role: inputRole, dtype: tensor.Float32,
			shape: []int{in.Rows, in.TargetWidth}, fill: target(in.Target), probed: true})
	}
	l.weights = l.add(argument{name: "weights", role: inputRole, dtype: tensor.Float32, shape: []int{in.Rows},
		fill: weights, probed: true})
	l.gradient = l.add(argument{name: "gradient by predictions", role: outputRole, dtype: tensor.Float32, shape: shape,
		optional: true, probed: true})
	// Targets and weights are constants of a loss, so only predictions have a gradient.
	l.pairs = []pair{{l.predictions, l.gradient}}
	return l
}

// target returns a function that fills targets in their encoding.
func target(kind core.TargetKind) func(*rand.Rand, tensor.Tensor) {
	if kind == core.TargetVector {
		return normal(1)
	}
	return func(r *rand.Rand, t tensor.Tensor) {
		x, width := t.Float32s(), t.Shape[1]
		for i := range x {
			// Multi-hot: any set of classes, the empty one included.
			x[i] = float32(r.IntN(2))
		}
		// The loop runs for one-hot targets only, which need exactly one 1 in each row.
		for row := 0; kind == core.TargetOneHot && row < len(x); row += width {
			all(x[row:row+width], 0)
			x[row+r.IntN(width)] = 1
		}
	}
}

// weights fills row weights as pseudo-labels have them: ones, and one row that counts less.
func weights(r *rand.Rand, t tensor.Tensor) {
	x := t.Float32s()
	all(x, 1)
	x[r.IntN(len(x))] = 0.5
}

func (l *lossExercise) evaluate(ctx context.Context, made any) (err error) {
	l.value, err = made.(core.Loss).Evaluate(ctx, core.LossCall{Predictions: l.predictions.at(),
		Targets: l.targets.at(),
		Weights: l.weights.at(), GradPredictions: l.gradient.at()})
	return err
}

func (l *lossExercise) complete() *exercise {
	planner := func(rows int) func(any) error {
		in := l.in
		in.Rows = rows
		return func(made any) error { _, err := made.(core.Loss).Plan(in); return err }
	}
	l.plan, l.larger = planner(l.in.Rows), planner(2*l.in.Rows)
	if l.in.Rows > l.in.Views {
		// One row less in each view: rows remain a multiple of the views.
		l.smaller = planner(l.in.Rows - l.in.Views)
	}
	l.steps = []exerciseStep{{"evaluate", l.evaluate}}
	l.scalar = func() float64 { return l.value }
	set := func(v float32) func() { return func() { all(l.predictions.at().Float32s(), v) } }
	// exp(100) has no float32: a loss that does not subtract the maximum overflows. Weights
	// of 0 make a mean over weights divide by nothing.
	l.extremes = []func(){set(0), set(100), set(-100), func() { all(l.weights.at().Float32s(), 0) }}
	return l.exercise
}
