package rotation

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"

	"montage/core"
	"montage/core/sdk/sdktest"
	"montage/core/tensor"
)

// TestQuarterTurns is written out by hand: abc over def over ghi.
func TestQuarterTurns(t *testing.T) {
	letters := func(s string) (out []uint8) {
		for _, c := range []byte(s) {
			out = append(out, c, c+1, c+2)
		}
		return out
	}
	for quarters, want := range []string{"abcdefghi", "cfibehadg", "ihgfedcba", "gdahebifc"} {
		out := make([]uint8, 27)
		if turn(out, letters("abcdefghi"), 3, quarters); !bytes.Equal(out, letters(want)) {
			t.Errorf("%d quarter turns do not give %s", quarters, want)
		}
	}
}

// batch makes a call for rows of distinct frames of 4 px.
func batch(offsets []int32, keys []uint64, copies int) core.TransformCall {
	n, rows := int(offsets[len(offsets)-1]), len(keys)
	pixels := make([]uint8, n*48)
	for i := range pixels {
		pixels[i] = uint8(i * 7)
	}
	return core.TransformCall{
		Frames: tensor.FromUint8(pixels, n, 4, 4, 3), Offsets: tensor.FromInt32(offsets), Keys: tensor.FromUint64(keys),
		Output: tensor.New(tensor.Uint8, copies*n, 4, 4, 3), Targets: tensor.New(tensor.Float32, copies*rows, classes),
	}
}

// classOf reads the one-hot target of a row.
func classOf(t *testing.T, call core.TransformCall, row int) int {
	t.Helper()
	target := call.Targets.Float32s()[row*classes : (row+1)*classes]
	class := slices.Index(target, 1)
	if class < 0 || slices.Max(target) != 1 || slices.Index(target[class+1:], 1) >= 0 || slices.Min(target) != 0 {
		t.Fatalf("target %v is not one-hot", target)
	}
	return class
}

func TestEveryTurnOfEachRow(t *testing.T) {
	call := batch([]int32{0, 1, 3}, []uint64{1, 2}, classes)
	if err := (rotation{Turns: "all"}).Transform(context.Background(), call); err != nil {
		t.Fatal(err)
	}
	want := make([]uint8, 48)
	for c := range classes {
		for r := range 2 {
			if got := classOf(t, call, c*2+r); got != c {
				t.Errorf("row %d of copy %d has class %d", r, c, got)
			}
		}
		for n := range 3 {
			turn(want, call.Frames.Uint8s()[n*48:(n+1)*48], 4, c)
			if !bytes.Equal(want, call.Output.Uint8s()[(c*3+n)*48:][:48]) {
				t.Errorf("frame %d of copy %d is wrong", n, c)
			}
		}
	}
}

func TestOneTurnIsDrawnForEachRow(t *testing.T) {
	const rows = 400
	offsets, keys, seen := []int32{0}, []uint64{}, [classes]int{}
	for r := range rows {
		offsets, keys = append(offsets, int32(2*r+2)), append(keys, uint64(r))
	}
	call := batch(offsets, keys, 1)
	if err := (rotation{Turns: "one"}).Transform(context.Background(), call); err != nil {
		t.Fatal(err)
	}
	want := make([]uint8, 48)
	for r := range rows {
		class := classOf(t, call, r)
		seen[class]++
		for n := 2 * r; n < 2*r+2; n++ {
			turn(want, call.Frames.Uint8s()[n*48:(n+1)*48], 4, class)
			if !bytes.Equal(want, call.Output.Uint8s()[n*48:(n+1)*48]) {
				t.Fatalf("frame %d of row %d is not turned as class %d", n, r, class)
			}
		}
	}
	if slices.Min(seen[:]) < 60 { // 100 expected, more than 4 standard deviations
		t.Errorf("classes were drawn %v times", seen)
	}
}

func TestTransformRefusesWhatDoesNotFit(t *testing.T) {
	for name, spoil := range map[string]func(*core.TransformCall){
		"output":  func(c *core.TransformCall) { c.Output = tensor.New(tensor.Uint8, 2, 4, 4, 3) },
		"targets": func(c *core.TransformCall) { c.Targets = tensor.New(tensor.Float32, 2, 6) },
		"keys":    func(c *core.TransformCall) { c.Keys = tensor.New(tensor.Uint64, 3) },
		"falling": func(c *core.TransformCall) { c.Offsets = tensor.FromInt32([]int32{0, 4, 3}) },
	} {
		call := batch([]int32{0, 1, 3}, []uint64{1, 2}, 1)
		spoil(&call)
		if err := (rotation{Turns: "one"}).Transform(context.Background(), call); !errors.Is(err, core.ErrShape) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestProgram(t *testing.T) {
	p := sdktest.StrategyCase{Component: Component, Options: map[string]any{"turns": "one", "unit": "sample"}}.Check(t)
	if view := p.Branches[0].Views[0]; view.Copies != 1 || p.Branches[0].Unit != core.UnitSample {
		t.Errorf("turn is %+v", p.Branches[0])
	}
	p = sdktest.StrategyCase{Component: Component}.Check(t)
	if len(p.Branches) != 2 || len(p.Phases) != 2 || p.Predict != "supervised" {
		t.Fatalf("%+v", p)
	}
	if b := p.Branches[0]; b.Outputs != 4 || b.Views[0].Copies != 4 || b.Unit != core.UnitFrame ||
		!slices.Equal(b.Reads, []core.Property{core.Orientation}) {
		t.Errorf("turn is %+v", b)
	}
}
