package hint_test

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"testing"

	"montage/core"
	"montage/core/hint"
)

// refusal is an error of somebody else's type that wraps others.
type refusal struct{ why error }

func (r refusal) Error() string   { return "refused, for " + r.why.Error() }
func (r refusal) Unwrap() error   { return r.why }
func (r refusal) Hints() []string { return []string{"ask again"} }

// short shows only the beginning of the error that it wraps, in quotes.
type short struct{ error }

func (s short) Error() string { return fmt.Sprintf("failed: %.8q…", s.error) }
func (s short) Unwrap() error { return s.error }

// silent wraps an error that its text does not show.
type silent struct{ error }

func (silent) Error() string   { return "it failed" }
func (s silent) Unwrap() error { return s.error }

func TestOf(t *testing.T) {
	full := hint.With(errors.New("folder x is not empty"), "name another with %s", "--out")
	option := &core.OptionError{Path: "p", Problem: "p = 2 is out of range", Hint: "a probability"}
	for name, c := range map[string]struct {
		err     error
		message string
		hints   []string
	}{
		"none":   {errors.New("plain"), "plain", nil},
		"one":    {full, "folder x is not empty", []string{"name another with --out"}},
		"option": {option, "p = 2 is out of range", []string{"a probability"}},
		"wrapped": {fmt.Errorf("run: %w (twice)", full), "run: folder x is not empty (twice)",
			[]string{"name another with --out"}},
		"joined": {errors.Join(full, errors.New("plain"), option),
			"folder x is not empty\nplain\np = 2 is out of range",
			[]string{"name another with --out", "a probability"}},
		"joined, the same": {errors.Join(full, full), "folder x is not empty\nfolder x is not empty",
			[]string{"name another with --out"}},
		"nested": {hint.With(fmt.Errorf("run: %w", full), "or end it"), "run: folder x is not empty",
			[]string{"name another with --out", "or end it"}},
		"two in one line": {fmt.Errorf("%w, then %w", option, full),
			"p = 2 is out of range, then folder x is not empty",
			[]string{"a probability", "name another with --out"}},
		"own type": {fmt.Errorf("no: %w", refusal{full}), "no: refused, for folder x is not empty",
			[]string{"name another with --out", "ask again"}},
		"not in the text": {silent{full}, "it failed", []string{"name another with --out"}},
		"shortened":       {short{full}, `failed: "folder x"…`, []string{"name another with --out"}},
		"option without":  {&core.OptionError{Problem: "bad"}, "bad", nil},
	} {
		hints := hint.Of(c.err)
		if c.err.Error() != c.message || !slices.Equal(hints, c.hints) {
			t.Errorf("%s: %q with %q, expected %q with %q", name, c.err, hints, c.message, c.hints)
		}
	}
}

// TestTextHasHintsLast: errors.Is goes through, and a wrapped error prints its hint behind
// the whole message.
func TestTextHasHintsLast(t *testing.T) {
	inner := hint.With(fmt.Errorf("open weights: %w", fs.ErrNotExist), "leave weights out")
	if got := hint.Text(inner); got != "open weights: file does not exist\nhint: leave weights out" {
		t.Errorf("%q", got)
	}
	err := fmt.Errorf("load %w; nothing is trained", inner)
	want := "load open weights: file does not exist; nothing is trained\nhint: leave weights out"
	if got := hint.Text(err); got != want || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%q, expected %q", got, want)
	}
	outer := hint.With(err, "or name another file")
	if got := hint.Text(outer); got != want+"\nhint: or name another file" {
		t.Errorf("%q", got)
	}
	if hint.With(nil, "no error") != nil || len(hint.Of(nil)) != 0 {
		t.Error("a hint alone is an error")
	}
}

func TestJoinedHintsPrintAsLines(t *testing.T) {
	err := &core.OptionError{Problem: "bad", Hint: hint.Join([]string{"a", "b"})}
	if got := hint.Text(err); got != "bad\nhint: a\nhint: b" {
		t.Errorf("%q", got)
	}
	if hint.Join(nil) != "" || hint.Lines("", "") != "" {
		t.Error("no hint prints something")
	}
}
