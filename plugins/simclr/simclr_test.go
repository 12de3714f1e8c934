package simclr

import (
	"testing"

	"montage/core"
	"montage/core/sdk/sdktest"
)

func TestProgram(t *testing.T) {
	for unit, draw := range map[string]int{"frame": 0, "trailer": 1} {
		p := sdktest.Strategy{Component: Component, Options: map[string]any{"unit": unit}}.Check(t)
		if len(p.Branches) != 2 || len(p.Phases) != 2 || p.Predict != "genre" {
			t.Fatalf("%+v", p)
		}
		contrast, genre := p.Branches[0], p.Branches[1]
		if contrast.Target != core.TargetNone || contrast.Unit != core.Unit(unit) || contrast.Source != core.Unlabeled || len(contrast.Views) != 2 {
			t.Errorf("contrast is %+v", contrast)
		}
		for i, v := range contrast.Views {
			if !v.Augment || v.NoGradient || v.Draw != i*draw {
				t.Errorf("unit %s: view %d is %+v", unit, i, v)
			}
		}
		if genre.Outputs != 5 || genre.Source != core.Labeled || p.Phases[0].Branches[0] != "contrast" || p.Phases[1].Branches[0] != "genre" {
			t.Errorf("genre is %+v, phases %+v", genre, p.Phases)
		}
	}
}
