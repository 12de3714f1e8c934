package core

import (
	"context"

	"montage/core/tensor"
)

// Strategy is an ssl-strategy. It says, as a value, which branches are trained in which
// phases; the runner does the training. The package comment shows the field's methods as
// such plans.
//
// The names of branches and phases are part of a strategy's interface to spec authors: a
// spec configures them in the tables [branch.NAME] and [phase.NAME].
type Strategy interface {
	Plan(StrategyInput) (StrategyPlan, error)
}

// ViewTransformer is an optional interface, required of a strategy that has a view with
// Transform set. Transform makes frames and targets, such as SESEMI's rotations.
type ViewTransformer interface {
	Transform(context.Context, TransformCall) error
}

// TargetMaker is an optional interface, required of a strategy that has a branch whose
// Origin is FromOutputs. ComputeTargets makes targets, such as FixMatch's pseudo-labels.
type TargetMaker interface {
	ComputeTargets(context.Context, TargetCall) error
}

// StrategyInput is what a strategy knows of the data when it plans.
type StrategyInput struct {
	// Classes is the number of classes in the labels.
	Classes int `json:"classes"`
}

// StrategyPlan is a strategy's answer to Plan: what to train, and in which order.
type StrategyPlan struct {
	Branches []Branch `json:"branches"`
	// Phases run one after the other; a spec sets the epochs of each.
	Phases []Phase `json:"phases"`
	// Predict names the branch whose heads predict the classes.
	Predict string `json:"predict"`
	// Teacher, when set, asks the runner to keep an averaged copy of all parameters.
	Teacher *Teacher `json:"teacher,omitempty"`
}

// Phase is a set of branches that are trained together.
type Phase struct {
	Name     string   `json:"name"`
	Doc      string   `json:"doc"`
	Branches []string `json:"branches"`
}

// Source is where a branch's samples come from.
type Source string

// The sources.
const (
	Labeled   Source = "labeled"
	Unlabeled Source = "unlabeled"
	// Everything is the labelled samples without their labels, and the unlabelled ones.
	Everything Source = "everything"
)

// Unit is what one row of a head's outputs describes.
type Unit string

// The units.
const (
	// UnitSample: R = B; a head pools the frames of each sample.
	UnitSample Unit = "sample"
	// UnitFrame: R = N; every frame is a row of its own.
	UnitFrame Unit = "frame"
)

// TargetOrigin is where a branch's targets come from.
type TargetOrigin string

// The origins of targets.
const (
	// FromLabels: the sample's labels, multi-hot over the classes.
	FromLabels TargetOrigin = "labels"
	// FromTransform: the strategy's Transform writes them with the frames.
	FromTransform TargetOrigin = "transform"
	// FromOutputs: the strategy's ComputeTargets writes them, from the outputs of the views
	// without a gradient.
	FromOutputs TargetOrigin = "outputs"
	// FromNothing: the loss needs no targets.
	FromNothing TargetOrigin = "nothing"
)

// Branch is one training objective: samples, views, heads, and targets for a loss. The
// spec adds the head, loss and optimizer that it uses.
type Branch struct {
	Name   string `json:"name"`
	Doc    string `json:"doc"`
	Source Source `json:"source"`
	Unit   Unit   `json:"unit"`
	// Heads are the keys of the heads in the branch's table of the spec, in the order in
	// which features pass them. Empty means one, "head".
	Heads []string `json:"heads,omitempty"`
	// SharesHeadsOf names an earlier branch whose heads, parameters included, this branch
	// uses instead of its own; its table then has none. With SharesHeadsThrough it uses
	// them only up to and including that key, followed by its own Heads: so a later phase
	// can keep a part of what an earlier phase trained, and drop the rest.
	SharesHeadsOf      string `json:"shares_heads_of,omitempty"`
	SharesHeadsThrough string `json:"shares_heads_through,omitempty"`
	// Views are the copies of a batch that go through the model. The loss sees the rows of
	// the views with a gradient, one view after the other.
	Views []View `json:"views"`
	// Target says how targets are encoded, Origin who makes them.
	Target TargetKind   `json:"target"`
	Origin TargetOrigin `json:"origin"`
	// Outputs is the width that the last head must have, 0 for what its own options say.
	// Outcomes, when given, names its columns in reports. A branch that predicts the
	// classes leaves it empty, because the data names them.
	Outputs  int      `json:"outputs,omitempty"`
	Outcomes []string `json:"outcomes,omitempty"`
	// Reads lists the properties of a frame that the target depends on, so that the runner
	// can warn of an augmentation that destroys one.
	Reads []Property `json:"reads,omitempty"`
}

// View is one copy of a batch's frames.
type View struct {
	Name string `json:"name"`
	// Draw numbers the random choice of each sample's frames: views with the same number
	// see the same frames.
	Draw int `json:"draw,omitempty"`
	// SharesFramesOf, when set, names an earlier view whose finished frames this view uses,
	// so that teacher and student can see the same pixels.
	SharesFramesOf string `json:"shares_frames_of,omitempty"`
	// Augment applies the view's own augmentations or, if the spec gives it none, those of
	// the branch.
	Augment bool `json:"augment,omitempty"`
	// Transform passes the frames to the strategy's Transform, which writes Copies
	// versions of the batch (0 means 1), one after the other.
	Transform bool `json:"transform,omitempty"`
	Copies    int  `json:"copies,omitempty"`
	// NoGradient runs the view for ComputeTargets only, in inference mode (no dropout, no
	// batch statistics). Teacher runs it with the averaged parameters.
	NoGradient bool `json:"no_gradient,omitempty"`
	Teacher    bool `json:"teacher,omitempty"`
	// StopsAtHead names the last head that the view passes. Empty means all.
	StopsAtHead string `json:"stops_at_head,omitempty"`
}

// Teacher is an exponential moving average of the parameters, updated whenever an
// optimizer updates them: teacher = d·teacher + (1-d)·parameter, where d = Decay, or with
// Warmup d = min(Decay, (1+step)/(10+step)), step being the steps of the run before this
// one, so that the average soon forgets the random start. Buffers are copied, not averaged.
type Teacher struct {
	Decay  float64 `json:"decay"`
	Warmup bool    `json:"warmup,omitempty"`
}

// StepContext is the point in training at which the runner calls a strategy.
type StepContext struct {
	Branch string
	// Step counts the steps of the phase before this one. A step takes one batch of each
	// branch, also where the optimizer accumulates the gradients of several before it
	// updates parameters. Progress is the completed fraction of the phase, in [0, 1].
	Step     int64
	Progress float64
}

// TransformCall asks for one view's frames and, if the branch's Origin is FromTransform,
// for its targets. The caller owns all tensors; they are valid during the call.
type TransformCall struct {
	StepContext
	View string
	// Frames: uint8 [N,Size,Size,3], RGB, 0 to 255, read-only.
	Frames tensor.Tensor
	// Offsets: int32 [R+1], from 0 to N, read-only. Row r consists of frames Offsets[r] up
	// to, not including, Offsets[r+1].
	Offsets tensor.Tensor
	// Keys: uint64 [R], read-only. Every draw for row r comes from rng.Key(Keys[r]).
	Keys tensor.Tensor
	// Output: uint8 [Copies·N,Size,Size,3], RGB, 0 to 255, written. Frame n of copy c lies at
	// c·N + n. Every copy has the rows of Offsets.
	Output tensor.Tensor
	// Targets: float32 [Copies·R,T], encoded as the branch's Target says, written. Row r of
	// copy c lies at c·R + r. Weights: float32 [Copies·R], at least 0; it holds ones, which
	// may be overwritten. Both are zero Tensors when not wanted.
	Targets tensor.Tensor
	Weights tensor.Tensor
}

// TargetCall asks for targets made from outputs. The caller owns all tensors; they are
// valid during the call.
type TargetCall struct {
	StepContext
	// Outputs: float32 [R,K], one tensor for each view without a gradient, in the order of
	// the plan, read-only. They are what the last head of the view writes, usually logits.
	Outputs []tensor.Tensor
	// Labels: float32 [R,classes], multi-hot, read-only, where the source has labels; else a
	// zero Tensor.
	Labels tensor.Tensor
	// Keys: uint64 [R], read-only. Every draw for row r comes from rng.Key(Keys[r]).
	Keys tensor.Tensor
	// Targets: float32 [V·R,T], encoded as the branch's Target says, written. The rows of the
	// V views with a gradient lie one view after the other. Weights: float32 [V·R], at least
	// 0; it holds ones, which may be overwritten.
	Targets tensor.Tensor
	Weights tensor.Tensor
}
