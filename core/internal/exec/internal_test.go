package exec

import (
	"bytes"
	"fmt"
	"testing"

	"montage/core"
	"montage/core/graph"
	"montage/core/rng"
	"montage/core/tensor"
)

// twins has two sums of gradients that look the same to a hash of their shapes.
func twins(b *graph.Builder) {
	u := b.Param(core.Param{Name: "u", Shape: []int{3}})
	v := b.Param(core.Param{Name: "v", Shape: []int{3}})
	b.Output("y", graph.Add(graph.Add(u, u), graph.Scale(graph.Add(v, v), 2)))
}

func TestSumsOfGradients(t *testing.T) {
	p, err := Compile(Spec{Gradient: true, Build: build(twins)})
	if err != nil {
		t.Fatal(err)
	}
	three := func(v float32) tensor.Tensor { return tensor.FromFloat32([]float32{v, v, v}) }
	du, dv := three(0), three(0)
	if err := p.Forward(Bindings{Params: []tensor.Tensor{three(1), three(1)}}); err != nil {
		t.Fatal(err)
	}
	if err := p.Backward(Gradients{Outputs: []tensor.Tensor{three(1)}, Params: []tensor.Tensor{du, dv}}); err != nil {
		t.Fatal(err)
	}
	if seen := fmt.Sprint(du.Float32s(), dv.Float32s()); seen != "[2 2 2] [4 4 4]" {
		t.Errorf("expected [2 2 2] [4 4 4], seen %s", seen)
	}
}

// bottleneck is a residual block as in ResNet-50.
func bottleneck(b *graph.Builder, x *graph.Node, name string, mid, stride int, frozen bool) *graph.Node {
	unit := func(x *graph.Node, part string, out, size, stride int) *graph.Node {
		p := func(kind string, shape ...int) core.Param {
			return core.Param{Name: name + part + kind, Shape: shape, Frozen: frozen}
		}
		x = graph.Conv2D(x, b.Param(p(".weight", out, x.Size(-1), size, size)), stride, size/2)
		return graph.BatchNorm(x, graph.Norm{
			Scale: b.Param(p(".bn.weight", out)), Shift: b.Param(p(".bn.bias", out)),
			Mean: b.Buffer(p(".bn.running_mean", out)), Variance: b.Buffer(p(".bn.running_var", out)), Batch: !frozen,
		})
	}
	y := graph.ReLU(unit(x, "1", mid, 1, 1))
	y = graph.ReLU(unit(y, "2", mid, 3, stride))
	y = unit(y, "3", 4*mid, 1, 1)
	if stride != 1 || x.Size(-1) != 4*mid {
		x = unit(x, "down", 4*mid, 1, stride)
	}
	return graph.ReLU(graph.Add(y, x))
}

// resnet is a ResNet-50, or one of another width than 64, on side×side frames
// with the first stages frozen.
func resnet(side, width, frozenStages int) func(*graph.Builder) {
	return func(b *graph.Builder) {
		x := b.Input("frames", tensor.Uint8, graph.Sym("N"), graph.Fixed(side), graph.Fixed(side), graph.Fixed(3))
		x = graph.Normalize(x, [3]float32{0.5, 0.5, 0.5}, [3]float32{0.2, 0.2, 0.2})
		x = graph.Conv2D(x, b.Param(core.Param{Name: "conv1.weight", Shape: []int{width, 3, 7, 7},
			Frozen: frozenStages > 0}),
			2, 3)
		x = graph.MaxPool(graph.ReLU(x), 3, 2, 1)
		for stage, blocks := range []int{3, 4, 6, 3} {
			for i := range blocks {
				stride := 1
				if i == 0 && stage > 0 {
					stride = 2
				}
				x = bottleneck(b, x, fmt.Sprintf("layer%d.%d.", stage+1, i), width<<stage, stride, stage < frozenStages)
			}
		}
		b.Output("features", graph.GlobalAvgPool(x))
	}
}

// Without gradients, the memory of 50 layers does not grow with the frames, of
// which a few are on their way at any moment.
func TestForwardReusesMemory(t *testing.T) {
	plan := func(frames int) int {
		about, err := Plan(Spec{Build: build(resnet(224, 64, 4)), Limits: map[string]int{"N": frames}})
		if err != nil {
			t.Fatal(err)
		}
		return about.Bytes
	}
	if few, many := plan(100), plan(1000); many-few != 900*2048*4 {
		t.Errorf("900 frames more took %d bytes, not only those of their features", many-few)
	}
}

// With the last block trainable, nothing of what lies below is kept but its result.
func TestFrozenStagesAreNotKept(t *testing.T) {
	plan := func(frozen int) int {
		spec := Spec{Build: build(resnet(224, 64, frozen)), Limits: map[string]int{"N": 10}, Train: true,
			Gradient: true}
		p, err := spec.compile()
		if err != nil {
			t.Fatal(err)
		}
		return p.bytes / 10
	}
	last, all := plan(3), plan(0)
	if last > 8<<20 || all < 10*last {
		t.Errorf("a frame takes %d bytes with the last stage trained, %d with all", last, all)
	}
}

// No two values that are needed at one time may share memory.
func TestPlannedMemoryDoesNotOverlap(t *testing.T) {
	s := Spec{Build: build(resnet(32, 4, 2)), Limits: map[string]int{"N": 3}, Train: true, Gradient: true}
	p, err := s.compile()
	if err != nil {
		t.Fatal(err)
	}
	shared, hosted := 0, 0
	for i, v := range p.plan.values {
		n, _ := v.bytes(s.Limits)
		if v.host != nil {
			hosted++
			continue
		}
		if v.offset%alignment != 0 || v.offset+n > p.bytes {
			t.Errorf("%s lies at %d, %d bytes of %d", v.label, v.offset, n, p.bytes)
		}
		for _, w := range p.plan.values[:i] {
			m, _ := w.bytes(s.Limits)
			if v.offset+n <= w.offset || w.offset+m <= v.offset || w.host != nil {
				continue
			}
			shared++
			if v.first <= w.last && w.first <= v.last {
				t.Errorf("%s and %s overlap", v.label, w.label)
			}
		}
	}
	if shared == 0 || hosted == 0 {
		t.Errorf("memory was reused %d times and taken over %d times", shared, hosted)
	}
}

// Reused memory gives the bits of memory that is not.
func TestReuseChangesNothing(t *testing.T) {
	s := Spec{Build: build(resnet(32, 4, 2)), Limits: map[string]int{"N": 4}, Train: true, Gradient: true}
	run := func(apart bool) []byte {
		p, err := s.compile()
		if err != nil {
			t.Fatal(err)
		}
		if apart {
			at := 0
			for _, v := range p.plan.values {
				v.offset, v.host = at, nil
				n, _ := v.bytes(s.Limits)
				at += (n + alignment - 1) / alignment * alignment
			}
			p.bytes = at
		}
		p.use(nil)
		return runResnet(t, p)
	}
	if !bytes.Equal(run(false), run(true)) {
		t.Error("results differ")
	}
}

func runResnet(t testing.TB, p *Executable) []byte {
	frames := tensor.New(tensor.Uint8, 3, 32, 32, 3)
	for i := range frames.Uint8s() {
		frames.Uint8s()[i] = uint8(i * 7919)
	}
	r := Bindings{Inputs: []tensor.Tensor{frames}, Outputs: []tensor.Tensor{tensor.New(tensor.Float32, 3, 128)}}
	g := Gradients{Outputs: []tensor.Tensor{tensor.New(tensor.Float32, 3, 128)}}
	for i := range g.Outputs[0].Float32s() {
		g.Outputs[0].Float32s()[i] = rng.Key(1).Uniform(uint64(i))
	}
	for i, param := range p.about.Params {
		w := tensor.New(tensor.Float32, param.Shape...)
		for k := range w.Float32s() {
			w.Float32s()[k] = 0.1 * (rng.Key(2).At(uint64(i)).Uniform(uint64(k)) - 0.3)
			if param.Buffer || len(param.Shape) == 1 {
				w.Float32s()[k] += 1
			}
		}
		r.Params = append(r.Params, w)
		g.Params = append(g.Params, tensor.New(tensor.Float32, param.Shape...))
		r.Updates = append(r.Updates, tensor.New(tensor.Float32, param.Shape...))
	}
	if err := p.Forward(r); err != nil {
		t.Fatal(err)
	}
	if err := p.Backward(g); err != nil {
		t.Fatal(err)
	}
	out := append([]byte(nil), r.Outputs[0].Bytes()...)
	for i := range g.Params {
		out = append(append(out, g.Params[i].Bytes()...), r.Updates[i].Bytes()...)
	}
	return out
}

func BenchmarkPlanResNet50(b *testing.B) {
	for b.Loop() {
		if _, err := Plan(Spec{Build: build(resnet(224, 64, 3)), Limits: map[string]int{"N": 40}, Train: true,
			Gradient: true}); err != nil {
			b.Fatal(err)
		}
	}
}
