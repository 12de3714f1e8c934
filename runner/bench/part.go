package bench

import (
	"sort"
	"time"

	"montage/registry/clock"
)

// StepPart is one part of a step's time.
type StepPart struct {
	Name string `json:"name"`
	// Seconds are per step, Share is of the step.
	Seconds float64 `json:"seconds"`
	Share   float64 `json:"share"`
	// Beside marks what happens while other parts compute: preparing the next step.
	Beside bool `json:"beside,omitempty"`
}

// The parts that are sums of others.
const (
	transport = "transport"
	remainder = "rest of the runner"
)

// parts splits the steps: what plugins computed, what calls took beyond that, what
// the engine measured itself, and what is left.
func parts(spent []clock.Spent, own map[string]time.Duration, rounds []Round, steps int) []StepPart {
	total := 0.0
	for _, r := range rounds {
		total += r.Seconds
	}
	count := float64(steps * len(rounds))
	seconds, aside := map[string]float64{}, map[string]bool{}
	rest := total
	for _, s := range spent {
		name := string(s.Kind) + " " + s.Name + " " + s.Call
		seconds[name] += s.Compute.Seconds()
		if beside(s) {
			aside[name] = true
			continue
		}
		seconds[transport] += (s.Total - s.Compute).Seconds()
		rest -= s.Total.Seconds()
	}
	for name, took := range own {
		seconds[name] += took.Seconds()
		rest -= took.Seconds()
	}
	seconds[remainder] = max(rest, 0)
	var all []StepPart
	for name, s := range seconds {
		all = append(all, StepPart{Name: name, Seconds: s / count, Share: s / total, Beside: aside[name]})
	}
	sort.Slice(all, func(i, j int) bool {
		if all[i].Beside != all[j].Beside {
			return all[j].Beside
		}
		if all[i].Seconds != all[j].Seconds {
			return all[i].Seconds > all[j].Seconds
		}
		return all[i].Name < all[j].Name
	})
	return all
}

// Own returns the share of a step that is the runner's: everything but computing,
// in plugins or in optimizers.
func (r Result) Own() float64 {
	share := 0.0
	for _, p := range r.Parts {
		switch p.Name {
		case transport, remainder, "waiting for data", "checks":
			share += p.Share
		}
	}
	return share
}
