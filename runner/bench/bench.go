// Package bench measures training and scoring: how long a step takes, on what, and
// how that compares with rivals that take the same steps in turns.
//
// Timings on one machine vary by tens of percent from minute to minute. So rivals alternate
// with us, a few steps each, and the result is the median of the ratios.
package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"montage/core"
	"montage/registry/clock"
)

// Config says what to measure.
type Config struct {
	Work  Work
	Clock *clock.Clock
	// Backbone is the backbone's plan, which names its stages.
	Backbone core.ModulePlan
	// Warmup steps are not measured; then come Rounds of Steps each.
	Warmup, Steps, Rounds int
	Rivals                []*Rival
	// Sample returns the memory of all processes in bytes, by name.
	Sample func() map[string]int64
	// Progress, when set, is called after every step.
	Progress func(done, total int)
}

// Result is what was measured.
type Result struct {
	// Rounds are ours; medians over them are in SecondsPerStep and FramesPerSecond.
	Rounds          []Round `json:"rounds"`
	SecondsPerStep  float64 `json:"seconds_per_step"`
	FramesPerSecond float64 `json:"frames_per_second"`
	// Cores is the median of the processor time by the time, 0 where it is not known.
	Cores float64 `json:"cores,omitempty"`
	// Groups are the medians over the rounds of the seconds of a step that went into
	// each of Groups; Parts say more exactly where.
	Groups map[string]float64 `json:"groups"`
	Parts  []StepPart         `json:"parts"`
	// Stages are the times of the backbone's stages, nil if it does not measure them.
	Stages      []StageTime      `json:"layers,omitempty"`
	Memory      map[string]int64 `json:"peak_bytes"`
	MemoryTotal int64            `json:"peak_bytes_total"`
	Rivals      []RivalResult    `json:"rivals,omitempty"`
}

// Round is a number of steps in a row.
type Round struct {
	Seconds float64 `json:"seconds"`
	// CPU is the processor time of all processes of the side, in seconds, 0 if the system
	// does not report it.
	CPU    float64 `json:"cpu_seconds,omitempty"`
	Frames int     `json:"frames"`
	// Groups are the seconds that went into each of Groups.
	Groups map[string]float64 `json:"groups,omitempty"`
}

func (r Round) rate() float64 { return float64(r.Frames) / r.Seconds }

// cores returns how many processor cores were busy, on average.
func (r Round) cores() float64 { return r.CPU / r.Seconds }

// errMeasured ends the work when enough was measured.
var errMeasured = errors.New("measured")

// bench is a measurement in progress.
type bench struct {
	Config
	result Result
	own    map[string]time.Duration
	before map[string]float64 // what groups held when the round began
	steps  int
	frames int
	began  time.Time
	cpu    time.Duration // what our processes had used by then
	err    error
}

// Run works, measures and stops. The rivals must have been started.
func Run(ctx context.Context, c Config) (Result, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	b := &bench{Config: c, own: map[string]time.Duration{}, began: time.Now(),
		result: Result{Memory: map[string]int64{}}}
	for _, r := range c.Rivals {
		b.result.Rivals = append(b.result.Rivals, RivalResult{Name: r.Name})
	}
	err := c.Work.Run(ctx, Listener{
		Took: func(part string, took time.Duration) { b.own[part] += took },
		Step: func(frames int) {
			if b.step(ctx, frames); b.err != nil {
				cancel(b.err)
			}
		},
	})
	switch {
	case errors.Is(b.err, errMeasured):
		return b.finish(), nil
	case b.err != nil:
		return Result{}, b.err
	case err != nil:
		return Result{}, err
	}
	return Result{}, fmt.Errorf("the work ended after %d steps; %d were to be measured", b.steps,
		c.Warmup+c.Rounds*c.Steps)
}

// step is called after each step of the work, which waits for it.
func (b *bench) step(ctx context.Context, frames int) {
	if b.err != nil {
		return // the work has not noticed yet
	}
	b.steps++
	b.frames += frames
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
		b.result.Rounds = append(b.result.Rounds, b.round())
		b.sample()
		if b.err = b.rivals(ctx); b.err == nil && measured == b.Steps*b.Rounds {
			b.err = errMeasured
			return
		}
	default:
		return
	}
	b.began, b.cpu, b.frames, b.before = time.Now(), b.cpuTime(), 0, b.groups()
}

// round ends one.
func (b *bench) round() Round {
	seconds := time.Since(b.began).Seconds()
	return Round{seconds, (b.cpuTime() - b.cpu).Seconds(), b.frames, since(b.before, b.groups(), seconds)}
}

// cpuTime returns the processor time of this process and of the plugins, which it
// started; it started the rivals too.
func (b *bench) cpuTime() time.Duration {
	var rivals []int
	for _, r := range b.Rivals {
		rivals = append(rivals, r.cmd.Process.Pid)
	}
	return cpuTime(os.Getpid(), rivals...)
}

func (b *bench) groups() map[string]float64 { return grouped(b.Backbone, b.Clock.Spent(), b.own) }

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
	r, spent := b.result, b.Clock.Spent()
	step := func(seconds float64) float64 { return seconds / float64(b.Steps) }
	r.SecondsPerStep = median(rates(r.Rounds, func(round Round) float64 { return step(round.Seconds) }))
	r.FramesPerSecond, r.Cores = median(rates(r.Rounds, Round.rate)), median(rates(r.Rounds, Round.cores))
	r.Parts, r.Stages, r.Groups = parts(spent, b.own, r.Rounds, b.Steps), stages(b.Backbone, spent),
		map[string]float64{}
	for _, name := range Groups {
		r.Groups[name] = median(rates(r.Rounds, func(round Round) float64 { return step(round.Groups[name]) }))
	}
	for i := range r.Rivals {
		r.Rivals[i].compare(r.Rounds)
	}
	return r
}
