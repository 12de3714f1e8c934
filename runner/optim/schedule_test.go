package optim

import (
	"math"
	"testing"

	"montage/core/spec"
)

type scheduleTrace struct {
	Kind          string
	WarmupEpochs  float64 `json:"warmup_epochs"`
	WarmupSteps   int     `json:"warmup_steps"`
	StepEpochs    int     `json:"step_epochs"`
	Gamma         float64
	MinFactor     float64 `json:"min_factor"`
	TotalSteps    int     `json:"total_steps"`
	StepsPerEpoch int     `json:"steps_per_epoch"`
	Factors       []float64
}

// PyTorch computes most factors from the one before, so the last bits differ.
func TestFactorIsPyTorchs(t *testing.T) {
	for _, c := range loadFixture(t).Schedules {
		s := Schedule{Kind: c.Kind, WarmupEpochs: c.WarmupEpochs, WarmupSteps: c.WarmupSteps,
			StepEpochs: c.StepEpochs, Gamma: c.Gamma, MinFactor: c.MinFactor}
		for step, want := range c.Factors {
			got := s.Factor(Progress{Step: step, TotalSteps: c.TotalSteps, StepsPerEpoch: c.StepsPerEpoch})
			if math.Abs(got-want) > 1e-12 {
				t.Errorf("%+v, step %d: %v, PyTorch %v", s, step, got, want)
			}
		}
	}
}

func TestFactorAtTheEdges(t *testing.T) {
	cosine := Schedule{Kind: spec.Cosine, MinFactor: 0.1}
	for _, c := range []struct {
		what string
		s    Schedule
		at   Progress
		want float64
	}{
		{"the zero schedule", Schedule{}, Progress{Step: 7, TotalSteps: 9, StepsPerEpoch: 3}, 1},
		{"beyond the end", cosine, Progress{Step: 99, TotalSteps: 10, StepsPerEpoch: 5}, 0.1},
		{"no steps at all", cosine, Progress{}, 0.1},
		{"warm-up longer than the run", Schedule{Kind: spec.Cosine, WarmupSteps: 20},
			Progress{Step: 9, TotalSteps: 10, StepsPerEpoch: 10}, 0.5},
		{"warm-up of one step", Schedule{WarmupSteps: 1}, Progress{TotalSteps: 10, StepsPerEpoch: 10}, 1},
		{"warm-up of a tenth of an epoch", Schedule{WarmupEpochs: 0.1}, Progress{TotalSteps: 100, StepsPerEpoch: 40},
			0.25},
		{"warm-up that never ends", Schedule{Kind: spec.Cosine, WarmupEpochs: 1e30},
			Progress{Step: 9, TotalSteps: 10, StepsPerEpoch: 10}, 1e-30},
		{"warm-up of more steps than there are numbers", Schedule{Kind: spec.Cosine, WarmupEpochs: 1e308},
			Progress{Step: 9, TotalSteps: 10, StepsPerEpoch: 10}, 0},
	} {
		if got := c.s.Factor(c.at); got != c.want {
			t.Errorf("%s: %v, expected %v", c.what, got, c.want)
		}
	}
}
