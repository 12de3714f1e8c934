package supervised

import (
	"testing"

	"montage/core"
	"montage/core/sdk/sdktest"
)

func TestProgram(t *testing.T) {
	p := sdktest.StrategyCase{Component: Component}.Check(t)
	if len(p.Branches) != 1 || len(p.Phases) != 1 {
		t.Fatalf("%+v", p)
	}
	supervised, train := p.Branches[0], p.Phases[0]
	if supervised.Outputs != 5 || supervised.Target != core.TargetMultiHot || supervised.Source != core.Labeled {
		t.Errorf("supervised is %+v", supervised)
	}
	if p.Predict != supervised.Name || train.Name != "train" || len(train.Branches) != 1 ||
		train.Branches[0] != supervised.Name {
		t.Errorf("train is %+v, predict %q", train, p.Predict)
	}
}
