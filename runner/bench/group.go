package bench

import (
	"time"

	"montage/core"
	"montage/registry/clock"
)

// The groups into which the time of a step is divided, also by rivals. Time in no other
// group is the runner's.
const (
	Data         = "data"
	FrozenPrefix = "prefix"
	Block        = "block"
	Whole        = "backbone" // where a backbone does not report its stages
	Heads        = "heads"
	Optimizer    = "optimizer"
	RPC          = "rpc"
	Runner       = "runner"
)

// Groups lists them in the order in which a step goes through them.
var Groups = []string{Data, FrozenPrefix, Block, Whole, Heads, Optimizer, RPC, Runner}

// grouped sums up calls and the runner's own parts, in seconds.
func grouped(backbone core.ModulePlan, spent []clock.Spent, own map[string]time.Duration) map[string]float64 {
	sum := map[string]float64{Data: own["waiting for data"].Seconds(), Optimizer: own["optimizer"].Seconds()}
	for _, s := range spent {
		if beside(s) {
			continue
		}
		sum[RPC] += (s.Total - s.Compute).Seconds()
		if s.Kind != core.KindBackbone {
			sum[Heads] += s.Compute.Seconds()
			continue
		}
		if frozen, ok := prefix(backbone, s); ok {
			sum[FrozenPrefix] += frozen.Seconds()
			sum[Block] += (s.Compute - frozen).Seconds()
		} else {
			sum[Whole] += s.Compute.Seconds()
		}
	}
	return sum
}

// prefix returns what calls of the backbone took in the stages before the first
// that is trained, where that is known.
func prefix(plan core.ModulePlan, s clock.Spent) (time.Duration, bool) {
	frozen := 0
	for frozen < len(plan.Stages) && plan.Stages[frozen].Trainable == 0 {
		frozen++
	}
	switch {
	case frozen == 0:
		return 0, true
	case frozen == len(plan.Stages):
		return s.Compute, true
	case len(s.Stages) != len(plan.Stages):
		return 0, false
	}
	took := time.Duration(0)
	for _, stage := range s.Stages[:frozen] {
		took += stage.Time
	}
	return took, true
}

// beside reports whether a call prepares the next step while this one computes.
func beside(s clock.Spent) bool { return s.Kind == core.KindAugmentation || s.Call == "transform" }

// since returns what was added to sums, and what of a time is in none of them.
func since(before, after map[string]float64, seconds float64) map[string]float64 {
	out, rest := map[string]float64{}, seconds
	for name, s := range after {
		out[name] = s - before[name]
		rest -= out[name]
	}
	out[Runner] = max(rest, 0)
	return out
}
