package core

import (
	"context"
	"time"

	"montage/core/tensor"
)

// Layer is a backbone or a head. Most authors write neither of its methods but a
// graph-building function, from which package sdk makes all three.
//
// A layer owns no state. Whatever it needs comes with the call, and a call that
// is repeated, in this process or another, gives the same bytes.
type Module interface {
	// Plan fixes parameters and widths for what the layer will be fed. It is
	// called before any other method, and again when the layer is restarted.
	Plan(ModuleInput) (ModulePlan, error)
	// Forward writes Output and, when training, Updates.
	Forward(context.Context, ModuleForward) error
	// Backward writes gradients. A layer may use what it kept of the Forward
	// with the same Token, and must be able to do without: the runner may have
	// restarted it in between.
	Backward(context.Context, ModuleBackward) error
}

// ModuleInput says what a layer will be fed.
type ModuleInput struct {
	// Size is the side of the square frames, for a backbone.
	Size int `json:"size,omitempty"`
	// Features is the width D of the rows, for a head.
	Features int `json:"features,omitempty"`
	// Outputs is the width that the branch needs of a head, 0 for any.
	Outputs int `json:"outputs,omitempty"`
	// Frames and Rows are the most that one call will hold: N and R.
	Frames int `json:"frames"`
	Rows   int `json:"rows,omitempty"`
	// Gradient tells that Backward may be called, InputGradient that it will be
	// asked for the gradient of the features.
	Gradient      bool `json:"gradient,omitempty"`
	InputGradient bool `json:"input_gradient,omitempty"`
	// MicroBatch is the most frames that the trained part of a backbone is to take
	// at once, 0 for as many as memory allows. It changes gradients by rounding
	// alone, but for statistics of the batch, which are then those of fewer frames.
	MicroBatch int `json:"micro_batch,omitempty"`
	// Profile asks for Stages as fine as the layer can tell apart, and a Timed layer
	// for what each of them takes.
	Profile bool `json:"profile,omitempty"`
}

// ModulePlan is a layer's answer.
type ModulePlan struct {
	// Params are the parameters and buffers, in the order in which every call
	// carries them.
	Params []Param `json:"params"`
	// Outputs is the width D of the rows that Forward writes.
	Outputs int `json:"outputs"`
	// Stages describe the layer from input to output, for people.
	Stages []Stage `json:"stages,omitempty"`
	// FrozenPrefix is the shape of what the part of a backbone that nothing changes makes of
	// one frame. It is empty where a backbone cannot be cut behind that part: nothing
	// is frozen, frames are drawn upon or mixed, or more than one value leaves it.
	FrozenPrefix []int `json:"frozen_prefix,omitempty"`
	// Bytes is the memory that the layer itself takes for the largest call.
	Bytes int64 `json:"bytes,omitempty"`
	// Notes are what a user should know besides, for plan to print.
	Notes []string `json:"notes,omitempty"`
}

// Param is one parameter or buffer, held by the runner in float32.
type Param struct {
	// Name is unique in the layer; bundled models use torchvision's names.
	Name  string `json:"name"`
	Shape []int  `json:"shape"`
	Init  Init   `json:"init"`
	// Buffer marks state that no optimizer touches, such as running statistics.
	Buffer bool `json:"buffer,omitempty"`
	// Frozen parameters get no gradient, and frozen buffers no update.
	Frozen bool `json:"frozen,omitempty"`
	// NoDecay exempts norms and biases from weight decay.
	NoDecay bool `json:"no_decay,omitempty"`
}

// Init says how the runner fills a parameter that no weights file gives.
type Init struct {
	// Kind is constant (Value), uniform (in ±Value) or normal (standard
	// deviation Value).
	Kind  string  `json:"kind"`
	Value float64 `json:"value"`
}

// Stage is one step of a layer as plan prints it.
type Stage struct {
	Name string `json:"name"`
	// Output is the shape with axis letters, such as [N,56,56,256].
	Output    string `json:"output,omitempty"`
	Params    int    `json:"params"`
	Trainable int    `json:"trainable"`
	// Operations are the multiplications and additions of the matrix products and
	// convolutions of a forward, for one frame of a backbone or one row of a head; 0
	// where the layer does not tell.
	Operations int64 `json:"operations,omitempty"`
}

// Timed is what a Layer may be besides: it says what the last Forward or Backward
// took, by the stages of its plan. It is asked where ModuleInput.Profile was set.
type Timed interface {
	// Times returns nothing where the layer did not measure.
	Times() []time.Duration
}

// ModuleCall is what Forward and Backward have in common.
type ModuleCall struct {
	// Token names this evaluation. A Backward has its Forward's token.
	ForwardID uint64
	// Train tells a training forward (dropout, batch statistics) from use.
	Train bool
	// Frames, for a backbone: uint8 [N,Size,Size,3], RGB, 0 to 255.
	Frames tensor.Tensor
	// FrozenPrefix, for a backbone whose plan has one, stands in for Frames, which are then
	// zero: float32 [N,FrozenPrefix...], what its frozen prefix made of them.
	PrefixFeatures tensor.Tensor
	// Features, for a head: float32 [N,D], and Offsets: int32 [R+1], row r being
	// made of the features Offsets[r] to Offsets[r+1], at least one.
	Features tensor.Tensor
	Offsets  tensor.Tensor
	// Keys are the random keys of the frames (backbone) or rows (head): uint64 [N] or [R].
	Keys tensor.Tensor
	// Params are the parameters and buffers of the plan, float32, read-only.
	Params []tensor.Tensor
	// Revision names the values of those Params that are Frozen, buffers among
	// them: equal revisions, equal values, so that what was made of them may be used
	// again. 0 is unknown, and nothing may be.
	Revision uint64
}

// ModuleForward asks for outputs.
type ModuleForward struct {
	ModuleCall
	// Gradient tells that a Backward with this token may follow.
	Gradient bool
	// Output is where to write: float32 [N,D] of a backbone, [R,K] of a head.
	Output tensor.Tensor
	// PrefixOutput asks for the frozen prefix of Frames alone, and is where to write it: float32
	// [N,FrozenPrefix...]. Output, Gradient, Train and Updates are then zero. A frame's values
	// depend on no other frame of the call.
	PrefixOutput tensor.Tensor
	// Updates is where to write the new values of the buffers, in the order of
	// Params, zero tensors for parameters. Empty when not training.
	Updates []tensor.Tensor
}

// ModuleBackward asks for gradients. Zero tensors are not wanted.
type ModuleBackward struct {
	ModuleCall
	// GradOutput is the gradient of the objective by Output, of its shape.
	GradOutput tensor.Tensor
	// GradInput is where to write the gradient by Features, for a head.
	GradInput tensor.Tensor
	// GradParams is where to write the gradients, in the order of Params.
	GradParams []tensor.Tensor
}
