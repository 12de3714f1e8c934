package exec

import (
	"bytes"
	"testing"

	"montage/core"
	"montage/core/graph"
	"montage/core/internal/ir"
	"montage/core/tensor"
)

// prefixOf runs the frozen prefix of a graph on some frames.
func prefixOf(t *testing.T, author func(*graph.Builder), frames tensor.Tensor) tensor.Tensor {
	t.Helper()
	p := compiled(t, Spec{Build: build(author), Limits: map[string]int{"N": 11}, Cut: OnlyPrefix})
	n := frames.Shape[0]
	out := tensor.New(tensor.Float32, p.about.Outputs[0].Shape.At(map[string]int{"N": n})...)
	if err := p.Forward(Bindings{Inputs: []tensor.Tensor{frames}, Params: state(p.about),
		Outputs: []tensor.Tensor{out}}); err != nil {
		t.Fatal(err)
	}
	return out
}

// What follows the cut gives, of what the frozen prefix made, the outputs and updates of the
// whole graph to the bit, and in pieces too.
func TestPrefixAndRestAreTheWhole(t *testing.T) {
	whole := compiled(t, halfSpec(0))
	if want := (ir.Shape{ir.Sym("N"), ir.Fixed(6), ir.Fixed(6), ir.Fixed(32)}); !whole.about.Prefix.Shape.Equal(want) {
		t.Fatalf("cut at %v, want %v", whole.about.Prefix.Shape, want)
	}
	for _, size := range []int{0, 4} {
		spec := halfSpec(size)
		spec.Cut = AfterPrefix
		rest := compiled(t, spec)
		if rest.plan.frozen != 0 || len(rest.about.Inputs) != 1 || rest.about.Inputs[0].Name != "prefix" {
			t.Fatalf("%d steps before what trains, inputs %v", rest.plan.frozen, rest.about.Inputs)
		}
		for _, n := range []int{11, 1, 6} {
			want := runHalf(t, whole, n)
			got := runOn(t, rest, prefixOf(t, half(false), pixels(n, 24, 24, 3)))
			if size == 0 && !bytes.Equal(got.bytes(), want.bytes()) {
				t.Errorf("%d frames: the rest gives other results than the whole", n)
			}
			if !bytes.Equal(got.outputs[0].Bytes(), want.outputs[0].Bytes()) {
				t.Errorf("%d frames in pieces of %d: the rest gives other outputs", n, size)
			}
		}
	}
}

// A frame's values do not depend on the others of a call, or a cache would change them.
func TestPrefixTakesFramesAlone(t *testing.T) {
	frames := pixels(11, 24, 24, 3)
	all := prefixOf(t, half(false), frames)
	for n := 1; n < 11; n++ {
		if some := prefixOf(t, half(false), frames.Rows(11-n, 11)); !bytes.Equal(some.Bytes(),
			all.Rows(11-n, 11).Bytes()) {
			t.Errorf("the last %d of 11 frames alone give other values", n)
		}
	}
}

// frozenConv is a convolution that nothing changes.
func frozenConv(b *graph.Builder, x *graph.Node, name string) *graph.Node {
	return graph.Conv2D(x, b.Param(core.Param{Name: name, Shape: []int{4, x.Size(-1), 3, 3}, Frozen: true}), 1, 1)
}

func TestCuts(t *testing.T) {
	frames := func(b *graph.Builder) *graph.Node {
		return graph.Normalize(b.Input("frames", tensor.Uint8, graph.Sym("N"), graph.Fixed(8), graph.Fixed(8),
			graph.Fixed(3)), [3]float32{},
			[3]float32{1, 1, 1})
	}
	trained := func(b *graph.Builder, x *graph.Node) *graph.Node {
		return graph.Linear(graph.GlobalAvgPool(x), b.Param(core.Param{Name: "w", Shape: []int{2, x.Size(-1)}}), nil)
	}
	for name, c := range map[string]struct {
		build func(*graph.Builder) *graph.Node
		want  string
	}{
		"all is frozen": {func(b *graph.Builder) *graph.Node {
			return graph.GlobalAvgPool(frozenConv(b, frames(b),
				"a"))
		}, "[N,4]"},
		"a part is frozen": {func(b *graph.Builder) *graph.Node { return trained(b, frozenConv(b, frames(b), "a")) },
			"[N,4]"},
		"nothing is frozen": {func(b *graph.Builder) *graph.Node { return trained(b, frames(b)) }, "[]"},
		"random": {func(b *graph.Builder) *graph.Node {
			return trained(b, frozenConv(b, graph.Dropout(frames(b), 0.5), "a"))
		}, "[]"},
		"two values": {func(b *graph.Builder) *graph.Node {
			x := frozenConv(b, frames(b), "a")
			return graph.Add(trained(b, x), graph.Linear(graph.GlobalAvgPool(frozenConv(b, x, "c")),
				b.Param(core.Param{Name: "v", Shape: []int{2, 4}}), nil))
		}, "[]"},
	} {
		about, err := Plan(Spec{Build: build(func(b *graph.Builder) { b.Output("out", c.build(b)) }),
			Limits: map[string]int{"N": 2},
			Train:  true, Gradient: true})
		if err != nil {
			t.Fatal(name, err)
		}
		if about.Prefix.Shape.String() != c.want {
			t.Errorf("%s: cut at %v, want %s", name, about.Prefix.Shape, c.want)
		}
	}
}

func TestNoPrefixIsAnError(t *testing.T) {
	if _, err := Compile(Spec{Build: build(mixed(false)), Limits: map[string]int{"N": 5},
		Cut: AfterPrefix}); err == nil {
		t.Error("a part of a graph without a prefix was compiled")
	}
}
