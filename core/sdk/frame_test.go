package sdk

import (
	"context"
	"errors"
	"strings"
	"testing"

	"montage/core"
	"montage/core/tensor"
)

func augmentCall() core.AugmentationCall {
	return core.AugmentationCall{Frames: tensor.New(tensor.Uint8, 2, 4, 4, 3), Keys: tensor.FromUint64([]uint64{5, 6}),
		Output: tensor.New(tensor.Uint8, 2, 4, 4, 3)}
}

func TestEachFrameHandsOutEveryFrame(t *testing.T) {
	call := augmentCall()
	err := EachFrame(context.Background(), call, func(f Frame) {
		if f.Size != 4 || len(f.Pixels) != 48 || len(f.Output) != 48 {
			t.Errorf("a frame of size %d with %d and %d pixels", f.Size, len(f.Pixels), len(f.Output))
		}
		f.Output[47] = uint8(f.Key)
	})
	if out := call.Output.Uint8s(); err != nil || out[47] != 5 || out[95] != 6 {
		t.Errorf("got %v, %v", out, err)
	}
}

func TestEachFrameRefuses(t *testing.T) {
	for name, spoil := range map[string]func(*core.AugmentationCall){
		"not square": func(c *core.AugmentationCall) { c.Frames = tensor.New(tensor.Uint8, 2, 4, 5, 3) },
		"grey":       func(c *core.AugmentationCall) { c.Frames = tensor.New(tensor.Uint8, 2, 4, 4, 1) },
		"keys":       func(c *core.AugmentationCall) { c.Keys = tensor.New(tensor.Uint64, 1) },
		"output":     func(c *core.AugmentationCall) { c.Output = tensor.New(tensor.Uint8, 1, 4, 4, 3) },
		"dtype":      func(c *core.AugmentationCall) { c.Output = tensor.New(tensor.Float32, 2, 4, 4, 3) },
	} {
		call := augmentCall()
		spoil(&call)
		err := EachFrame(context.Background(), call, func(Frame) { t.Errorf("%s: a frame was handed out", name) })
		if !errors.Is(err, core.ErrShape) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if err := EachFrame(ended, augmentCall(), func(Frame) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended call gave %v", err)
	}
}

func TestExpectNamesBothShapes(t *testing.T) {
	err := Expect("frames", tensor.New(tensor.Uint8, 2, 3), tensor.Float32, Any, 4)
	if err == nil || !strings.Contains(err.Error(), "frames is uint8[2 3], not float32[* 4]") {
		t.Errorf("got %v", err)
	}
	if err := Expect("frames", tensor.New(tensor.Uint8, 2, 3), tensor.Uint8, Any, 3); err != nil {
		t.Error(err)
	}
}
