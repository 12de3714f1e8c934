package engine

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"montage/core"
	"montage/core/tensor"
	"montage/runner/model"
)

// TestTeacherIsPyTorchs compares the moving average with AveragedModel's, and what is
// no parameter that trains with what it was copied from.
func TestTeacherIsPyTorchs(t *testing.T) {
	raw, err := os.ReadFile("testdata/teacher.json")
	if err != nil {
		t.Fatal(err)
	}
	var f struct {
		Decay                 float64
		States, Plain, Warmed [][]float32
	}
	if err := json.Unmarshal(raw, &f); err != nil || len(f.States) < 5 {
		t.Fatal(len(f.States), err)
	}
	for warmup, want := range map[bool][][]float32{false: f.Plain, true: f.Warmed} {
		module := &model.StatefulModule{Plan: core.ModulePlan{Params: []core.Param{{Name: "weight"},
			{Name: "mean", Buffer: true},
			{Name: "prefix", Frozen: true}}}}
		for range module.Plan.Params {
			module.State = append(module.State, tensor.FromFloat32(append([]float32(nil), f.States[0]...), 4))
			module.Teacher = append(module.Teacher, tensor.FromFloat32(append([]float32(nil), f.States[0]...), 4))
		}
		e := New(Config{Teacher: &core.Teacher{Decay: f.Decay, Warmup: warmup},
			Modules: []*model.StatefulModule{module}})
		for step, state := range f.States[1:] {
			for _, s := range module.State {
				copy(s.Float32s(), state)
			}
			e.position.Total = int64(step)
			e.moveTeacher()
			for j, w := range want[step+1] {
				if got := module.Teacher[0].Float32s()[j]; !(math.Abs(float64(got-w)) <= 1e-6*math.Abs(float64(w))) {
					t.Errorf("warm-up %v, step %d: average %v, want %v", warmup, step, got, w)
				}
				if module.Teacher[1].Float32s()[j] != state[j] || module.Teacher[2].Float32s()[j] != state[j] {
					t.Errorf("step %d: a buffer or a frozen parameter is no copy", step)
				}
			}
		}
	}
}
