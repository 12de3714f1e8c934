package optim

import (
	"math"

	"montage/core/spec"
)

// Schedule is how the learning rate of a phase changes, as [spec.Load] returns it. The
// zero Schedule is constant.
type Schedule spec.ScheduleTable

// Progress is a position in a phase. A step is a batch of each branch; with accumulate > 1 the
// parameters change after several.
type Progress struct {
	Step          int // steps done before this one: 0 is the first
	TotalSteps    int // of the phase
	StepsPerEpoch int
}

// Factor returns the factor on the learning rate, in [0, 1]. It depends on nothing but its
// arguments.
//
// In a warm-up of W steps, step t < W has the factor (t+1)/W: the first step has a rate
// above 0, and step W-1 has the full rate. The cosine spans the steps after the
// warm-up, as SimCLR's does. The drops of a step schedule stay at their epochs, counted
// from the start of the phase.
//
// Source: torch.optim.lr_scheduler, LinearLR, StepLR and CosineAnnealingLR.
func (s Schedule) Factor(at Progress) float64 {
	warmup := s.warmup(at.StepsPerEpoch)
	factor := 1.0
	inWarmup := float64(at.Step) < warmup
	if inWarmup {
		factor = float64(at.Step+1) / warmup
	}
	switch {
	case s.Kind == spec.Stepwise:
		drops := at.Step / max(at.StepsPerEpoch, 1) / max(s.StepEpochs, 1)
		factor *= math.Pow(s.Gamma, float64(drops))
	case s.Kind == spec.Cosine && !inWarmup:
		factor = s.cosine(at.Step-int(warmup), at.TotalSteps-int(warmup))
	}
	return factor
}

// warmup returns a whole number of steps, which may be greater than any int: nothing
// bounds WarmupEpochs.
func (s Schedule) warmup(stepsPerEpoch int) float64 {
	if s.WarmupSteps > 0 {
		return float64(s.WarmupSteps)
	}
	return math.Round(s.WarmupEpochs * float64(stepsPerEpoch))
}

// cosine stays at its final value for steps beyond the total.
func (s Schedule) cosine(step, total int) float64 {
	if step >= total {
		return s.MinFactor
	}
	return s.MinFactor + float64((1-s.MinFactor)*(1+math.Cos(math.Pi*float64(step)/float64(total)))/2)
}
