package sdk

import (
	"context"

	"montage/core"
	"montage/core/parallel"
	"montage/core/rng"
	"montage/core/tensor"
)

// Frame is one frame of an augmentation's batch.
type Frame struct {
	// Size is the side in pixels.
	Size int
	// Key is the root of every draw for this frame.
	Key rng.Key
	// Pixels: uint8 [Size,Size,3], RGB, 0 to 255, read-only. Output has the same layout;
	// every element must be written.
	Pixels, Output []uint8
}

// EachFrame runs change for every frame of a call, several at a time. The order does not
// matter, because each frame draws from its own key.
//
// Errors: core.ErrShape if the tensors of the call do not match each other; the context's
// error if it ended before the last frame.
func EachFrame(ctx context.Context, call core.AugmentationCall, change func(Frame)) error {
	// First the rank alone, so that the next line may look into the shape.
	if err := Expect("frames", call.Frames, tensor.Uint8, Any, Any, Any, 3); err != nil {
		return err
	}
	n, size := call.Frames.Shape[0], call.Frames.Shape[1]
	for _, err := range []error{
		Expect("frames", call.Frames, tensor.Uint8, n, size, size, 3),
		Expect("keys", call.Keys, tensor.Uint64, n),
		Expect("output", call.Output, tensor.Uint8, n, size, size, 3),
	} {
		if err != nil {
			return err
		}
	}
	pixels, keys, output := call.Frames.Uint8s(), call.Keys.Uint64s(), call.Output.Uint8s()
	length := size * size * 3
	// Frames write to parts of the output that do not overlap, so no lock is needed. The
	// loop cannot be left early: once the context has ended, it passes over what remains.
	parallel.For(n, func(i int) {
		if ctx.Err() != nil {
			return
		}
		change(Frame{Size: size, Key: rng.Key(keys[i]),
			Pixels: pixels[i*length : (i+1)*length], Output: output[i*length : (i+1)*length]})
	})
	return ctx.Err()
}
