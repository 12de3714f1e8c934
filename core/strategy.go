package core

import (
	"context"

	"montage/core/tensor"
)

// Strategy is an ssl-strategy: it says, as a value, which branches are trained
// in which phases. The runner does the training. See the package comment for how
// the field's methods read in these terms.
type Strategy interface {
	Plan(StrategyInput) (StrategyPlan, error)
}

// Transformer is the further interface of a strategy that has a view with
// Transform set: it makes frames and targets, SESEMI's rotations for one.
type ViewTransformer interface {
	Transform(context.Context, TransformCall) error
}

// TargetMaker is the further interface of a strategy that has a branch with
// Computed targets: it makes them from outputs, FixMatch's pseudo-labels for one.
type TargetMaker interface {
	ComputeTargets(context.Context, TargetCall) error
}

// StrategyInput is what a strategy may build its program on.
type StrategyInput struct {
	// Classes is the number of classes.
	Classes int `json:"classes"`
}

// Program is what a strategy wants trained.
type StrategyPlan struct {
	Branches []Branch `json:"branches"`
	// Phases follow each other; a spec sets the epochs of each.
	Phases []Phase `json:"phases"`
	// Predict names the branch whose head predicts the classes.
	Predict string `json:"predict"`
	// Teacher, when set, asks the runner for an averaged copy of all parameters.
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
	// Everything is the labelled and the unlabelled samples, without labels.
	Everything Source = "everything"
)

// Unit is what one row of a head's output stands for.
type Unit string

// The units.
const (
	UnitSample Unit = "sample"
	UnitFrame  Unit = "frame"
)

// TargetOrigin is where a branch's targets come from.
type TargetOrigin string

// The origins of targets.
const (
	// FromLabels: the classes, multi-hot.
	FromLabels TargetOrigin = "labels"
	// FromTransform: the strategy's Transform writes them with the frames.
	FromTransform TargetOrigin = "transform"
	// FromOutputs: the strategy's ComputeTargets writes them after a pass.
	FromOutputs TargetOrigin = "outputs"
	// FromNothing: the loss needs none.
	FromNothing TargetOrigin = "nothing"
)

// Branch is one objective.
type Branch struct {
	Name   string `json:"name"`
	Doc    string `json:"doc"`
	Source Source `json:"source"`
	Unit   Unit   `json:"unit"`
	// Heads are the stages behind the backbone, by the key that names each in
	// the branch's table. Empty means one, "head".
	Heads []string `json:"heads,omitempty"`
	// Shares names an earlier branch whose heads this one uses instead of its own,
	// parameters and all; its table then has none. With Through it uses those up to
	// that key alone, and its own Heads stand behind them: so a later phase keeps a
	// part of what an earlier one trained, and drops the rest.
	SharesHeadsOf      string `json:"shares_heads_of,omitempty"`
	SharesHeadsThrough string `json:"shares_heads_through,omitempty"`
	// Views are the copies of a batch that go through the model. The rows of
	// those with a gradient, one after the other, are what the loss sees.
	Views []View `json:"views"`
	// Target and Origin say how targets are encoded and who makes them.
	Target TargetKind   `json:"target"`
	Origin TargetOrigin `json:"origin"`
	// Outputs is the width that the last head must have, 0 for what its own
	// options say. Outcomes names its columns for people, or is empty; the classes
	// need no names here.
	Outputs  int      `json:"outputs,omitempty"`
	Outcomes []string `json:"outcomes,omitempty"`
	// Reads lists what of a frame the target depends on.
	Reads []Property `json:"reads,omitempty"`
}

// View is one copy of a batch's frames.
type View struct {
	Name string `json:"name"`
	// Draw numbers the random choice of frames of each sample: views with one
	// number see the same frames.
	Draw int `json:"draw,omitempty"`
	// Of, when set, names an earlier view whose frames are used as they are.
	SharesFramesOf string `json:"shares_frames_of,omitempty"`
	// Augment applies the branch's (or the view's own) augmentations.
	Augment bool `json:"augment,omitempty"`
	// Transform hands the frames to the strategy, which makes Copies of each
	// (0 means 1), copy after copy.
	Transform bool `json:"transform,omitempty"`
	Copies    int  `json:"copies,omitempty"`
	// NoGradient makes a pass for ComputeTargets alone, with the model as used,
	// not as trained; Teacher does it with the averaged parameters.
	NoGradient bool `json:"no_gradient,omitempty"`
	Teacher    bool `json:"teacher,omitempty"`
	// Until names the last head that the view passes, empty for all.
	StopsAtHead string `json:"stops_at_head,omitempty"`
}

// Teacher is an exponential moving average of the parameters, moved after every
// update of an optimizer: teacher = d·teacher + (1-d)·parameter, with
// d = min(Decay, (1+step)/(10+step)) where Warmup is set, step being the steps (a batch of
// each branch) of the run before this one. Buffers are copied.
type Teacher struct {
	Decay  float64 `json:"decay"`
	Warmup bool    `json:"warmup,omitempty"`
}

// Moment is the place in training at which a strategy is asked.
type StepContext struct {
	Branch string
	// Step counts the steps of the phase before this one. A step takes one batch of each
	// branch, also where the optimizer accumulates the gradients of several before it
	// updates parameters. Progress is the part of the phase that is done, in [0, 1].
	Step     int64
	Progress float64
}

// TransformCall asks for one view's frames and, if they come FromTransform, targets.
type TransformCall struct {
	StepContext
	View string
	// Frames: uint8 [N,Size,Size,3], and Offsets: int32 [R+1], the rows they form.
	Frames  tensor.Tensor
	Offsets tensor.Tensor
	// Keys: uint64 [R], one for each row.
	Keys tensor.Tensor
	// Output: where to write uint8 [Copies·N,Size,Size,3]; frame n of copy c
	// lies at c·N + n. The rows of a copy are those of Offsets.
	Output tensor.Tensor
	// Targets: where to write float32 [Copies·R,T], row r of copy c at c·R + r;
	// Weights: float32 [Copies·R], all 1 unless written. Zero when not wanted.
	Targets tensor.Tensor
	Weights tensor.Tensor
}

// TargetCall asks for targets made from outputs.
type TargetCall struct {
	StepContext
	// Outputs: float32 [R,K] of each view without a gradient, in their order.
	Outputs []tensor.Tensor
	// Labels: float32 [R,classes] where the source has labels, else zero.
	Labels tensor.Tensor
	// Keys: uint64 [R].
	Keys tensor.Tensor
	// Targets and Weights: where to write, for the rows of the views with a
	// gradient, one view after the other: float32 [V·R,T] and [V·R].
	Targets tensor.Tensor
	Weights tensor.Tensor
}
