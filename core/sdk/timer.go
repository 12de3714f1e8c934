package sdk

import (
	"slices"
	"time"
)

// timer sums what executables measured by the stages of a plan.
type timer struct {
	// of is the stage of every parameter.
	of []int
	// told is what was said before of each stage.
	told []time.Duration
}

// Times returns what the last call took, by the stages of the plan.
func (l *moduleComponent) Times() []time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.in.Profile {
		return nil
	}
	now := make([]time.Duration, len(l.plan.Stages))
	for _, p := range l.programs {
		for _, s := range p.Times() {
			if s.Param < 0 { // what comes before the first parameter
				now[0] += s.Total
			} else {
				now[l.timer.of[s.Param]] += s.Total
			}
		}
	}
	took := slices.Clone(now)
	for i, before := range l.timer.told {
		took[i] = max(0, now[i]-before) // shares of threads may move a little between stages
	}
	l.timer.told = now
	return took
}
