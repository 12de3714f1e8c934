package bench

import "slices"

// RivalResult compares one rival with us.
type RivalResult struct {
	Name            string  `json:"name"`
	Rounds          []Round `json:"rounds"`
	FramesPerSecond float64 `json:"frames_per_second"`
	Cores           float64 `json:"cores,omitempty"`
	Peak            int64   `json:"peak_bytes"`
	Ratio
	// Groups compare the groups that both sides report.
	Groups map[string]Group `json:"groups,omitempty"`
}

// Ratio is the median over the rounds of our frames per second by another's; Low
// and High are the least and the greatest.
type Ratio struct {
	Median float64 `json:"ratio"`
	Low    float64 `json:"ratio_low"`
	High   float64 `json:"ratio_high"`
}

// Group compares one group of a step: frames per second, as if a step were that
// alone.
type Group struct {
	Ours   float64 `json:"ours"`
	Theirs float64 `json:"theirs"`
	Ratio
}

// compare sets the rival's rounds against ours of the same turns.
func (r *RivalResult) compare(ours []Round) {
	r.FramesPerSecond, r.Cores = median(rates(r.Rounds, Round.rate)), median(rates(r.Rounds, Round.cores))
	r.Ratio = ratio(ours, r.Rounds, Round.rate)
	for _, name := range Groups[1:] { // nobody is fast at waiting for data
		rate := func(round Round) float64 { return float64(round.Frames) / round.Groups[name] }
		reported := func(round Round) bool { return round.Groups[name] > 0 }
		if !all(ours, reported) || !all(r.Rounds, reported) {
			continue
		}
		if r.Groups == nil {
			r.Groups = map[string]Group{}
		}
		r.Groups[name] = Group{median(rates(ours, rate)), median(rates(r.Rounds, rate)), ratio(ours, r.Rounds, rate)}
	}
}

// rates returns a figure of every round.
func rates(rounds []Round, rate func(Round) float64) (out []float64) {
	for _, r := range rounds {
		out = append(out, rate(r))
	}
	return out
}

func ratio(ours, theirs []Round, rate func(Round) float64) Ratio {
	var out []float64
	for i := range theirs {
		out = append(out, rate(ours[i])/rate(theirs[i]))
	}
	return Ratio{median(out), slices.Min(out), slices.Max(out)}
}

func all(rounds []Round, reported func(Round) bool) bool {
	return !slices.ContainsFunc(rounds, func(r Round) bool { return !reported(r) })
}

// median returns the middle of the values, or the mean of the two in the middle.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
