package core

import (
	"context"

	"montage/core/tensor"
)

// TargetKind says how a row's target is encoded.
type TargetKind string

// The encodings of targets. All are float32 [R,T].
const (
	// TargetMultiHot: any number of ones among T = K classes.
	TargetMultiHot TargetKind = "multi-hot"
	// TargetOneHot: one class of T = K; a soft row sums to one.
	TargetOneHot TargetKind = "one-hot"
	// TargetVector: T = K features to come close to.
	TargetVector TargetKind = "vector"
	// TargetNone: T = 0; the loss compares rows with each other.
	TargetNone TargetKind = "none"
)

// Objective is a loss: a number from predictions and targets, and its gradient.
type Loss interface {
	// Plan fixes the widths, before Evaluate.
	Plan(LossInput) (LossPlan, error)
	// Evaluate returns the value and writes the gradient.
	Evaluate(context.Context, LossCall) (float64, error)
}

// LossInput says what a loss will be fed.
type LossInput struct {
	// Outputs is K, the width of the predictions; TargetWidth is T.
	Outputs     int        `json:"outputs"`
	TargetWidth int        `json:"target_width"`
	Target      TargetKind `json:"target"`
	// Rows is the most that one call will hold, over all views.
	Rows int `json:"rows"`
	// Views is the number of views whose rows follow each other.
	Views int `json:"views"`
}

// LossPlan is a loss's answer.
type LossPlan struct {
	// Bytes is the memory that the loss itself takes for the largest call.
	Bytes int64 `json:"bytes,omitempty"`
}

// LossCall is one evaluation.
type LossCall struct {
	// Predictions: float32 [R,K], what the head put out (bundled heads: logits).
	// Rows lie view after view: with V views, rows i and i + R/V belong together.
	Predictions tensor.Tensor
	// Targets: float32 [R,T].
	Targets tensor.Tensor
	// Weights: float32 [R], at least 0. A loss that is a mean over rows is
	// sum(weight·loss)/R: a row of weight 0 counts as a row of loss 0.
	Weights tensor.Tensor
	// GradPredictions is where to write the gradient, zero when not wanted.
	GradPredictions tensor.Tensor
}
