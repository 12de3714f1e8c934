package core

import (
	"context"

	"montage/core/tensor"
)

// TargetKind says how a row's target is encoded.
type TargetKind string

// The encodings of targets. All are float32 [R,T].
const (
	// TargetMultiHot: any number of ones among T = K classes, zeros elsewhere.
	TargetMultiHot TargetKind = "multi-hot"
	// TargetOneHot: a distribution over T = K classes. A hard label is a single one; a
	// soft label is at least 0 everywhere and sums to one.
	TargetOneHot TargetKind = "one-hot"
	// TargetVector: T = K features that the predictions should come close to.
	TargetVector TargetKind = "vector"
	// TargetNone: T = 0; the loss compares rows with each other.
	TargetNone TargetKind = "none"
)

// ClassWeights is the name of the option, a list of numbers, through which a loss takes a
// weight for each class.
const ClassWeights = "class_weights"

// Loss turns predictions and targets into one number, and computes its gradient. Its
// Component.Doc states whether predictions are logits or probabilities, how targets are
// encoded, and the reduction over rows.
type Loss interface {
	// Plan fixes the widths. The runner calls it before Evaluate, and again after a restart.
	Plan(LossInput) (LossPlan, error)
	// Evaluate returns the loss and writes its gradient. Both cover all rows of the call,
	// with the reduction already applied.
	Evaluate(context.Context, LossCall) (float64, error)
}

// LossInput describes the calls that a loss will get.
type LossInput struct {
	// Outputs is K, the width of the predictions; TargetWidth is T.
	Outputs     int        `json:"outputs"`
	TargetWidth int        `json:"target_width"`
	Target      TargetKind `json:"target"`
	// Rows is the largest R of one call, over all views.
	Rows int `json:"rows"`
	// Views is the number V of views with a gradient, whose rows follow each other.
	Views int `json:"views"`
}

// LossPlan is a loss's answer to Plan.
type LossPlan struct {
	// Bytes is the memory that the loss itself takes for the largest call.
	Bytes int64 `json:"bytes,omitempty"`
}

// LossCall is one evaluation. The caller owns all tensors; they are valid during the call.
type LossCall struct {
	// Predictions: float32 [R,K], the outputs of the last head, read-only. Bundled heads
	// write logits or vectors, any finite number. Rows lie view after view: with V views,
	// row i of view v lies at v·R/V + i, so with two views i and i + R/2 belong together.
	Predictions tensor.Tensor
	// Targets: float32 [R,T], encoded as LossInput.Target says, read-only.
	Targets tensor.Tensor
	// Weights: float32 [R], at least 0, read-only. A loss that is a mean over rows
	// computes sum(weight·loss)/R, not sum(weight·loss)/sum(weight): a row of weight 0
	// counts as a row of loss 0, so masked rows do not raise the weight of the others.
	Weights tensor.Tensor
	// GradPredictions: float32 [R,K], written: the gradient of the returned value with
	// respect to Predictions. A zero Tensor when not wanted.
	GradPredictions tensor.Tensor
}
