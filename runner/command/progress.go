package command

import (
	"fmt"
	"time"

	"github.com/schollz/progressbar/v3"

	"montage/runner/engine"
	"montage/runner/training"
)

// meter shows progress on a terminal and is silent elsewhere.
type meter struct {
	bar     *progressbar.ProgressBar
	last    int
	visible bool
	a       *app
	what    string
	unit    string
}

func (a *app) meter(what, unit string) *meter {
	return &meter{a: a, what: what, unit: unit, visible: terminal(a.Stderr)}
}

// show moves the bar to done of total.
func (m *meter) show(done, total int) {
	if !m.visible {
		return
	}
	if m.bar == nil {
		m.bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(m.a.Stderr),
			progressbar.OptionSetDescription(m.what),
			progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString(m.unit),
			progressbar.OptionSetPredictTime(true), progressbar.OptionSetElapsedTime(true),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(),
			progressbar.OptionSetWidth(24))
	}
	m.bar.ChangeMax(total)
	_ = m.bar.Add(done - m.last) // the terminal went away: nothing to do about it
	m.last = done
}

// clear removes the bar.
func (m *meter) clear() {
	if m.bar != nil {
		_ = m.bar.Clear()
		m.bar, m.last = nil, 0
	}
}

// reading shows how far data sets are read: videos that became key frames, and samples checked.
type reading struct{ videos, samples *meter }

func (a *app) reading() reading {
	return reading{videos: a.meter("key frames", "videos"), samples: a.meter("reading data", "samples")}
}

func (r reading) video(done, total int) {
	r.samples.clear()
	r.videos.show(done, total)
}

func (r reading) sample(done, total int) {
	r.videos.clear()
	r.samples.show(done, total)
}

func (r reading) clear() {
	r.videos.clear()
	r.samples.clear()
}

// training shows the steps of an epoch with the losses so far.
func (a *app) training() (step func(engine.StepReport), end func()) {
	bar := a.meter("", "steps")
	return func(r engine.StepReport) {
		if !bar.visible {
			return
		}
		bar.show(r.Step, r.Steps)
		bar.bar.Describe(fmt.Sprintf("%s %d/%d  %s", r.Phase, r.Epoch+1, r.Epochs, training.Losses(r.Losses)))
		if r.Step == r.Steps {
			bar.clear()
		}
	}, bar.clear
}
