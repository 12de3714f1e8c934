package supervised

import (
	"testing"

	"montage/core"
	"montage/core/sdk/sdktest"
)

func TestProgram(t *testing.T) {
	p := sdktest.Strategy{Component: Component}.Check(t)
	if len(p.Branches) != 1 || len(p.Phases) != 1 {
		t.Fatalf("%+v", p)
	}
	genre, train := p.Branches[0], p.Phases[0]
	if genre.Outputs != 5 || genre.Target != core.TargetMultiHot || genre.Source != core.Labeled {
		t.Errorf("genre is %+v", genre)
	}
	if p.Predict != genre.Name || train.Name != "train" || len(train.Branches) != 1 || train.Branches[0] != genre.Name {
		t.Errorf("train is %+v, predict %q", train, p.Predict)
	}
}
