package engine

import (
	"slices"
	"testing"

	"montage/core/tensor"
	"montage/runner/optim"
)

// accumulating is an optimizer that steps after three batches of one number, and the phase
// of eight batches that it belongs to.
func accumulating() (*Optimizer, TrainingPhase) {
	o := &Optimizer{Name: "p.o", gradients: []tensor.Tensor{tensor.New(tensor.Float32, 1)},
		accumulated: newAccumulator(3, []optim.Param{{Name: "w", Shape: []int{1}}})}
	return o, TrainingPhase{Name: "p", Epochs: 2, Steps: 4, Optimizers: []*Optimizer{o}}
}

// batches takes the optimizer through a phase; a batch of NaN could not be read.
func batches(o *Optimizer, phase TrainingPhase, values []float32) (steps map[int]float32) {
	steps = map[int]float32{}
	at := Position{}
	for i, v := range values {
		at.Epoch, at.Step = i/phase.Steps, i%phase.Steps
		o.gradients[0].Float32s()[0] = v
		if grads := o.due(phase, &at, v == v); grads != nil {
			steps[i] = grads[0].Float32s()[0]
		}
	}
	return steps
}

// TestAccumulatedGradientsAreMeans steps after every third batch, across epochs, and
// at the end of the phase with the two that are left.
func TestAccumulatedGradientsAreMeans(t *testing.T) {
	o, phase := accumulating()
	got := batches(o, phase, []float32{1, 2, 6, 10, 20, 30, 5, 7})
	if want := map[int]float32{2: 3, 5: 20, 7: 6}; len(got) != 3 || got[2] != want[2] || got[5] != want[5] ||
		got[7] != want[7] {
		t.Errorf("steps %v, want %v", got, want)
	}
}

// TestUnreadableBatchesDoNotCount has one in the middle, one where the step is due,
// and a step of nothing but such.
func TestUnreadableBatchesDoNotCount(t *testing.T) {
	o, phase := accumulating()
	nan := float32(0)
	nan /= nan
	got := batches(o, phase, []float32{2, nan, 4, 5, 7, nan, nan, nan})
	if len(got) != 2 || got[2] != 3 || got[5] != 6 {
		t.Errorf("steps %v, want means 3 and 6 at batches 2 and 5", got)
	}
}

func TestTeachersFollowSteps(t *testing.T) {
	_, phase := accumulating()
	var due []int
	for i := range 8 {
		if phase.stepsAt(Position{Epoch: i / 4, Step: i % 4}) {
			due = append(due, i)
		}
	}
	if !slices.Equal(due, []int{2, 5, 7}) {
		t.Errorf("due at %v", due)
	}
	phase.Optimizers = append(phase.Optimizers, &Optimizer{})
	if !phase.stepsAt(Position{}) {
		t.Error("an optimizer of every batch is not due at the first")
	}
}

func TestForeignSumsAreRefused(t *testing.T) {
	_, phase := accumulating()
	e := &Engine{Config: Config{Phases: []TrainingPhase{phase}}}
	for name, n := range map[string]int{"p.o": 3, "p.h": 1} {
		if e.checkAccumulated(Position{Accumulated: map[string]int{name: n}}) == nil {
			t.Errorf("%d batches of %s are taken", n, name)
		}
	}
	if err := e.checkAccumulated(Position{Accumulated: map[string]int{"p.o": 2}}); err != nil {
		t.Error(err)
	}
}
