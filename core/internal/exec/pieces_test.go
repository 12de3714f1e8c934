package exec

import (
	"bytes"
	"runtime"
	"strings"
	"testing"

	"montage/core"
	"montage/core/graph"
	"montage/core/tensor"
)

// half is a network of which the last part trains, with a dropout in it and a sum
// of gradients.
func half(batch bool) func(*graph.Builder) {
	return func(b *graph.Builder) {
		x := b.Input("frames", tensor.Uint8, graph.Sym("N"), graph.Fixed(24), graph.Fixed(24), graph.Fixed(3))
		x = graph.Normalize(x, [3]float32{0.5, 0.5, 0.5}, [3]float32{0.2, 0.2, 0.2})
		x = bottleneck(b, x, "frozen.", 4, 2, true)
		x = bottleneck(b, x, "first.", 8, 2, !batch)
		w := b.Param(core.Param{Name: "w", Shape: []int{48, x.Size(-1), 3, 3}})
		x = graph.ReLU(graph.Conv2D(x, w, 1, 1))
		x = graph.Dropout(graph.GlobalAvgPool(x), 0.25)
		v := b.Param(core.Param{Name: "v", Shape: []int{7, 48}})
		b.Output("features", graph.Linear(x, graph.Add(v, graph.Square(v)), nil)) // v has two uses
		b.Output("pooled", x)
	}
}

// results is all that a run of half writes.
type results struct{ outputs, grads, updates []tensor.Tensor }

func (r results) bytes() []byte {
	var out []byte
	for _, list := range [][]tensor.Tensor{r.outputs, r.grads, r.updates} {
		for _, t := range list {
			out = append(out, t.Bytes()...)
		}
	}
	return out
}

func runHalf(t testing.TB, p *Executable, n int) results {
	t.Helper()
	return runOn(t, p, pixels(n, 24, 24, 3))
}

func runOn(t testing.TB, p *Executable, input tensor.Tensor) results {
	t.Helper()
	n := input.Shape[0]
	r := results{outputs: []tensor.Tensor{tensor.New(tensor.Float32, n, 7), tensor.New(tensor.Float32, n, 48)}}
	keys := make([]uint64, n)
	g := Gradients{}
	for i := range n {
		keys[i] = uint64(50 + i)
	}
	for _, out := range r.outputs {
		dy := tensor.New(tensor.Float32, out.Shape...)
		for i := range dy.Float32s() {
			dy.Float32s()[i] = float32(i%5) - 1.5
		}
		g.Outputs = append(g.Outputs, dy)
	}
	for _, param := range p.about.Params {
		r.grads = append(r.grads, tensor.New(tensor.Float32, param.Shape...))
		r.updates = append(r.updates, tensor.New(tensor.Float32, param.Shape...))
	}
	g.Params = r.grads
	err := p.Forward(Bindings{Inputs: []tensor.Tensor{input}, Params: state(p.about),
		Outputs: r.outputs, Updates: r.updates, Keys: map[string][]uint64{"N": keys}})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Backward(g); err != nil {
		t.Fatal(err)
	}
	return r
}

func halfSpec(size int) Spec {
	return Spec{Build: build(half(false)), Limits: map[string]int{"N": 11}, Train: true, Gradient: true, Check: true,
		Micro: MicroBatching{Symbol: "N", Size: size, Bytes: 1 << 40}}
}

// Pieces give the whole batch's outputs to the bit, and its gradients up to the
// rounding of sums.
func TestPiecesAddUp(t *testing.T) {
	whole := compiled(t, halfSpec(0))
	if whole.plan.pieces.several() {
		t.Fatal("cut without need")
	}
	for _, size := range []int{1, 3, 10, 11} {
		for _, check := range []bool{true, false} {
			spec := halfSpec(size)
			spec.Check = check
			cut := compiled(t, spec)
			if cut.plan.pieces.several() != (size < 11) || size < 11 && cut.bytes >= whole.bytes {
				t.Errorf("pieces of %d take %d bytes, the whole takes %d", size, cut.bytes, whole.bytes)
			}
			for _, n := range []int{11, 2, 0, 10} { // one program, changing sizes
				a, b := runHalf(t, whole, n), runHalf(t, cut, n)
				for i := range a.outputs {
					if !bytes.Equal(a.outputs[i].Bytes(), b.outputs[i].Bytes()) {
						t.Errorf("%d frames in pieces of %d: output %d differs", n, size, i)
					}
				}
				for i, param := range whole.about.Params {
					if n > 0 && !param.Frozen && !param.Buffer && !(apart(a.grads[i], b.grads[i]) < 1e-4) {
						t.Errorf("%d frames in pieces of %d: gradient of %s differs by %g", n, size, param.Name,
							apart(a.grads[i], b.grads[i]))
					}
				}
			}
		}
	}
}

func TestPiecesRepeat(t *testing.T) {
	p := compiled(t, halfSpec(4))
	want := runHalf(t, p, 11).bytes()
	for _, threads := range []int{1, 3} {
		was := runtime.GOMAXPROCS(threads)
		defer runtime.GOMAXPROCS(was)
		again := compiled(t, halfSpec(4))
		runHalf(t, again, 5)
		for range 2 {
			if !bytes.Equal(runHalf(t, again, 11).bytes(), want) {
				t.Errorf("%d threads give other bits", threads)
			}
		}
	}
}

// Without a size, pieces are as large as the memory allows.
func TestPiecesFitTheMemory(t *testing.T) {
	spec := halfSpec(0)
	whole := compiled(t, spec).bytes
	for _, share := range []int{2, 3, 1000} {
		spec.Micro.Bytes = whole / share
		p := compiled(t, spec)
		most := p.plan.pieces.most
		if most >= 11 || most > 1 && p.bytes > whole/share {
			t.Errorf("a memory of 1/%d makes pieces of %d with %d of %d bytes", share, most, p.bytes, whole)
		}
		if share == 1000 && most != 1 {
			t.Errorf("next to no memory makes pieces of %d", most)
		}
	}
}

// Statistics of the batch are left whole unless a size is asked for, and then
// move the running ones with every piece.
func TestBatchStatisticsOfPieces(t *testing.T) {
	spec := halfSpec(0)
	spec.Build, spec.Micro.Bytes = build(half(true)), 1
	whole := compiled(t, spec)
	if notes := whole.about.Notes; whole.plan.pieces.several() || len(notes) != 1 ||
		!strings.Contains(notes[0], "keep all 11 frames in memory") {
		t.Errorf("cut without being asked: %v", notes)
	}
	spec.Micro.Size = 4
	cut := compiled(t, spec)
	if notes := cut.about.Notes; len(notes) != 1 || !strings.Contains(notes[0], "pieces of at most 4 frames") {
		t.Errorf("notes are %v", notes)
	}
	index := -1
	for i, param := range cut.about.Params {
		if param.Name == "first.1.bn.running_mean" {
			index = i
		}
	}
	// With pieces of all frames, one step from 1 towards the mean m is 1+0.1(m-1);
	// three like it would be 1+0.271(m-1).
	one, three := runHalf(t, whole, 9).updates[index].Float32s(), runHalf(t, cut, 9).updates[index].Float32s()
	before := state(cut.about)[index].Float32s()
	for i := range one {
		if ratio := (three[i] - before[i]) / (one[i] - before[i]); ratio < 2 || ratio > 3.5 {
			t.Errorf("channel %d moved %v times as far as with one piece, not about 2.7 times", i, ratio)
		}
	}
}

func TestWhatCannotBeCut(t *testing.T) {
	p := compiled(t, Spec{Limits: map[string]int{"N": 9}, Gradient: true, Micro: MicroBatching{Symbol: "N", Size: 2},
		Build: build(func(b *graph.Builder) {
			x := b.Input("x", tensor.Float32, graph.Sym("N"), graph.Fixed(3))
			y := graph.Linear(x, b.Param(core.Param{Name: "w", Shape: []int{4, 3}}), nil)
			b.Output("y", graph.RollRows(y, 1))
		})})
	if notes := p.about.Notes; p.plan.pieces.several() || len(notes) != 1 ||
		notes[0] != "micro-batches are not possible: roll_rows#1 takes rows together" {
		t.Errorf("notes are %v", notes)
	}
}

// Backward begins with the piece that the forward has left, and repeats others.
func TestHeldPieceIsNotRepeated(t *testing.T) {
	spec := halfSpec(4)
	spec.Profile = true
	p := compiled(t, spec)
	runHalf(t, p, 11)
	for _, s := range p.Times() {
		if strings.HasPrefix(s.Step, "dropout#") {
			if want := map[bool]int{false: 5, true: 3}[strings.HasSuffix(s.Step, "backward")]; s.Calls != want {
				t.Errorf("%s ran %d times, not %d", s.Step, s.Calls, want)
			}
		}
	}
}
