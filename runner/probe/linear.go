package probe

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/optimize"

	"montage/core/parallel"
	"montage/core/tensor"
)

// linear scores each class of a row by a logistic regression of its own on
// standardized features: probabilities float32 [T,K]. It minimizes
// ½·|w|² + C·Σ log(1 + exp(-y·(w·x + b))), the intercept b free, by L-BFGS from zero.
// A class that all training rows have, or none, gets that as its score everywhere.
//
// Source: scikit-learn, LogisticRegression behind StandardScaler.
func linear(ctx context.Context, c float64, train Set, rows tensor.Tensor) (tensor.Tensor, error) {
	known := standardize(train.Rows)
	x, unknown := known.apply(train.Rows), known.apply(rows)
	classes := train.Targets.Shape[1]
	scores := tensor.New(tensor.Float32, rows.Shape[0], classes)
	failed := make([]error, classes)
	parallel.For(classes, func(k int) {
		if failed[k] = context.Cause(ctx); failed[k] != nil {
			return
		}
		fit, err := newRegression(c, x, train.Targets, k).fit()
		if err != nil {
			failed[k] = fmt.Errorf("class %d: %w", k, err)
			return
		}
		for i, features := range unknown {
			scores.Row(i)[k] = float32(sigmoid(floats.Dot(fit[1:], features) + fit[0]))
		}
	})
	return scores, errors.Join(failed...)
}

// scaler makes features of mean 0 and deviation 1, as they are in training.
type scaler struct{ mean, deviation []float64 }

func standardize(t tensor.Tensor) scaler {
	n, d := float64(t.Shape[0]), t.Shape[1]
	s := scaler{make([]float64, d), make([]float64, d)}
	for i, v := range t.Float32s() {
		s.mean[i%d] += float64(v)
	}
	floats.Scale(1/n, s.mean)
	for i, v := range t.Float32s() {
		apart := float64(v) - s.mean[i%d]
		s.deviation[i%d] += apart * apart / n
	}
	for j, variance := range s.deviation {
		s.deviation[j] = math.Sqrt(variance)
		// A constant feature has no information. Its deviation may differ from 0 by rounding.
		if rounding := n * s.mean[j] * epsilon; variance <= n*epsilon*variance+rounding*rounding {
			s.deviation[j] = 1
		}
	}
	return s
}

// epsilon is the distance from 1 to the next float64.
const epsilon = 1.0 / (1 << 52)

func (s scaler) apply(t tensor.Tensor) [][]float64 {
	rows := make([][]float64, t.Shape[0])
	for i := range rows {
		rows[i] = make([]float64, t.Shape[1])
		for j, v := range t.Row(i) {
			rows[i][j] = (float64(v) - s.mean[j]) / s.deviation[j]
		}
	}
	return rows
}

// regression is the problem of one class. Its unknowns are the intercept and the
// weights.
type regression struct {
	c float64
	x [][]float64
	y []float64 // 1 or -1
}

func newRegression(c float64, x [][]float64, targets tensor.Tensor, class int) regression {
	r := regression{c: c, x: x}
	for i := range x {
		r.y = append(r.y, 2*float64(targets.Row(i)[class])-1)
	}
	return r
}

// tolerance is the gradient, of each unknown, at which the fit ends.
const tolerance = 1e-6

func (r regression) fit() ([]float64, error) {
	if total := floats.Sum(r.y); math.Abs(total) == float64(len(r.y)) {
		certain := make([]float64, 1+len(r.x[0]))
		certain[0] = math.Inf(int(total))
		return certain, nil
	}
	problem := optimize.Problem{Func: r.value, Grad: r.gradient}
	settings := &optimize.Settings{GradientThreshold: tolerance, MajorIterations: 1000, Concurrent: 1,
		Converger: &optimize.FunctionConverge{Relative: 1e-12, Iterations: 20}}
	found, err := optimize.Minimize(problem, make([]float64, 1+len(r.x[0])), settings, &optimize.LBFGS{})
	if found == nil || err != nil && floats.Norm(found.Gradient, math.Inf(1)) > 1e-3 {
		return nil, fmt.Errorf("the fit did not end: %w", err)
	}
	return found.X, nil // a line search that stops at rounding errors has converged
}

func (r regression) value(w []float64) float64 {
	sum := 0.0
	for i, x := range r.x {
		sum += softplus(-r.y[i] * (floats.Dot(w[1:], x) + w[0]))
	}
	return r.c*sum + floats.Dot(w[1:], w[1:])/2
}

func (r regression) gradient(grad, w []float64) {
	copy(grad[1:], w[1:])
	grad[0] = 0
	for i, x := range r.x {
		g := -r.c * r.y[i] * sigmoid(-r.y[i]*(floats.Dot(w[1:], x)+w[0]))
		grad[0] += g
		floats.AddScaled(grad[1:], g, x)
	}
}

func softplus(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
