package sdk

import (
	"fmt"

	"montage/core"
	"montage/core/graph"
	"montage/core/internal/exec"
	"montage/core/rng"
	"montage/core/tensor"
)

// HeadInput holds the inputs of a head's graph.
type HeadInput struct {
	// Features: float32 [N,D].
	Features *graph.Node
	// Offsets: int32 [R+1]; row r consists of features Offsets[r] up to, not including,
	// Offsets[r+1].
	Offsets *graph.Node
	// Outputs is the width K that the branch needs, 0 for any.
	Outputs int
}

// Head makes a module from a function that turns features, float32 [N,D], into one output
// for each row, float32 [R,K]. Gradients are derived from the graph. Dropout may come
// before the pooling: each frame's key is derived from its row's key and its index in the
// row. As for a Backbone, build is called several times and must always describe the same
// graph.
func Head(build func(b *graph.Builder, in HeadInput) *graph.Node) core.Module {
	return &moduleComponent{body: head{build}}
}

// head is the body of a module that reads features, and pools them into rows if its
// author wants.
type head struct {
	author func(*graph.Builder, HeadInput) *graph.Node
}

func (h head) build(b *graph.Builder, in core.ModuleInput) {
	features := b.Input("features", tensor.Float32, graph.Sym("N"), graph.Fixed(in.Features))
	offsets := b.Input("offsets", tensor.Int32, graph.Sym("R").Plus(1))
	finish(b, "outputs", h.author(b, HeadInput{Features: features, Offsets: offsets, Outputs: in.Outputs}), "R")
}

func (head) limits(in core.ModuleInput) map[string]int {
	return map[string]int{"N": in.Frames, "R": in.Rows}
}

// micro cuts nothing: a head's activations are small beside a backbone's, and its rows may
// be made of several frames.
func (head) micro(core.ModuleInput) exec.MicroBatching { return exec.MicroBatching{} }

// differentiable names the features where something before the head is trained.
func (head) differentiable(in core.ModuleInput) []string {
	if in.InputGradient {
		return []string{"features"}
	}
	return nil
}

func (head) inputs(call core.ModuleCall, in core.ModuleInput) (inputs, error) {
	if err := Expect("features", call.Features, tensor.Float32, Any, in.Features); err != nil {
		return inputs{}, err
	}
	if err := Expect("offsets", call.Offsets, tensor.Int32, Any); err != nil {
		return inputs{}, err
	}
	n, offsets := call.Features.Shape[0], call.Offsets.Int32s()
	// Empty offsets make -1 rows here. segments refuses them below, before Expect takes
	// the number for Any.
	f := inputs{inputs: []tensor.Tensor{call.Features, call.Offsets}, rows: len(offsets) - 1}
	for _, err := range []error{atMost("frames", n, in.Frames), atMost("rows", f.rows, in.Rows), segments(offsets, n)} {
		if err != nil {
			return inputs{}, err
		}
	}
	if call.Keys.IsZero() {
		return f, nil
	}
	if err := Expect("keys", call.Keys, tensor.Uint64, f.rows); err != nil {
		return inputs{}, err
	}
	rows := call.Keys.Uint64s()
	f.keys = map[string][]uint64{"R": rows}
	// Only dropout asks for them, and it drops nothing in inference.
	if call.Train {
		f.keys["N"] = frameKeys(rows, offsets)
	}
	return f, nil
}

// segments reports offsets that do not divide n features into rows of at least one. A mean
// over an empty row would be NaN.
func segments(offsets []int32, n int) error {
	if len(offsets) == 0 || offsets[0] != 0 || int(offsets[len(offsets)-1]) != n {
		return fmt.Errorf("%w: offsets %v do not lead from 0 to the %d features", core.ErrShape, offsets, n)
	}
	for r := range len(offsets) - 1 {
		if offsets[r+1] <= offsets[r] {
			return fmt.Errorf("%w: row %d has no feature: offsets %d and %d", core.ErrShape, r, offsets[r],
				offsets[r+1])
		}
	}
	return nil
}

// frameKeys derives a key for every frame from the key of its row. So dropout does not
// depend on where in the batch a row lies. The offsets have passed segments: they rise,
// and the last one is the number of frames.
func frameKeys(rows []uint64, offsets []int32) []uint64 {
	keys := make([]uint64, 0, offsets[len(offsets)-1])
	for r, key := range rows {
		for i := range uint64(offsets[r+1] - offsets[r]) {
			keys = append(keys, uint64(rng.Key(key).At(i)))
		}
	}
	return keys
}
