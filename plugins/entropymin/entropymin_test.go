package entropymin

import (
	"testing"

	"montage/core"
	"montage/core/sdk/sdktest"
)

func TestProgram(t *testing.T) {
	p := sdktest.StrategyCase{Component: Component, Options: map[string]any{"unit": "frame"}}.Check(t)
	if len(p.Branches) != 2 || len(p.Phases) != 1 || p.Phases[0].Name != "joint" || p.Predict != "supervised" {
		t.Fatalf("%+v", p)
	}
	supervised, certainty := p.Branches[0], p.Branches[1]
	if supervised.Outputs != 5 || supervised.Target != core.TargetMultiHot || supervised.Unit != core.UnitSample {
		t.Errorf("supervised is %+v", supervised)
	}
	if certainty.Target != core.TargetNone || certainty.Source != core.Unlabeled || certainty.Unit != core.UnitFrame ||
		certainty.Outputs != 5 {
		t.Errorf("certainty is %+v", certainty)
	}
}
