package sdk

import (
	"context"
	"fmt"

	"montage/core"
	"montage/core/parallel"
	"montage/core/rng"
	"montage/core/tensor"
)

// Task is a proxy task: each row is transformed in one of several ways, and the target is
// the number of that way.
type Task struct {
	// Classes is the number of ways, the width of the one-hot targets.
	Classes int
	// All makes a copy of each row for each class, in order. Otherwise the class of a row is
	// drawn from its key.
	All bool
	// Transform applies the transform of a class to one frame: pixels, read-only, and output
	// are uint8 [size,size,3], RGB, 0 to 255.
	Transform func(output, pixels []uint8, size, class int)
}

// Copies returns how many versions of each frame the task makes, for core.View.
func (t Task) Copies() int {
	if t.All {
		return t.Classes
	}
	return 1
}

// Run implements the Transform method of a strategy: it writes the frames and, if wanted,
// the targets, several rows at a time. It returns core.ErrShape if the tensors do not match.
func (t Task) Run(ctx context.Context, call core.TransformCall) error {
	r, err := t.check(call)
	if err != nil {
		return err
	}
	r.draw(call)
	return r.run(ctx, call)
}

// rows is a checked call: the frames of each row, and the class of every copy of it.
type rows struct {
	Task
	frames, size, count int
	offsets             []int32
	class               []int // [copies·count]
}

func (t Task) check(call core.TransformCall) (rows, error) {
	copies := t.Copies()
	r := rows{Task: t}
	if err := Expect("frames", call.Frames, tensor.Uint8, Any, Any, Any, 3); err != nil {
		return r, err
	}
	if err := Expect("offsets", call.Offsets, tensor.Int32, Any); err != nil {
		return r, err
	}
	r.frames, r.size = call.Frames.Shape[0], call.Frames.Shape[1]
	r.offsets = call.Offsets.Int32s()
	r.count = len(r.offsets) - 1
	// Before the checks below: -1 is Any for Expect, and would fit any size.
	if r.count < 0 {
		return r, fmt.Errorf("%w: offsets are empty, not one more than the rows", core.ErrShape)
	}
	for _, err := range []error{
		Expect("frames", call.Frames, tensor.Uint8, r.frames, r.size, r.size, 3),
		Expect("keys", call.Keys, tensor.Uint64, r.count),
		Expect("output", call.Output, tensor.Uint8, copies*r.frames, r.size, r.size, 3),
		optional("targets", call.Targets, copies*r.count, t.Classes),
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
	return Expect(name, t, tensor.Float32, shape...)
}

// checkOffsets lets a row without frames pass, unlike a head: nothing here divides by its
// length.
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

// draw chooses the class of every copy of every row and writes the targets. Weights stay
// as they are: they hold ones, and every row counts alike.
func (r *rows) draw(call core.TransformCall) {
	r.class = make([]int, r.Copies()*r.count)
	for i := range r.class {
		// The copies of a row lie a whole batch apart, as core.TransformCall says.
		r.class[i] = i / max(r.count, 1)
		// From the key alone, so that a row has its class wherever in the batch it lies.
		if !r.All {
			r.class[i] = rng.Key(call.Keys.Uint64s()[i]).Rand().IntN(r.Classes)
		}
	}
	if call.Targets.IsZero() {
		return
	}
	targets := call.Targets.Float32s()
	// The runner uses the memory again, so it may hold older targets.
	clear(targets)
	for i, class := range r.class {
		targets[i*r.Classes+class] = 1
	}
}

// run transforms the frames, several rows at a time.
func (r rows) run(ctx context.Context, call core.TransformCall) error {
	pixels, output := call.Frames.Uint8s(), call.Output.Uint8s()
	length := r.size * r.size * 3
	// Every row writes frames of its own, so no lock is needed.
	parallel.For(len(r.class), func(i int) {
		row, shift := i%r.count, i/r.count*r.frames
		for n := int(r.offsets[row]); n < int(r.offsets[row+1]) && ctx.Err() == nil; n++ {
			// Frame n of copy c lies at c·frames + n.
			at := (shift + n) * length
			r.Transform(output[at:at+length], pixels[n*length:(n+1)*length], r.size, r.class[i])
		}
	})
	return ctx.Err()
}
