package sesemi

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"montage/core"
	"montage/core/sdk/sdktest"
	"montage/core/tensor"
)

func instance(t *testing.T, raw map[string]any) core.Strategy {
	t.Helper()
	s, err := Component.Strategy(sdktest.Values(t, Component, raw))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// letters makes an image of one letter a pixel; reading gives it back.
func letters(s string) []uint8 {
	var out []uint8
	for _, c := range []byte(s) {
		out = append(out, c, c+1, c+2)
	}
	return out
}

// TestClasses is written out by hand: abc over def over ghi, turned and flipped.
func TestClasses(t *testing.T) {
	for class, want := range []string{"abcdefghi", "cfibehadg", "ihgfedcba", "gdahebifc", "cbafedihg", "ghidefabc"} {
		out := make([]uint8, 27)
		transform(out, letters("abcdefghi"), 3, class)
		if !bytes.Equal(out, letters(want)) {
			t.Errorf("class %d does not give %s", class, want)
		}
	}
}

// batch makes a call of rows of 2, 0+1, 3 … frames with distinct pixels.
func batch(offsets []int32, keys []uint64, copies int) core.TransformCall {
	n, rows := int(offsets[len(offsets)-1]), len(keys)
	pixels := make([]uint8, n*4*4*3)
	for i := range pixels {
		pixels[i] = uint8(i * 7)
	}
	return core.TransformCall{
		Frames: tensor.FromUint8(pixels, n, 4, 4, 3), Offsets: tensor.FromInt32(offsets), Keys: tensor.FromUint64(keys),
		Output:  tensor.New(tensor.Uint8, copies*n, 4, 4, 3),
		Targets: tensor.New(tensor.Float32, copies*rows, classes), Weights: tensor.New(tensor.Float32, copies*rows),
	}
}

func run(t *testing.T, s core.Strategy, call core.TransformCall) {
	t.Helper()
	if err := s.(core.ViewTransformer).Transform(context.Background(), call); err != nil {
		t.Fatal(err)
	}
}

func label(t *testing.T, row []float32) int {
	t.Helper()
	found := -1
	for i, v := range row {
		if v == 1 && found < 0 {
			found = i
		} else if v != 0 {
			t.Fatalf("target %v is not one-hot", row)
		}
	}
	return found
}

func TestOneClassForEachSample(t *testing.T) {
	offsets, keys := []int32{0, 2, 3, 6}, []uint64{11, 22, 33}
	call := batch(offsets, keys, 1)
	run(t, instance(t, nil), call)
	for r := range keys {
		class := label(t, call.Targets.Float32s()[r*classes:(r+1)*classes])
		want := make([]uint8, 48)
		for n := offsets[r]; n < offsets[r+1]; n++ {
			transform(want, call.Frames.Uint8s()[n*48:(n+1)*48], 4, class)
			if !bytes.Equal(want, call.Output.Uint8s()[n*48:(n+1)*48]) {
				t.Errorf("frame %d of row %d is not transformed as class %d", n, r, class)
			}
		}
	}
	alone := batch([]int32{0, 3}, keys[2:], 1)
	run(t, instance(t, nil), alone)
	if a, b := label(t, alone.Targets.Float32s()), label(t, call.Targets.Float32s()[2*classes:]); a != b {
		t.Errorf("one key draws class %d in one batch and %d in another", b, a)
	}
}

func TestEveryClassIsDrawn(t *testing.T) {
	const rows = 600
	offsets, keys, seen := []int32{0}, []uint64{}, [classes]int{}
	for r := range rows {
		offsets, keys = append(offsets, int32(r+1)), append(keys, uint64(r))
	}
	call := batch(offsets, keys, 1)
	run(t, instance(t, map[string]any{"unit": "frame"}), call)
	for r := range rows {
		seen[label(t, call.Targets.Float32s()[r*classes:(r+1)*classes])]++
	}
	for class, n := range seen {
		if n < 60 || n > 140 { // 100 expected, more than 4 standard deviations
			t.Errorf("class %d was drawn %d times of %d", class, n, rows)
		}
	}
}

func TestAllClassesOfEachRow(t *testing.T) {
	call := batch([]int32{0, 1, 3}, []uint64{1, 2}, classes)
	run(t, instance(t, map[string]any{"transforms": "all"}), call)
	want := make([]uint8, 48)
	for c := range classes {
		for r := range 2 {
			if got := label(t, call.Targets.Float32s()[(c*2+r)*classes:][:classes]); got != c {
				t.Errorf("row %d of copy %d has class %d", r, c, got)
			}
		}
		for n := range 3 {
			transform(want, call.Frames.Uint8s()[n*48:(n+1)*48], 4, c)
			if !bytes.Equal(want, call.Output.Uint8s()[(c*3+n)*48:][:48]) {
				t.Errorf("frame %d of copy %d is wrong", n, c)
			}
		}
	}
}

func TestTransformRefusesWhatDoesNotFit(t *testing.T) {
	for name, spoil := range map[string]func(*core.TransformCall){
		"output":      func(c *core.TransformCall) { c.Output = tensor.New(tensor.Uint8, 2, 4, 4, 3) },
		"targets":     func(c *core.TransformCall) { c.Targets = tensor.New(tensor.Float32, 2, 5) },
		"keys":        func(c *core.TransformCall) { c.Keys = tensor.New(tensor.Uint64, 3) },
		"no offsets":  func(c *core.TransformCall) { c.Offsets = tensor.New(tensor.Int32, 0) },
		"falling":     func(c *core.TransformCall) { c.Offsets = tensor.FromInt32([]int32{0, 4, 3}) },
		"beyond":      func(c *core.TransformCall) { c.Offsets = tensor.FromInt32([]int32{0, 1, 9}) },
		"not at zero": func(c *core.TransformCall) { c.Offsets = tensor.FromInt32([]int32{1, 2, 3}) },
	} {
		call := batch([]int32{0, 1, 3}, []uint64{1, 2}, 1)
		spoil(&call)
		if err := instance(t, nil).(core.ViewTransformer).Transform(context.Background(), call); !errors.Is(err,
			core.ErrShape) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestProgram(t *testing.T) {
	sdktest.StrategyCase{Component: Component}.Check(t)
	p := sdktest.StrategyCase{Component: Component,
		Options: map[string]any{"unit": "frame", "transforms": "all"}}.Check(t)
	if len(p.Branches) != 2 || len(p.Phases) != 1 || p.Phases[0].Name != "joint" || p.Predict != "supervised" {
		t.Fatalf("%+v", p)
	}
	supervised, proxy := p.Branches[0], p.Branches[1]
	if supervised.Outputs != 5 || supervised.Unit != core.UnitSample || proxy.Outputs != 6 ||
		proxy.Unit != core.UnitFrame {
		t.Errorf("supervised is %+v, proxy is %+v", supervised, proxy)
	}
	if view := proxy.Views[0]; !view.Transform || view.Copies != 6 || len(proxy.Reads) != 2 {
		t.Errorf("proxy is %+v", proxy)
	}
}
