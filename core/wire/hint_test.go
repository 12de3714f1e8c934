package wire

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"google.golang.org/grpc/status"

	"montage/core"
	"montage/core/hint"
)

// TestHintsCross: the hints of a plugin's error, and of all that it joins, are hints of
// the error that the runner gets. The message that crosses has none of them.
func TestHintsCross(t *testing.T) {
	err := errors.Join(fmt.Errorf("plan %w, so no", hint.With(core.ErrShape, "change the width")),
		&core.OptionError{Path: "a", Problem: "a is bad", Hint: "a good one"})
	sent := ToStatus(t.Context(), err)
	if got := status.Convert(sent).Message(); got != "plan shapes do not fit, so no\na is bad" {
		t.Errorf("the message on the wire is %q", got)
	}
	got := FromStatus("plan of head/x", sent)
	stopped := fmt.Errorf("%w; stopped", got)
	if want := "plan of head/x: plan shapes do not fit, so no\na is bad; stopped"; stopped.Error() != want {
		t.Errorf("message %q, expected %q", stopped, want)
	}
	if hints := hint.Of(stopped); !slices.Equal(hints, []string{"a good one", "change the width"}) {
		t.Errorf("hints %q", hints)
	}
	if !errors.Is(got, core.ErrShape) || len(core.OptionErrors(got)) != 1 {
		t.Errorf("%v has lost its identities", got)
	}
}

// TestHintsOfPanicsCross: with what is no hint, though it looks like one.
func TestHintsOfPanicsCross(t *testing.T) {
	got := FromStatus("plan", PanicStatus(hint.With(errors.New("panic: a\nhint: b"), "tell its author")))
	if got.Error() != "plan: panic: a\nhint: b" || !slices.Equal(hint.Of(got), []string{"tell its author"}) ||
		!errors.Is(got, core.ErrPanic) {
		t.Errorf("message %q, hints %q", got, hint.Of(got))
	}
}

// TestHintsAreMadeUTF8: what else protobuf would refuse, and the identity be lost with it.
func TestHintsAreMadeUTF8(t *testing.T) {
	got := FromStatus("plan", ToStatus(t.Context(), hint.With(fmt.Errorf("\xff: %w", core.ErrNotFinite), "no \xfe")))
	if text := hint.Text(got); !utf8.ValidString(text) || !strings.HasSuffix(text, "\nhint: no \uFFFD") ||
		!errors.Is(got, core.ErrNotFinite) {
		t.Errorf("%q", text)
	}
}
