package graph_test

import (
	"math"
	"testing"

	"montage/core/graph"
	"montage/core/internal/exec"
	"montage/core/rng"
	"montage/core/tensor"
)

func dropoutOf(t *testing.T, train bool, rows int) func(x tensor.Tensor, keys ...uint64) []float32 {
	t.Helper()
	p, err := exec.Compile(exec.Spec{Train: train, Limits: map[string]int{"R": rows},
		Build: build(func(b *graph.Builder) {
			x := b.Input("x", tensor.Float32, graph.Sym("R"), graph.Fixed(1000))
			b.Output("first", graph.Dropout(x, 0.25))
			b.Output("second", graph.Dropout(x, 0.25))
		})})
	if err != nil {
		t.Fatal(err)
	}
	return func(x tensor.Tensor, keys ...uint64) []float32 {
		out := []tensor.Tensor{tensor.New(tensor.Float32, x.Shape...), tensor.New(tensor.Float32, x.Shape...)}
		err := p.Forward(exec.Bindings{Inputs: []tensor.Tensor{x}, Outputs: out, Keys: map[string][]uint64{"R": keys}})
		if err != nil {
			t.Fatal(err)
		}
		return append(out[0].Float32s(), out[1].Float32s()...)
	}
}

func TestDropoutDropsItsShare(t *testing.T) {
	x := random(0, 1, 1, 1, 1000)
	out := dropoutOf(t, true, 1)(x, 7)
	dropped, equal := 0, 0
	for i, v := range out[:1000] {
		if v == 0 {
			dropped++
		} else if math.Abs(float64(v)-1/0.75) > 1e-6 {
			t.Fatalf("kept number: expected 4/3, seen %v", v)
		}
		if v == out[1000+i] {
			equal++
		}
		if want := rng.Key(7).At(0).Uniform(uint64(i)) < 0.25; want != (v == 0) {
			t.Fatalf("number %d does not follow the documented stream", i)
		}
	}
	if dropped < 200 || dropped > 300 {
		t.Errorf("dropped %d of 1000 with p = 0.25", dropped)
	}
	if equal > 700 {
		t.Errorf("two dropouts of one graph agree on %d of 1000 numbers", equal)
	}
}

// A row is masked by its key, wherever it stands and whoever stands beside it.
func TestDropoutFollowsTheRow(t *testing.T) {
	drop := dropoutOf(t, true, 3)
	alone := drop(random(0, 1, 1, 1, 1000), 42)
	among := drop(random(0, 1, 1, 3, 1000), 1, 2, 42)
	for i, v := range alone[:1000] {
		if among[2000+i] != v {
			t.Fatalf("number %d of the row differs among other rows", i)
		}
	}
}

func TestDropoutOffOutsideTraining(t *testing.T) {
	x := random(3, -1, 1, 2, 1000)
	out := dropoutOf(t, false, 2)(x)
	for i, v := range x.Float32s() {
		if out[i] != v {
			t.Fatalf("number %d: expected %v, seen %v", i, v, out[i])
		}
	}
}
