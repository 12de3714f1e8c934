package rotation

import (
	"context"
	"fmt"

	"montage/core"
	"montage/core/kernel"
	"montage/core/rng"
	"montage/core/sdk"
	"montage/core/tensor"
)

// rows is a checked call: which frames make a row, and which class every copy of
// it has.
type rows struct {
	frames, size, count, copies int
	offsets                     []int32
	class                       []int // [copies·count]
}

// check reports tensors that do not fit together, as core.ErrShape.
func check(call core.TransformCall, copies int) (rows, error) {
	r := rows{copies: copies}
	if err := sdk.Expect("frames", call.Frames, tensor.Uint8, sdk.Any, sdk.Any, sdk.Any, 3); err != nil {
		return r, err
	}
	if err := sdk.Expect("offsets", call.Offsets, tensor.Int32, sdk.Any); err != nil {
		return r, err
	}
	r.frames, r.size = call.Frames.Shape[0], call.Frames.Shape[1]
	r.offsets = call.Offsets.Int32s()
	r.count = len(r.offsets) - 1
	if r.count < 0 {
		return r, fmt.Errorf("%w: offsets are empty, not one more than the rows", core.ErrShape)
	}
	for _, err := range []error{
		sdk.Expect("frames", call.Frames, tensor.Uint8, r.frames, r.size, r.size, 3),
		sdk.Expect("keys", call.Keys, tensor.Uint64, r.count),
		sdk.Expect("output", call.Output, tensor.Uint8, copies*r.frames, r.size, r.size, 3),
		optional("targets", call.Targets, copies*r.count, classes),
		optional("weights", call.Weights, copies*r.count),
		r.checkOffsets(),
	} {
		if err != nil {
			return r, err
		}
	}
	return r, nil
}

// optional checks a tensor that the caller may leave out.
func optional(name string, t tensor.Tensor, shape ...int) error {
	if t.IsZero() {
		return nil
	}
	return sdk.Expect(name, t, tensor.Float32, shape...)
}

func (r rows) checkOffsets() error {
	end := int32(0)
	for i, o := range r.offsets {
		if o < end || i == 0 && o != 0 {
			return fmt.Errorf("%w: offsets[%d] = %d where offsets start at 0 and do not fall", core.ErrShape, i, o)
		}
		end = o
	}
	if int(end) != r.frames {
		return fmt.Errorf("%w: offsets end at %d, but there are %d frames", core.ErrShape, end, r.frames)
	}
	return nil
}

// draw fixes the class of every copy of every row and writes the targets.
func (r *rows) draw(call core.TransformCall, all bool) {
	r.class = make([]int, r.copies*r.count)
	for i := range r.class {
		r.class[i] = i / max(r.count, 1)
		if !all {
			r.class[i] = rng.Key(call.Keys.Uint64s()[i]).Rand().IntN(classes)
		}
	}
	if call.Targets.IsZero() {
		return
	}
	targets := call.Targets.Float32s()
	clear(targets)
	for i, class := range r.class {
		targets[i*classes+class] = 1
	}
}

// run turns the frames, several rows at a time.
func (r rows) run(ctx context.Context, call core.TransformCall) error {
	pixels, output := call.Frames.Uint8s(), call.Output.Uint8s()
	length := r.size * r.size * 3
	kernel.Parallel(len(r.class), func(i int) {
		row, shift := i%r.count, i/r.count*r.frames
		for n := int(r.offsets[row]); n < int(r.offsets[row+1]) && ctx.Err() == nil; n++ {
			at := (shift + n) * length
			turn(output[at:at+length], pixels[n*length:(n+1)*length], r.size, r.class[i])
		}
	})
	return ctx.Err()
}
