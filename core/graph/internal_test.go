package graph

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"montage/core"
	"montage/core/rng"
	"montage/core/tensor"
)

// twins has two sums of gradients that look the same to a hash of their shapes.
func twins(b *Builder) {
	u := b.Param(core.Param{Name: "u", Shape: []int{3}})
	v := b.Param(core.Param{Name: "v", Shape: []int{3}})
	b.Output("y", Add(Add(u, u), Scale(Add(v, v), 2)))
}

// Gorgonia takes nodes of equal hash for one. With all our hashes equal it
// merges sums, which must not go unnoticed, and which other hashes cure.
func TestMergedSumsAreNoticed(t *testing.T) {
	same := Spec{Gradient: true, Build: func(b *Builder) {
		u := b.Param(core.Param{Name: "u", Shape: []int{3}})
		v := b.Param(core.Param{Name: "v", Shape: []int{3}})
		b.Output("y", Add(Add(u, u), Add(v, v)))
	}}
	if _, err := same.attempt(func(uint32) uint32 { return 0 }); !errors.Is(err, errMerged) {
		t.Errorf("expected %v, seen %v", errMerged, err)
	}
	if _, err := same.compile(); err != nil {
		t.Error(err)
	}
}

func TestSumsOfGradients(t *testing.T) {
	p, err := Compile(Spec{Gradient: true, Build: twins})
	if err != nil {
		t.Fatal(err)
	}
	three := func(v float32) tensor.Tensor { return tensor.FromFloat32([]float32{v, v, v}) }
	du, dv := three(0), three(0)
	if err := p.Forward(Run{Params: []tensor.Tensor{three(1), three(1)}}); err != nil {
		t.Fatal(err)
	}
	if err := p.Backward(Gradients{Outputs: []tensor.Tensor{three(1)}, Params: []tensor.Tensor{du, dv}}); err != nil {
		t.Fatal(err)
	}
	if seen := fmt.Sprint(du.Float32s(), dv.Float32s()); seen != "[2 2 2] [4 4 4]" {
		t.Errorf("expected [2 2 2] [4 4 4], seen %s", seen)
	}
}

// An operator of Gorgonia's own must not be run, whatever brought it in.
func TestStockOperatorsAreRefused(t *testing.T) {
	_, err := Plan(Spec{Build: func(b *Builder) {
		u := b.Param(core.Param{Name: "u", Shape: []int{3}})
		b.Output("y", Exp(u))
		if _, err := G.Tanh(u.expr); err != nil {
			t.Fatal(err)
		}
	}})
	if err == nil || !strings.Contains(err.Error(), "an operator of Gorgonia's") {
		t.Errorf("expected a refusal, seen %v", err)
	}
}

// bottleneck is a residual block as in ResNet-50.
func bottleneck(b *Builder, x *Node, name string, mid, stride int, frozen bool) *Node {
	unit := func(x *Node, part string, out, size, stride int) *Node {
		p := func(kind string, shape ...int) core.Param {
			return core.Param{Name: name + part + kind, Shape: shape, Frozen: frozen}
		}
		x = Conv2D(x, b.Param(p(".weight", out, x.Size(-1), size, size)), stride, size/2)
		return BatchNorm(x, Norm{
			Scale: b.Param(p(".bn.weight", out)), Shift: b.Param(p(".bn.bias", out)),
			Mean: b.Buffer(p(".bn.running_mean", out)), Variance: b.Buffer(p(".bn.running_var", out)), Batch: !frozen,
		})
	}
	y := ReLU(unit(x, "1", mid, 1, 1))
	y = ReLU(unit(y, "2", mid, 3, stride))
	y = unit(y, "3", 4*mid, 1, 1)
	if stride != 1 || x.Size(-1) != 4*mid {
		x = unit(x, "down", 4*mid, 1, stride)
	}
	return ReLU(Add(y, x))
}

// resnet is a ResNet-50, or one of another width than 64, on side×side frames
// with the first stages frozen.
func resnet(side, width, frozenStages int) func(*Builder) {
	return func(b *Builder) {
		x := b.Input("frames", tensor.Uint8, Sym("N"), Fixed(side), Fixed(side), Fixed(3))
		x = Normalize(x, [3]float32{0.5, 0.5, 0.5}, [3]float32{0.2, 0.2, 0.2})
		x = Conv2D(x, b.Param(core.Param{Name: "conv1.weight", Shape: []int{width, 3, 7, 7}, Frozen: frozenStages > 0}), 2, 3)
		x = MaxPool(ReLU(x), 3, 2, 1)
		for stage, blocks := range []int{3, 4, 6, 3} {
			for i := range blocks {
				stride := 1
				if i == 0 && stage > 0 {
					stride = 2
				}
				x = bottleneck(b, x, fmt.Sprintf("layer%d.%d.", stage+1, i), width<<stage, stride, stage < frozenStages)
			}
		}
		b.Output("features", GlobalAvgPool(x))
	}
}

// Without gradients, 50 layers need the memory of a few.
func TestForwardReusesMemory(t *testing.T) {
	about, err := Plan(Spec{Build: resnet(224, 64, 4), Limits: map[string]int{"N": 10}})
	if err != nil {
		t.Fatal(err)
	}
	// The largest activations are [N,112,112,64] and, as large, [N,56,56,256]. The
	// last convolution of layer1's first block meets its shortcut.
	largest := 10 * 112 * 112 * 64 * 4
	if about.Bytes > 3*largest+largest/2 {
		t.Errorf("planned %.1f times the largest activation", float64(about.Bytes)/float64(largest))
	}
}

// With the last block trainable, what lies below costs no more than without
// gradients.
func TestFrozenStagesAreNotKept(t *testing.T) {
	limits := map[string]int{"N": 10}
	frozen, err := Plan(Spec{Build: resnet(224, 64, 4), Limits: limits, Train: true})
	if err != nil {
		t.Fatal(err)
	}
	last, err := Plan(Spec{Build: resnet(224, 64, 3), Limits: limits, Train: true, Gradient: true})
	if err != nil {
		t.Fatal(err)
	}
	all, err := Plan(Spec{Build: resnet(224, 64, 0), Limits: limits, Train: true, Gradient: true})
	if err != nil {
		t.Fatal(err)
	}
	if last.Bytes > frozen.Bytes*5/4 || all.Bytes < 5*frozen.Bytes {
		t.Errorf("frozen %d, last stage trained %d, all trained %d bytes", frozen.Bytes, last.Bytes, all.Bytes)
	}
}

// No two values that are needed at one time may share memory.
func TestPlannedMemoryDoesNotOverlap(t *testing.T) {
	s := Spec{Build: resnet(32, 4, 2), Limits: map[string]int{"N": 3}, Train: true, Gradient: true}
	p, err := s.compile()
	if err != nil {
		t.Fatal(err)
	}
	shared := 0
	for i, v := range p.plan.values {
		n, _ := v.bytes(s.Limits)
		if v.offset%alignment != 0 || v.offset+n > p.about.Bytes {
			t.Errorf("%s lies at %d, %d bytes of %d", v.label, v.offset, n, p.about.Bytes)
		}
		for _, w := range p.plan.values[:i] {
			m, _ := w.bytes(s.Limits)
			if v.offset+n <= w.offset || w.offset+m <= v.offset {
				continue
			}
			shared++
			if v.first <= w.last && w.first <= v.last {
				t.Errorf("%s and %s overlap", v.label, w.label)
			}
		}
	}
	if shared == 0 {
		t.Error("no memory was reused")
	}
}

// Reused memory gives the bits of memory that is not.
func TestReuseChangesNothing(t *testing.T) {
	s := Spec{Build: resnet(32, 4, 2), Limits: map[string]int{"N": 4}, Train: true, Gradient: true}
	run := func(apart bool) []byte {
		p, err := s.compile()
		if err != nil {
			t.Fatal(err)
		}
		if apart {
			at := 0
			for _, v := range p.plan.values {
				v.offset = at
				n, _ := v.bytes(s.Limits)
				at += (n + alignment - 1) / alignment * alignment
			}
			p.about.Bytes = at
		}
		p.memory = alignedBytes(p.about.Bytes)
		return runResnet(t, p)
	}
	if !bytes.Equal(run(false), run(true)) {
		t.Error("results differ")
	}
}

func runResnet(t testing.TB, p *Program) []byte {
	frames := tensor.New(tensor.Uint8, 3, 32, 32, 3)
	for i := range frames.Uint8s() {
		frames.Uint8s()[i] = uint8(i * 7919)
	}
	r := Run{Inputs: []tensor.Tensor{frames}, Outputs: []tensor.Tensor{tensor.New(tensor.Float32, 3, 128)}}
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
		if _, err := Plan(Spec{Build: resnet(224, 64, 3), Limits: map[string]int{"N": 40}, Train: true, Gradient: true}); err != nil {
			b.Fatal(err)
		}
	}
}
