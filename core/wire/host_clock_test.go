package wire

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/metadata"

	"montage/core"
)

func TestClockAddsUp(t *testing.T) {
	c := &Clock{}
	c.add(Spent{Kind: core.KindHead, Name: "mlp", Call: "forward", Calls: 1, Total: 3, Compute: 2})
	c.add(Spent{Kind: core.KindBackbone, Name: "resnet50", Call: "forward", Calls: 1, Total: 5, Compute: 5})
	c.add(Spent{Kind: core.KindHead, Name: "mlp", Call: "forward", Calls: 1, Total: 4, Compute: 1})
	spent := c.Spent()
	if want := (Spent{Kind: core.KindHead, Name: "mlp", Call: "forward", Calls: 2, Total: 7,
		Compute: 3}); len(spent) != 2 || !reflect.DeepEqual(spent[1], want) {
		t.Errorf("got %+v", spent)
	}
	c.Reset()
	if len(c.Spent()) != 0 {
		t.Error("Reset forgot nothing")
	}
	var none *Clock
	ctx, done := none.time(t.Context(), Called{})
	if done(0, nil); ctx != t.Context() {
		t.Error("no clock changed the context")
	}
}

// TestClockDistrustsPlugins gives it more computing than there was time.
func TestClockDistrustsPlugins(t *testing.T) {
	for claim, most := range map[string]time.Duration{"999999999999999": time.Minute, "-5": 0, "x": 0} {
		c := &Clock{}
		ctx, done := c.time(t.Context(), Called{Computes: true})
		setTrailer(ctx, computeKey, claim)
		done(0, nil)
		if s := c.Spent()[0]; s.Compute > s.Total || s.Compute > most || s.Compute < 0 {
			t.Errorf("claim %s: %+v", claim, s)
		}
	}
}

// TestClockAddsUpStages believes what can be true.
func TestClockAddsUpStages(t *testing.T) {
	if got := stages([]string{"5 0 7"}, 20, 3); !reflect.DeepEqual(together(got, []StageSpent{{1, 2}}),
		[]StageSpent{{6, 5}, {}, {7, 3}}) {
		t.Errorf("stages %v", got)
	}
	for _, claim := range []string{"15 6", "-1 3", "x", "9223372036854775807 9223372036854775807",
		strings.Repeat("0 ", mostStages+1)} {
		if got := stages([]string{claim}, 20, 3); got != nil {
			t.Errorf("claim %.20q of stages gave %v", claim, got)
		}
	}
	if got := printTimes([]time.Duration{5, 0, 7}); got != "5 0 7" {
		t.Errorf("printed %q", got)
	}
}

func setTrailer(ctx context.Context, key, value string) {
	ctx.Value(trailerKey{}).(*metadata.MD).Set(key, value)
}
