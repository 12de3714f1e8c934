package entropymin

import (
	"testing"

	"montage/core"
	"montage/core/sdk/sdktest"
)

func TestProgram(t *testing.T) {
	p := sdktest.Strategy{Component: Component, Options: map[string]any{"unit": "frame"}}.Check(t)
	if len(p.Branches) != 2 || len(p.Phases) != 1 || p.Phases[0].Name != "joint" || p.Predict != "genre" {
		t.Fatalf("%+v", p)
	}
	genre, certainty := p.Branches[0], p.Branches[1]
	if genre.Outputs != 5 || genre.Target != core.TargetMultiHot || genre.Unit != core.UnitTrailer {
		t.Errorf("genre is %+v", genre)
	}
	if certainty.Target != core.TargetNone || certainty.Source != core.Unlabeled || certainty.Unit != core.UnitFrame ||
		certainty.Outputs != 5 {
		t.Errorf("certainty is %+v", certainty)
	}
}
