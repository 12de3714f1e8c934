// Package bench measures training steps: how long each takes, on what, and how that
// compares with rivals that take the same steps in turns.
//
// Figures of one machine move by tens of percent from minute to minute. So rivals
// alternate with us, a few steps each, and what counts is the median of the ratios.
package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"montage/core/wire"
	"montage/runner/engine"
)

// Config says what to measure.
type Config struct {
	Engine *engine.Engine
	Clock  *wire.Clock
	// Warmup steps are not measured; then come Rounds of Steps each.
	Warmup, Steps, Rounds int
	Rivals                []*Rival
	// Sample returns the memory of all processes in bytes, by name.
	Sample func() map[string]int64
	// Progress, when set, hears of every step.
	Progress func(done, total int)
}

// Result is what was measured.
type Result struct {
	// Rounds are ours; medians over them are in SecondsPerStep and FramesPerSecond.
	Rounds          []Round          `json:"rounds"`
	SecondsPerStep  float64          `json:"seconds_per_step"`
	FramesPerSecond float64          `json:"frames_per_second"`
	Parts           []Part           `json:"parts"`
	Memory          map[string]int64 `json:"peak_bytes"`
	MemoryTotal     int64            `json:"peak_bytes_total"`
	Rivals          []RivalResult    `json:"rivals,omitempty"`
}

// Round is a number of steps in a row.
type Round struct {
	Seconds float64 `json:"seconds"`
	Frames  int     `json:"frames"`
}

func (r Round) rate() float64 { return float64(r.Frames) / r.Seconds }

// RivalResult compares one rival with us.
type RivalResult struct {
	Name            string  `json:"name"`
	Rounds          []Round `json:"rounds"`
	FramesPerSecond float64 `json:"frames_per_second"`
	// Ratio is the median over the rounds of our frames per second by its; Low and
	// High are the least and the greatest.
	Ratio float64 `json:"ratio"`
	Low   float64 `json:"ratio_low"`
	High  float64 `json:"ratio_high"`
	Peak  int64   `json:"peak_bytes"`
}

// errMeasured ends the training when enough was measured.
var errMeasured = errors.New("measured")

// bench is a measurement in progress.
type bench struct {
	Config
	result Result
	own    map[string]time.Duration
	steps  int
	frames int
	began  time.Time
	err    error
}

// Run trains, measures and stops. The rivals must have been started.
func Run(ctx context.Context, c Config) (Result, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	b := &bench{Config: c, own: map[string]time.Duration{}, result: Result{Memory: map[string]int64{}}}
	for _, r := range c.Rivals {
		b.result.Rivals = append(b.result.Rivals, RivalResult{Name: r.Name})
	}
	c.Engine.OnTime = func(part string, took time.Duration) { b.own[part] += took }
	c.Engine.OnStep = func(r engine.StepReport) {
		if b.step(ctx, r); b.err != nil {
			cancel(b.err)
		}
	}
	err := c.Engine.Run(ctx)
	switch {
	case errors.Is(b.err, errMeasured):
		return b.finish(), nil
	case b.err != nil:
		return Result{}, b.err
	case err != nil:
		return Result{}, err
	}
	return Result{}, fmt.Errorf("training ended after %d steps; %d were to be measured\nhint: -s phase.%s.epochs=1000000", b.steps, c.Warmup+c.Rounds*c.Steps, c.Engine.Phases[0].Name)
}

// step is called after each step of the training, which waits for it.
func (b *bench) step(ctx context.Context, r engine.StepReport) {
	b.steps++
	b.frames += r.Frames
	if b.Progress != nil {
		b.Progress(b.steps, b.Warmup+b.Rounds*b.Steps)
	}
	measured := b.steps - b.Warmup
	switch {
	case measured < 0:
		return
	case measured == 0:
		b.reset()
	case measured%b.Steps == 0:
		b.result.Rounds = append(b.result.Rounds, Round{time.Since(b.began).Seconds(), b.frames})
		b.sample()
		if b.err = b.rivals(ctx); b.err == nil && measured == b.Steps*b.Rounds {
			b.err = errMeasured
			return
		}
	default:
		return
	}
	b.began, b.frames = time.Now(), 0
}

// reset forgets what the warm-up took.
func (b *bench) reset() {
	b.Clock.Reset()
	clear(b.own)
	b.sample()
}

func (b *bench) sample() {
	total := int64(0)
	for name, bytes := range b.Sample() {
		b.result.Memory[name] = max(b.result.Memory[name], bytes)
		total += bytes
	}
	b.result.MemoryTotal = max(b.result.MemoryTotal, total)
}

func (b *bench) rivals(ctx context.Context) error {
	for i, rival := range b.Rivals {
		round, peak, err := rival.steps(ctx, b.Steps)
		if err != nil {
			return err
		}
		result := &b.result.Rivals[i]
		result.Rounds, result.Peak = append(result.Rounds, round), max(result.Peak, peak)
	}
	return nil
}

func (b *bench) finish() Result {
	r := b.result
	var seconds, rates []float64
	for _, round := range r.Rounds {
		seconds, rates = append(seconds, round.Seconds/float64(b.Steps)), append(rates, round.rate())
	}
	r.SecondsPerStep, r.FramesPerSecond = median(seconds), median(rates)
	r.Parts = parts(b.Clock.Spent(), b.own, r.Rounds, b.Steps)
	for i := range r.Rivals {
		compare(&r.Rivals[i], rates)
	}
	return r
}

func compare(r *RivalResult, ours []float64) {
	var rates, ratios []float64
	for i, round := range r.Rounds {
		rates, ratios = append(rates, round.rate()), append(ratios, ours[i]/round.rate())
	}
	r.FramesPerSecond, r.Ratio = median(rates), median(ratios)
	r.Low, r.High = slices.Min(ratios), slices.Max(ratios)
}

// median returns the middle of the values, or the mean of the two in the middle.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
