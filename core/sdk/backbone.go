package sdk

import (
	"fmt"

	"montage/core"
	"montage/core/graph"
	"montage/core/internal/exec"
	"montage/core/tensor"
)

// Backbone makes a module from a function that turns frames, uint8 [N,Size,Size,3], RGB,
// 0 to 255, into features, float32 [N,D]. Gradients are derived from the graph. build is
// called for the plan and for every program, so it must always describe the same graph.
func Backbone(build func(b *graph.Builder, frames *graph.Node) *graph.Node) core.Module {
	return &moduleComponent{body: backbone{build}}
}

// backbone is the body of a module that reads frames.
type backbone struct {
	author func(*graph.Builder, *graph.Node) *graph.Node
}

func (k backbone) build(b *graph.Builder, in core.ModuleInput) {
	frames := b.Input("frames", tensor.Uint8, graph.Sym("N"), graph.Fixed(in.Size), graph.Fixed(in.Size),
		graph.Fixed(3))
	finish(b, "features", k.author(b, frames), "N")
}

// finish declares the output of a module: one row for each unit of the symbol rows.
func finish(b *graph.Builder, name string, out *graph.Node, rows string) {
	if out == nil {
		b.Fail(fmt.Errorf("the building function returned no node, but %s [%s,*] are expected", name, rows))
		return
	}
	// The width must be a constant, because the plan promises it to whatever comes next.
	if s := out.Shape(); len(s) != 2 || s[0] != graph.Sym(rows) || s[1].Sym != "" {
		b.Fail(fmt.Errorf("the building function returned %v, but %s [%s,*] are expected", s, name, rows))
		return
	}
	b.Output(name, out)
}

// limits bounds the frames alone. The size is fixed when the graph is built.
func (backbone) limits(in core.ModuleInput) map[string]int { return map[string]int{"N": in.Frames} }

// trainingBytes bounds the memory of a training step where the spec sets no micro-batch.
const trainingBytes = 4 << 30

// micro cuts between frames, which a backbone treats one by one, batch statistics apart.
func (backbone) micro(in core.ModuleInput) exec.MicroBatching {
	return exec.MicroBatching{Symbol: "N", Size: in.MicroBatch, Bytes: trainingBytes}
}

// differentiable names nothing: nobody asks for the gradient of pixels.
func (backbone) differentiable(core.ModuleInput) []string { return nil }

// inputs checks the frames. They must be square, of the planned size.
func (backbone) inputs(call core.ModuleCall, in core.ModuleInput) (inputs, error) {
	if err := Expect("frames", call.Frames, tensor.Uint8, Any, in.Size, in.Size, 3); err != nil {
		return inputs{}, err
	}
	n := call.Frames.Shape[0]
	if err := atMost("frames", n, in.Frames); err != nil {
		return inputs{}, err
	}
	return framed(call, inputs{inputs: []tensor.Tensor{call.Frames}, rows: n})
}

// framed adds the keys of the frames if the call has any.
func framed(call core.ModuleCall, f inputs) (inputs, error) {
	if call.Keys.IsZero() {
		return f, nil
	}
	f.keys = map[string][]uint64{"N": call.Keys.Uint64s()}
	return f, Expect("keys", call.Keys, tensor.Uint64, f.rows)
}
