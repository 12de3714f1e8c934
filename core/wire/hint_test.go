package wire

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"montage/core"
	"montage/core/hint"
)

// TestHintsCross: the hints of a plugin's error, and of all that it joins, are hints of
// the error that the runner gets.
func TestHintsCross(t *testing.T) {
	err := errors.Join(fmt.Errorf("plan %w, so no", hint.With(core.ErrShape, "change the width")),
		&core.OptionError{Path: "a", Problem: "a is bad", Hint: "a good one"})
	got := FromStatus("plan of head/x", ToStatus(t.Context(), err))
	message, hints := hint.Split(fmt.Errorf("%w; stopped", got))
	if want := "plan of head/x: plan shapes do not fit, so no\na is bad; stopped"; message != want {
		t.Errorf("message %q, expected %q", message, want)
	}
	if !slices.Equal(hints, []string{"a good one", "change the width"}) {
		t.Errorf("hints %q", hints)
	}
	if !errors.Is(got, core.ErrShape) || len(core.OptionErrors(got)) != 1 {
		t.Errorf("%v has lost its identities", got)
	}
}
