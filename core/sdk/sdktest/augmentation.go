package sdktest

import (
	"bytes"
	"context"
	"testing"

	"montage/core"
	"montage/core/tensor"
)

// Augmentation is one case: an augmentation with options.
type Augmentation struct {
	Component core.Component
	Options   map[string]any
}

// Check makes sure that what becomes of a frame depends on the frame and its key
// alone, and that the frames handed in stay as they are.
func (a Augmentation) Check(t testing.TB) {
	t.Helper()
	for _, size := range []int{1, 8, 13} {
		const n = 5
		frames, keys := tensor.New(tensor.Uint8, n, size, size, 3), tensor.New(tensor.Uint64, n)
		r := source()
		for i := range frames.Uint8s() {
			frames.Uint8s()[i] = uint8(r.IntN(256))
		}
		for i := range keys.Uint64s() {
			keys.Uint64s()[i] = r.Uint64()
		}
		before := bytes.Clone(frames.Bytes())
		together := a.apply(t, frames, keys)
		if !bytes.Equal(before, frames.Bytes()) {
			t.Errorf("%s changes the frames that it reads", a.Component.Name)
		}
		length := size * size * 3
		for i := range n {
			one := tensor.FromUint8(frames.Uint8s()[i*length:(i+1)*length], 1, size, size, 3)
			alone := a.apply(t, one, tensor.FromUint64(keys.Uint64s()[i:i+1]))
			if !bytes.Equal(alone, together[i*length:(i+1)*length]) {
				t.Errorf("%s: a frame of %d px becomes something else alone than as number %d of a batch", a.Component.Name, size, i)
			}
		}
	}
	a.apply(t, tensor.New(tensor.Uint8, 0, 8, 8, 3), tensor.New(tensor.Uint64, 0))
}

// apply runs a new instance on memory that holds garbage.
func (a Augmentation) apply(t testing.TB, frames, keys tensor.Tensor) []byte {
	t.Helper()
	augmenter, err := a.Component.Augmentation(Values(t, a.Component, a.Options))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := augmenter.Plan(core.AugmentInput{Size: frames.Shape[1]}); err != nil {
		t.Fatal(err)
	}
	output := tensor.New(tensor.Uint8, frames.Shape...)
	for i := range output.Uint8s() {
		output.Uint8s()[i] = uint8(i*31 + frames.Shape[0])
	}
	if err := augmenter.Apply(context.Background(), core.AugmentCall{Frames: frames, Keys: keys, Output: output}); err != nil {
		t.Fatal(err)
	}
	return output.Bytes()
}
