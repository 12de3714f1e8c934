package optim

import (
	"fmt"
	"math"
)

// The kinds of schedule.
const (
	Constant = "constant"
	Stepwise = "step"   // times gamma after every step_epochs epochs
	Cosine   = "cosine" // along half a cosine from 1 to min_factor
)

// Schedule is how the learning rate of a phase changes, as a spec writes it.
// The zero Schedule is constant; for the others start from [DefaultSchedule].
type Schedule struct {
	Kind         string  // constant (or nothing), step or cosine
	WarmupEpochs float64 // length of the linear warm-up, in epochs: 0.5 is half of one
	WarmupSteps  int     // the same in steps; only one of the two may be set
	StepEpochs   int     // step: epochs between two drops
	Gamma        float64 // step: factor of a drop, in (0, 1]
	MinFactor    float64 // cosine: factor at the end, in [0, 1]
}

// Progress is a moment of a phase.
type Progress struct {
	Step          int // optimizer steps done before this one: 0 is the first
	TotalSteps    int // of the phase
	StepsPerEpoch int
}

// DefaultSchedule returns the defaults of a kind: no warm-up, gamma 0.1 and
// min_factor 0. The kind "step" still needs its step_epochs.
func DefaultSchedule(kind string) Schedule {
	s := Schedule{Kind: kind}
	if kind == Stepwise {
		s.Gamma = 0.1
	}
	return s
}

// Validate returns everything that is wrong with the schedule, by key.
func (s Schedule) Validate() []KeyError {
	var p problems
	switch s.Kind {
	case "", Constant, Cosine:
	case Stepwise:
		p.check(s.StepEpochs >= 1, "step_epochs", "expected an integer >= 1", s.StepEpochs)
		p.check(s.Gamma > 0 && s.Gamma <= 1, "gamma", "expected a number in (0, 1]", s.Gamma)
	default:
		p.add("kind", fmt.Sprintf("unknown schedule %q", s.Kind), "kinds: constant, cosine, step")
		return p
	}
	if s.Kind == Cosine {
		p.check(s.MinFactor >= 0 && s.MinFactor <= 1, "min_factor", "expected a number in [0, 1]", s.MinFactor)
	}
	s.validateForeign(&p)
	s.validateWarmup(&p)
	return p
}

// validateForeign refuses keys of another kind, which would do nothing.
func (s Schedule) validateForeign(p *problems) {
	foreign := func(set bool, key, kind string) {
		if set && s.Kind != kind {
			p.add(key, "only a "+kind+" schedule has "+key, fmt.Sprintf("set kind = %q, or leave %s out", kind, key))
		}
	}
	foreign(s.StepEpochs != 0, "step_epochs", Stepwise)
	foreign(s.Gamma != 0, "gamma", Stepwise)
	foreign(s.MinFactor != 0, "min_factor", Cosine)
}

func (s Schedule) validateWarmup(p *problems) {
	p.check(s.WarmupEpochs >= 0 && finite(s.WarmupEpochs), "warmup_epochs", "expected a number >= 0", s.WarmupEpochs)
	p.check(s.WarmupSteps >= 0, "warmup_steps", "expected an integer >= 0", s.WarmupSteps)
	if s.WarmupEpochs != 0 && s.WarmupSteps != 0 {
		p.add("warmup_steps", "the warm-up is given both in epochs and in steps",
			"leave warmup_steps or warmup_epochs out")
	}
}

// Factor returns what to multiply the learning rate with, in [0, 1]. It depends
// on nothing but its arguments.
//
// Of a warm-up of W steps, step t < W has (t+1)/W: the first step is not wasted
// on a rate of 0, and step W-1 has the full rate. The cosine spans the steps that
// follow, as SimCLR's does; the drops of a step schedule stay at their epochs,
// counted from the start of the phase.
//
// Source: torch.optim.lr_scheduler, LinearLR, StepLR and CosineAnnealingLR.
func (s Schedule) Factor(at Progress) float64 {
	warmup := s.warmup(at.StepsPerEpoch)
	factor := 1.0
	if at.Step < warmup {
		factor = float64(at.Step+1) / float64(warmup)
	}
	switch {
	case s.Kind == Stepwise:
		drops := at.Step / max(at.StepsPerEpoch, 1) / max(s.StepEpochs, 1)
		factor *= math.Pow(s.Gamma, float64(drops))
	case s.Kind == Cosine && at.Step >= warmup:
		factor = s.cosine(at.Step-warmup, at.TotalSteps-warmup)
	}
	return factor
}

func (s Schedule) warmup(stepsPerEpoch int) int {
	if s.WarmupSteps > 0 {
		return s.WarmupSteps
	}
	return int(math.Round(s.WarmupEpochs * float64(stepsPerEpoch)))
}

// cosine stays at its end for steps beyond the total.
func (s Schedule) cosine(step, total int) float64 {
	if step >= total {
		return s.MinFactor
	}
	return s.MinFactor + float64((1-s.MinFactor)*(1+math.Cos(math.Pi*float64(step)/float64(total)))/2)
}
