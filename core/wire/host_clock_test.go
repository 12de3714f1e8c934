package wire

import (
	"context"
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
	if len(spent) != 2 || spent[1] != (Spent{core.KindHead, "mlp", "forward", 2, 7, 3}) {
		t.Errorf("got %+v", spent)
	}
	c.Reset()
	if len(c.Spent()) != 0 {
		t.Error("Reset forgot nothing")
	}
	var none *Clock
	ctx, done := none.time(t.Context(), Instance{}, "forward")
	if done(); ctx != t.Context() {
		t.Error("no clock changed the context")
	}
}

// TestClockDistrustsPlugins gives it more computing than there was time.
func TestClockDistrustsPlugins(t *testing.T) {
	for claim, most := range map[string]time.Duration{"999999999999999": time.Minute, "-5": 0, "x": 0} {
		c := &Clock{}
		ctx, done := c.time(t.Context(), Instance{}, "forward")
		setTrailer(ctx, computeKey, claim)
		done()
		if s := c.Spent()[0]; s.Compute > s.Total || s.Compute > most || s.Compute < 0 {
			t.Errorf("claim %s: %+v", claim, s)
		}
	}
}

func setTrailer(ctx context.Context, key, value string) {
	ctx.Value(trailerKey{}).(*metadata.MD).Set(key, value)
}
