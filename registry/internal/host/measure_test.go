package host

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/metadata"

	"montage/core"
	"montage/core/wire"
	"montage/registry/clock"
)

// TestClockWatchesEveryCall hears of calls in their order, with call site and outcome.
func TestClockWatchesEveryCall(t *testing.T) {
	heard := make(chan clock.Called, 10)
	c := ill("good")
	c.Clock = &clock.Clock{Watch: func(made clock.Called) { heard <- made }}
	r := start(t, c)
	i, f := r.head(t, "not-finite"), r.forward(t)
	where := core.CallSite{Phase: "train", Branch: "supervised", Step: 3}
	ctx := WithAttempt(core.WithCallSite(t.Context(), where), 2)
	if err := r.Forward(ctx, i, f); !errors.Is(err, core.ErrNotFinite) {
		t.Fatal(err)
	}
	for _, want := range []string{"start", "open", "create", "plan", "forward"} {
		got := <-heard
		if got.Call != want || got.Plugin != "good" || got.PID != r.PID() || got.Total <= 0 ||
			got.Computes != (want == "forward") {
			t.Errorf("heard %+v, want %s", got, want)
		}
		if want == "forward" && (got.Bytes != 4+24+24 || got.Attempt != 2 || got.Site != where ||
			!errors.Is(got.Err, core.ErrNotFinite) || got.Instance != i) {
			t.Errorf("heard %+v", got)
		}
	}
	if spent := c.Clock.Spent(); len(spent) != 1 || spent[0].Call != "forward" {
		t.Errorf("added up %+v", spent)
	}
}

// TestNothingIsMeasuredWithoutAClock leaves the context as it is.
func TestNothingIsMeasuredWithoutAClock(t *testing.T) {
	ctx, done := (&Process{}).timed(t.Context(), call{})
	if done(nil); ctx != t.Context() {
		t.Error("no clock changed the context")
	}
}

// TestPluginsAreNotTrustedWithTimes gives the host more computing than there was time.
func TestPluginsAreNotTrustedWithTimes(t *testing.T) {
	for text, want := range map[string]time.Duration{"3": 3, "999999999999999": 20, "-5": 0, "x": 0} {
		made := clock.Called{Total: 20}
		if claim(&made, metadata.Pairs(wire.ComputeKey, text)); made.Compute != want {
			t.Errorf("claim %s gave %v of %v", text, made.Compute, made.Total)
		}
	}
}

// TestStagesAreBelievedIfTheyCanBeTrue bounds what a plugin says of its stages.
func TestStagesAreBelievedIfTheyCanBeTrue(t *testing.T) {
	if got := stages([]string{"5 0 7"}, 20, 3); !reflect.DeepEqual(got, []clock.StageSpent{{Time: 5, Rows: 3}, {},
		{Time: 7, Rows: 3}}) {
		t.Errorf("stages %v", got)
	}
	for _, text := range []string{"15 6", "-1 3", "x", "9223372036854775807 9223372036854775807",
		strings.Repeat("0 ", mostStages+1)} {
		if got := stages([]string{text}, 20, 3); got != nil {
			t.Errorf("claim %.20q of stages gave %v", text, got)
		}
	}
}
