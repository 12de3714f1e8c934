package core

import (
	"context"

	"montage/core/tensor"
)

// Property is a feature of a frame that an augmentation may destroy and that a branch's
// target may depend on. The runner warns before training where both meet.
type Property string

// The properties.
const (
	// Orientation: which way is up.
	Orientation Property = "orientation"
	// Handedness: what is left and what is right.
	Handedness Property = "handedness"
)

// Augmentation changes frames. Equal frames, options and keys give equal results,
// whatever else is in the batch. Its Component.Doc states the pixel range, the
// probability, and the units of its options.
type Augmentation interface {
	// Plan says what the augmentation does to a frame. The runner calls it before Apply.
	Plan(AugmentationInput) (AugmentationPlan, error)
	// Apply writes the changed frames.
	Apply(context.Context, AugmentationCall) error
}

// AugmentationInput describes the calls that an augmentation will get.
type AugmentationInput struct {
	// Size is the side of the square frames, in pixels.
	Size int `json:"size"`
}

// AugmentationPlan is an augmentation's answer to Plan.
type AugmentationPlan struct {
	// Destroys lists the properties that a target can no longer depend on.
	Destroys []Property `json:"destroys,omitempty"`
}

// AugmentationCall is one batch of frames. The caller owns all tensors; they are valid
// during the call.
type AugmentationCall struct {
	// Frames: uint8 [N,Size,Size,3], RGB, 0 to 255, read-only.
	Frames tensor.Tensor
	// Keys: uint64 [N], read-only. Every draw for frame n comes from rng.Key(Keys[n]), so
	// that the order of frames and the number of threads do not matter.
	Keys tensor.Tensor
	// Output: uint8 [N,Size,Size,3], RGB, 0 to 255, written.
	Output tensor.Tensor
}
