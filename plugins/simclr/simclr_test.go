package simclr

import (
	"fmt"
	"testing"

	"montage/core"
	"montage/core/sdk/sdktest"
)

func TestProgram(t *testing.T) {
	for unit, draw := range map[string]int{"frame": 0, "sample": 1} {
		p := sdktest.StrategyCase{Component: Component, Options: map[string]any{"unit": unit}}.Check(t)
		if len(p.Branches) != 2 || len(p.Phases) != 2 || p.Predict != "supervised" {
			t.Fatalf("%+v", p)
		}
		contrast, supervised := p.Branches[0], p.Branches[1]
		if contrast.Target != core.TargetNone || contrast.Unit != core.Unit(unit) ||
			contrast.Source != core.Unlabeled || len(contrast.Views) != 2 {
			t.Errorf("contrast is %+v", contrast)
		}
		for i, v := range contrast.Views {
			if !v.Augment || v.NoGradient || v.Draw != i*draw {
				t.Errorf("unit %s: view %d is %+v", unit, i, v)
			}
		}
		if supervised.Outputs != 5 || supervised.Source != core.Labeled || p.Phases[0].Branches[0] != "contrast" ||
			p.Phases[1].Branches[0] != "supervised" {
			t.Errorf("supervised is %+v, phases %+v", supervised, p.Phases)
		}
	}
}

// TestKeep has the classifier go on behind the part that is kept.
func TestKeep(t *testing.T) {
	for keep, want := range map[bool]string{false: "[{supervised head}]", true: "[{contrast kept} {supervised head}]"} {
		p := sdktest.StrategyCase{Component: Component, Options: map[string]any{"keep": keep}}.Check(t)
		if got := fmt.Sprint(p.Heads(p.Branches[1])); got != want {
			t.Errorf("keep = %v: the classes are predicted through %s, want %s", keep, got, want)
		}
	}
}
