package core

import (
	"context"

	"montage/core/tensor"
)

// Property is something of a frame that an augmentation may destroy and a
// branch's target may depend on. The plan warns where both meet.
type Property string

// The properties.
const (
	// Orientation: which way is up.
	Orientation Property = "orientation"
	// Handedness: what is left and what is right.
	Handedness Property = "handedness"
)

// Augmentation changes frames. Equal frames, options and keys give equal results.
type Augmentation interface {
	// Plan says what the augmentation does to a frame, before Apply.
	Plan(AugmentationInput) (AugmentationPlan, error)
	// Apply writes the changed frames.
	Apply(context.Context, AugmentationCall) error
}

// AugmentationInput says what an augmentation will be fed.
type AugmentationInput struct {
	// Size is the side of the square frames.
	Size int `json:"size"`
}

// AugmentationPlan is an augmentation's answer.
type AugmentationPlan struct {
	// Destroys lists the properties that a target can no longer depend on.
	Destroys []Property `json:"destroys,omitempty"`
}

// AugmentationCall is one batch of frames.
type AugmentationCall struct {
	// Frames: uint8 [N,Size,Size,3], RGB, 0 to 255, read-only.
	Frames tensor.Tensor
	// Keys: uint64 [N]; every draw for frame n comes from rng.Key(Keys[n]).
	Keys tensor.Tensor
	// Output: where to write, of the same shape as Frames.
	Output tensor.Tensor
}
