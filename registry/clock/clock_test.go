package clock

import (
	"reflect"
	"testing"
	"time"

	"montage/core"
	"montage/core/wire"
)

func called(kind core.Kind, name string, total, compute time.Duration, stages ...StageSpent) Called {
	return Called{Instance: wire.Instance{Kind: kind, Name: name}, Call: "forward", Computes: true, Total: total,
		Compute: compute, Stages: stages}
}

func TestClockAddsUp(t *testing.T) {
	var watched int
	c := &Clock{Watch: func(Called) { watched++ }}
	c.Add(called(core.KindHead, "mlp", 3, 2, StageSpent{1, 2}))
	c.Add(called(core.KindBackbone, "resnet50", 5, 5))
	c.Add(called(core.KindHead, "mlp", 4, 1, StageSpent{5, 3}, StageSpent{}, StageSpent{7, 3}))
	c.Add(Called{Call: "plan", Total: 9}) // carries no tensors
	spent := c.Spent()
	want := Spent{Kind: core.KindHead, Name: "mlp", Call: "forward", Calls: 2, Total: 7, Compute: 3,
		Stages: []StageSpent{{6, 5}, {}, {7, 3}}}
	if len(spent) != 2 || !reflect.DeepEqual(spent[1], want) {
		t.Errorf("got %+v", spent)
	}
	if watched != 4 {
		t.Errorf("%d calls were passed on", watched)
	}
	c.Reset()
	if len(c.Spent()) != 0 {
		t.Error("Reset forgot nothing")
	}
}
