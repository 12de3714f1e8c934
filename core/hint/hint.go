// Package hint carries advice with errors: what a user can do about them.
//
// Hints are no part of an error's text. Error methods return the message alone, so that
// it can be wrapped, joined and quoted; [Text] shows the message with all hints behind it:
//
//	folder runs/x is not empty
//	hint: name another
//
// [With] adds a hint to an error; an error type gives its own through [Hinter]. [Of]
// returns the hints of an error and of all that it wraps.
package hint

import (
	"fmt"
	"slices"
	"strings"
)

// mark stands before each hint, which has a line of its own.
const mark = "\nhint: "

// Hinter is an error that gives hints, those of errors that it wraps not among them.
type Hinter interface {
	error
	Hints() []string
}

// hinted is an error with one hint more than it had.
type hinted struct {
	err  error
	hint string
}

// With returns err with a hint, and nil for nil. The hint is formatted as by Sprintf.
func With(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return &hinted{err, fmt.Sprintf(format, args...)}
}

func (h *hinted) Error() string { return h.err.Error() }

func (h *hinted) Hints() []string { return []string{h.hint} }

func (h *hinted) Unwrap() error { return h.err }

// Lines returns the lines that show hints behind a message. Empty hints have none.
func Lines(hints ...string) string {
	var text strings.Builder
	for _, h := range hints {
		if h != "" {
			text.WriteString(mark + h)
		}
	}
	return text.String()
}

// Join returns several hints as one, which prints as they do.
func Join(hints []string) string { return strings.TrimPrefix(Lines(hints...), mark) }

// Text returns the message of err, then all its hints, a line each.
func Text(err error) string { return err.Error() + Lines(Of(err)...) }

// Of returns all hints of err: those of the errors that it wraps, in their order, then
// its own. A hint that several errors give is returned once.
func Of(err error) (hints []string) {
	for _, inner := range wrapped(err) {
		hints = unite(hints, Of(inner))
	}
	// Not errors.As: it looks into wrapped errors, whose hints are there already, and
	// stops at the first.
	if h, ok := err.(Hinter); ok {
		hints = unite(hints, h.Hints())
	}
	return hints
}

// wrapped returns the errors directly below err, without those that are nil.
func wrapped(err error) []error {
	var all []error
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		all = []error{e.Unwrap()}
	case interface{ Unwrap() []error }:
		all = e.Unwrap()
	}
	// A copy, because the slice belongs to the error, and DeleteFunc writes into it.
	return slices.DeleteFunc(slices.Clone(all), func(e error) bool { return e == nil })
}

// unite appends the hints that are not there yet.
func unite(hints, more []string) []string {
	for _, h := range more {
		if h != "" && !slices.Contains(hints, h) {
			hints = append(hints, h)
		}
	}
	return hints
}
