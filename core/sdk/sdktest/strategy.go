package sdktest

import (
	"bytes"
	"context"
	"testing"

	"montage/core"
	"montage/core/tensor"
)

// Strategy is one case: a strategy with options.
type Strategy struct {
	Component core.Component
	Options   map[string]any
}

// Check makes sure that the program holds together, that the strategy has the
// methods which its views ask for, and that its transforms are pure. It returns
// the program for five classes.
func (s Strategy) Check(t testing.TB) core.Program {
	t.Helper()
	strategist, err := s.Component.Strategy(Values(t, s.Component, s.Options))
	if err != nil {
		t.Fatal(err)
	}
	program, err := strategist.Program(core.StrategyInput{Classes: 5})
	if err != nil {
		t.Fatal(err)
	}
	if err := program.Check(); err != nil {
		t.Error(err)
	}
	for _, b := range program.Branches {
		if _, ok := strategist.(core.Targeter); b.Origin == core.FromOutputs && !ok {
			t.Errorf("branch %s wants computed targets, but the strategy has no ComputeTargets", b.Name)
		}
		for _, v := range b.Views {
			if v.Transform {
				s.transform(t, b, v)
			}
		}
	}
	return program
}

// transform compares a batch with its rows alone, and with memory of other garbage.
func (s Strategy) transform(t testing.TB, b core.Branch, v core.View) {
	t.Helper()
	const size = 6
	length, copies := size*size*3, max(v.Copies, 1)
	offsets, keys := []int32{0, 2, 3, 6}, []uint64{3, 1 << 40, 77}
	pixels := make([]uint8, 6*length)
	r := source()
	for i := range pixels {
		pixels[i] = uint8(r.IntN(256))
	}
	call := func(from, to int, garbage uint8) core.TransformCall {
		first, last := int(offsets[from]), int(offsets[to])
		c := core.TransformCall{Moment: core.Moment{Branch: b.Name}, View: v.Name,
			Frames: tensor.FromUint8(pixels[first*length:last*length], last-first, size, size, 3),
			Keys:   tensor.FromUint64(keys[from:to]), Offsets: tensor.New(tensor.Int32, to-from+1),
			Output: tensor.New(tensor.Uint8, copies*(last-first), size, size, 3)}
		if b.Origin == core.FromTransform {
			c.Targets = tensor.New(tensor.Float32, copies*(to-from), b.Outputs)
		}
		for i := range c.Offsets.Int32s() {
			c.Offsets.Int32s()[i] = offsets[from+i] - offsets[from]
		}
		for _, memory := range [][]byte{c.Output.Bytes(), c.Targets.Bytes()} {
			for i := range memory {
				memory[i] = garbage
			}
		}
		s.run(t, c)
		return c
	}
	all := call(0, 3, 1)
	if again := call(0, 3, 200); !bytes.Equal(all.Output.Bytes(), again.Output.Bytes()) || !bytes.Equal(all.Targets.Bytes(), again.Targets.Bytes()) {
		t.Errorf("branch %s, view %s: a repeated transform gives other bytes", b.Name, v.Name)
	}
	last := call(2, 3, 1)
	for c := range copies {
		whole, part := all.Output.Bytes()[(c*6+3)*length:(c*6+6)*length], last.Output.Bytes()[c*3*length:(c+1)*3*length]
		if !bytes.Equal(whole, part) {
			t.Errorf("branch %s, view %s: the place of a row in the batch counts", b.Name, v.Name)
		}
	}
}

func (s Strategy) run(t testing.TB, call core.TransformCall) {
	t.Helper()
	strategist, err := s.Component.Strategy(Values(t, s.Component, s.Options))
	if err != nil {
		t.Fatal(err)
	}
	transformer, ok := strategist.(core.Transformer)
	if !ok {
		t.Fatalf("view %s wants a transform, but the strategy has no Transform", call.View)
	}
	if err := transformer.Transform(context.Background(), call); err != nil {
		t.Fatal(err)
	}
}
