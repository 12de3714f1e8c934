package exec

import (
	"bytes"
	"runtime"
	"testing"

	"montage/core/tensor"
)

// of runs the fused program with a revision.
func revised(t *testing.T, p *Executable, params []tensor.Tensor, revision uint64) []byte {
	t.Helper()
	out := tensor.New(tensor.Float32, 2, 10)
	err := p.Forward(Bindings{Inputs: []tensor.Tensor{pixels(2, 21, 19, 3)}, Params: params, Revision: revision,
		Outputs: []tensor.Tensor{out}})
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// Packed weights follow the revision of frozen parameters, and the values of others.
func TestRevisions(t *testing.T) {
	limits := map[string]int{"N": 2}
	frozen := compiled(t, Spec{Build: build(mixed(true)), Limits: limits})
	params := state(frozen.about)
	one := revised(t, frozen, params, 1)
	params[0].Float32s()[7] += 0.5
	if !bytes.Equal(revised(t, frozen, params, 1), one) {
		t.Error("an equal revision was packed again")
	}
	two := revised(t, frozen, params, 2)
	if bytes.Equal(two, one) || !bytes.Equal(revised(t, frozen, params, 0), two) {
		t.Error("another revision, or an unknown one, was not packed")
	}
	params[0].Float32s()[7] += 0.5
	if bytes.Equal(revised(t, frozen, params, 0), two) {
		t.Error("an unknown revision was taken for an equal one")
	}
	if !bytes.Equal(revised(t, frozen, params, 2), two) {
		t.Error("an unknown revision drove out a known one")
	}
	trained := compiled(t, Spec{Build: build(mixed(false)), Limits: limits})
	before := revised(t, trained, params, 1)
	params[0].Float32s()[7] += 0.5
	if bytes.Equal(revised(t, trained, params, 1), before) {
		t.Error("a parameter that is trained was not packed again")
	}
}

// A teacher, whose revision grows, does not drive out its student's weights.
func TestRevisionsOfATeacher(t *testing.T) {
	p := compiled(t, Spec{Build: build(mixed(true)), Limits: map[string]int{"N": 2}})
	student, teacher := state(p.about), state(p.about)
	want := revised(t, p, student, 1)
	student[0].Float32s()[7] += 0.5 // would show if it were packed again
	for revision := range uint64(3) {
		teacher[0].Float32s()[7] += 0.5
		if bytes.Equal(revised(t, p, teacher, 2+revision), want) {
			t.Error("the teacher gives the student's features")
		}
		if !bytes.Equal(revised(t, p, student, 1), want) {
			t.Error("the student was packed again")
		}
	}
}

// Two programs in one workspace share its memory, and one ends what the other keeps.
func TestProgramsShareAWorkspace(t *testing.T) {
	space := &Workspace{}
	spec := halfSpec(0)
	spec.Workspace = space
	train := compiled(t, spec)
	want := runHalf(t, train, 11).bytes()
	spec.Train, spec.Gradient, spec.Micro = false, false, MicroBatching{}
	use := compiled(t, spec)
	run := Bindings{Inputs: []tensor.Tensor{pixels(11, 24, 24, 3)}, Params: state(use.about)}
	if err := use.Forward(run); err != nil {
		t.Fatal(err)
	}
	if &use.memory[0] != &train.memory[0] || len(space.memory) != max(use.bytes, train.bytes) {
		t.Error("the programs have memory of their own")
	}
	if !bytes.Equal(runHalf(t, train, 11).bytes(), want) {
		t.Error("another program's run changed a later one")
	}
	keys := map[string][]uint64{"N": make([]uint64, 11)}
	run.Keys = keys
	if err := train.Forward(run); err != nil || !train.Pending() {
		t.Fatal(err)
	}
	if err := use.Forward(run); err != nil {
		t.Fatal(err)
	}
	if err := train.Backward(Gradients{}); err == nil || train.Pending() {
		t.Error("a forward that is gone was differentiated")
	}
}

func TestMemoryIsFlatOverManySteps(t *testing.T) {
	if testing.Short() {
		t.Skip("a thousand steps")
	}
	spec := halfSpec(4)
	spec.Check = false
	p := compiled(t, spec)
	used := func(steps int) uint64 {
		for range steps {
			runHalf(t, p, 11)
		}
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	first := used(100)
	if last := used(1000); last > first+1<<20 {
		t.Errorf("the heap grew from %d to %d bytes", first, last)
	}
}
