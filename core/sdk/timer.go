package sdk

import (
	"slices"
	"time"
)

// timer sums the times that programs measured for each stage of a plan.
type timer struct {
	// of is the stage of every parameter.
	of []int
	// reported is the total of each stage at the call before: programs never reset theirs.
	reported []time.Duration
}

// Times returns the time of the last call for each stage of the plan. All programs are
// summed: a call runs one of them, and the others cancel out in the difference.
func (c *moduleComponent) Times() []time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.in.Profile {
		return nil
	}
	now := make([]time.Duration, len(c.plan.Stages))
	for _, p := range c.programs {
		for _, s := range p.Times() {
			if s.Param < 0 { // what comes before the first parameter
				now[0] += s.Total
			} else {
				now[c.timer.of[s.Param]] += s.Total
			}
		}
	}
	took := slices.Clone(now)
	for i, before := range c.timer.reported {
		took[i] = max(0, now[i]-before) // shares of threads may move a little between stages
	}
	c.timer.reported = now
	return took
}
