package core

import (
	"context"
	"time"

	"montage/core/tensor"
)

// Module is a backbone or a head. Most authors write neither of its methods but one
// graph-building function, from which package sdk makes all three.
//
// A module owns no state. Whatever it needs comes with the call, and a repeated call
// gives the same bytes, in this process or another. That is what lets the runner restart
// a plugin in the middle of a step.
type Module interface {
	// Plan fixes parameters and widths for the calls to come. The runner calls it before
	// any other method, and again when the plugin is restarted.
	Plan(ModuleInput) (ModulePlan, error)
	// Forward writes Output and, when training, Updates.
	Forward(context.Context, ModuleForward) error
	// Backward writes gradients. A module may use what it kept of the Forward with the
	// same ForwardID, but must be able to compute it again: the plugin may have been
	// restarted in between.
	Backward(context.Context, ModuleBackward) error
}

// ModuleInput describes the calls that a module will get.
type ModuleInput struct {
	// Size is the side of the square frames in pixels, for a backbone.
	Size int `json:"size,omitempty"`
	// Features is the width D of the rows, for a head.
	Features int `json:"features,omitempty"`
	// Outputs is the width K that the branch needs of a head, 0 for any.
	Outputs int `json:"outputs,omitempty"`
	// Frames and Rows are the largest N and R of one call.
	Frames int `json:"frames"`
	Rows   int `json:"rows,omitempty"`
	// Gradient reports whether Backward may be called, InputGradient whether it will be
	// asked for the gradient with respect to the features.
	Gradient      bool `json:"gradient,omitempty"`
	InputGradient bool `json:"input_gradient,omitempty"`
	// MicroBatch is the most frames that the trained layers of a backbone take at once, 0
	// for as many as memory allows. It changes gradients by rounding alone, except where
	// layers use batch statistics, which then come from fewer frames.
	MicroBatch int `json:"micro_batch,omitempty"`
	// Profile asks for Stages as fine as the module can time, and a Timed module for the
	// time of each.
	Profile bool `json:"profile,omitempty"`
}

// ModulePlan is a module's answer to Plan.
type ModulePlan struct {
	// Params are the parameters and buffers, in the order in which every call carries them.
	Params []Param `json:"params"`
	// Outputs is the width of the rows that Forward writes: D of a backbone, K of a head.
	Outputs int `json:"outputs"`
	// Stages describe the module from input to output, for people.
	Stages []Stage `json:"stages,omitempty"`
	// FrozenPrefix is the shape of one frame's output of the frozen prefix of a backbone.
	// It is empty where the backbone has none that can be cached: nothing is frozen, the
	// prefix draws random numbers or mixes frames, or more than one value leaves it.
	FrozenPrefix []int `json:"frozen_prefix,omitempty"`
	// Bytes is the memory that the module itself takes for the largest call.
	Bytes int64 `json:"bytes,omitempty"`
	// Notes are remarks for the user, which runner plan prints.
	Notes []string `json:"notes,omitempty"`
}

// Param is one parameter or buffer, float32, held by the runner.
type Param struct {
	// Name is unique in the module. Bundled models use torchvision's names, so that
	// weights files load without a table of names.
	Name  string `json:"name"`
	Shape []int  `json:"shape"`
	Init  Init   `json:"init"`
	// Buffer marks state that no optimizer changes, such as running statistics.
	Buffer bool `json:"buffer,omitempty"`
	// Frozen parameters get no gradient, and frozen buffers no update.
	Frozen bool `json:"frozen,omitempty"`
	// NoDecay exempts the parameter from weight decay, as is usual for norms and biases.
	NoDecay bool `json:"no_decay,omitempty"`
}

// Init says how the runner fills a parameter that no weights file provides.
type Init struct {
	// Kind is constant (Value), uniform (in ±Value) or normal (mean 0, standard deviation
	// Value).
	Kind  string  `json:"kind"`
	Value float64 `json:"value"`
}

// Stage is one part of a module as plan prints it.
type Stage struct {
	Name string `json:"name"`
	// Output is the shape with axis letters, such as [N,56,56,256].
	Output    string `json:"output,omitempty"`
	Params    int    `json:"params"`
	Trainable int    `json:"trainable"`
	// Operations counts the multiplications and additions of matrix products and
	// convolutions in a forward, for one frame of a backbone or one row of a head. It is 0
	// where the module does not know.
	Operations int64 `json:"operations,omitempty"`
}

// Timed is an optional interface of a Module that measures its stages. The runner uses
// it where ModuleInput.Profile was set.
type Timed interface {
	// Times returns the time that the last Forward or Backward took, one entry for each
	// stage of the plan, or nothing where the module did not measure.
	Times() []time.Duration
}

// ModuleCall is what Forward and Backward have in common. The caller owns all tensors;
// they are read-only and valid during the call.
type ModuleCall struct {
	// ForwardID names this evaluation. A Backward has the ID of its Forward.
	ForwardID uint64
	// Train distinguishes training (dropout, batch statistics) from inference.
	Train bool
	// Frames, for a backbone: uint8 [N,Size,Size,3], RGB, 0 to 255.
	Frames tensor.Tensor
	// PrefixFeatures, for a backbone whose plan has a FrozenPrefix: float32
	// [N,FrozenPrefix...], the prefix's output for the frames, from the cache. It replaces
	// Frames, which is then a zero Tensor.
	PrefixFeatures tensor.Tensor
	// Features, for a head: float32 [N,D]. Offsets: int32 [R+1], from 0 to N and rising:
	// row r consists of features Offsets[r] up to, not including, Offsets[r+1]; at least one.
	Features tensor.Tensor
	Offsets  tensor.Tensor
	// Keys are the random keys of the frames of a backbone, uint64 [N], or of the rows of a
	// head, uint64 [R].
	Keys tensor.Tensor
	// Params are the parameters and buffers of the plan, float32, in its order.
	Params []tensor.Tensor
	// Revision identifies the values of the Frozen Params, buffers included. Calls with
	// equal revisions have equal values, so a module may reuse what it derived from them,
	// such as repacked weights. 0 is unknown: nothing may be reused.
	Revision uint64
}

// ModuleForward asks for outputs. The caller owns the memory that is written.
type ModuleForward struct {
	ModuleCall
	// Gradient reports whether a Backward with this ForwardID may follow.
	Gradient bool
	// Output: float32 [N,D] of a backbone, [R,K] of a head, written.
	Output tensor.Tensor
	// PrefixOutput: float32 [N,FrozenPrefix...], written. When set, it asks for the frozen
	// prefix of Frames alone, and Output, Gradient, Train and Updates are zero. A frame's
	// values must not depend on the other frames of the call, because they are cached
	// frame by frame.
	PrefixOutput tensor.Tensor
	// Updates: float32, the new values of the buffers, written, in the order of Params with
	// zero Tensors for parameters. Empty when not training. They do not replace the
	// buffers until the whole step has succeeded.
	Updates []tensor.Tensor
}

// ModuleBackward asks for gradients. A zero Tensor is a gradient that is not wanted. The
// caller owns the memory that is written.
type ModuleBackward struct {
	ModuleCall
	// GradOutput: the gradient of the loss with respect to Output, of its dtype and shape,
	// read-only.
	GradOutput tensor.Tensor
	// GradInput: float32 [N,D], the gradient with respect to Features, for a head, written.
	GradInput tensor.Tensor
	// GradParams: float32, the gradients with respect to Params, in their order, written.
	GradParams []tensor.Tensor
}
