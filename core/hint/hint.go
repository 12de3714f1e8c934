// Package hint carries advice with errors: what a user can do about them.
//
// An error with a hint prints its message, then the hint on a line of its own:
//
//	folder runs/x is not empty
//	hint: name another
//
// [With] adds a hint to an error; an error type gives its own through [Hinter].
// Where an error with a hint is wrapped or joined with others, its Error method shows
// the hint in the middle of the text. [Text] shows all hints behind the whole message.
package hint

import (
	"fmt"
	"slices"
	"strings"
)

const mark = "\nhint: "

// Hinter is an error that gives hints. Its Error method ends with [Lines] of them.
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

func (h *hinted) Error() string {
	message, hints := Split(h)
	return message + Lines(hints...)
}

// Hints returns the hint itself, and not those of the error that it was added to.
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
func Text(err error) string {
	message, hints := Split(err)
	return message + Lines(hints...)
}

// Split returns the text of err without its hints, and all hints: those of the errors that
// it wraps, in their order, then its own. A hint that several errors give is returned once.
func Split(err error) (message string, hints []string) {
	if err == nil {
		return "", nil
	}
	if h, ok := err.(*hinted); ok {
		message, hints = Split(h.err)
		return message, unite(hints, h.Hints())
	}
	message = err.Error()
	var own []string
	if h, ok := err.(Hinter); ok {
		own = h.Hints()
		message = strings.TrimSuffix(message, Lines(own...))
	}
	final := 0 // up to here the message does not change any more
	for _, inner := range wrapped(err) {
		bare, more := Split(inner)
		hints = unite(hints, more)
		full := inner.Error()
		if at := strings.Index(message[final:], full); at >= 0 && full != "" {
			message = message[:final+at] + bare + message[final+at+len(full):]
			final += at + len(bare)
		}
	}
	return message, unite(hints, own)
}

func wrapped(err error) []error {
	var all []error
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		all = []error{e.Unwrap()}
	case interface{ Unwrap() []error }:
		all = e.Unwrap()
	}
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
