package core

import "errors"

// These errors keep their identity across the wire: errors.Is works on both sides. A
// component wraps one with %w, so that the runner can react without matching text.
var (
	// ErrShape: the shapes of the tensors do not match each other or the plan.
	ErrShape = errors.New("shapes do not fit")
	// ErrNotPlanned: a call came before Plan, or exceeds the limits given to Plan.
	ErrNotPlanned = errors.New("call was not planned")
	// ErrUnsupported: the component does not implement this.
	ErrUnsupported = errors.New("not supported")
	// ErrNotFinite: the component received or produced a NaN or an infinity.
	ErrNotFinite = errors.New("not finite")
)

// OptionError is a problem with one option, found by its declaration or by the
// component itself. The spec adds file, line and column.
type OptionError struct {
	// Path leads to the value inside the component's table, such as
	// layers[3].out. Empty means the table itself.
	Path string `json:"path,omitempty"`
	// Unknown marks a key that the component does not have.
	Unknown bool `json:"unknown,omitempty"`
	// Problem says what is wrong, Hint how to fix it.
	Problem string `json:"problem"`
	Hint    string `json:"hint,omitempty"`
}

func (e *OptionError) Error() string {
	return e.Problem
}

// Hints returns the hint, or "" where there is none.
func (e *OptionError) Hints() []string { return []string{e.Hint} }

// OptionErrors returns every OptionError in a tree of errors, where errors.As stops at
// the first.
func OptionErrors(err error) []*OptionError {
	switch e := err.(type) {
	case *OptionError:
		return []*OptionError{e}
	case interface{ Unwrap() error }:
		return OptionErrors(e.Unwrap())
	case interface{ Unwrap() []error }:
		var all []*OptionError
		for _, inner := range e.Unwrap() {
			all = append(all, OptionErrors(inner)...)
		}
		return all
	}
	return nil
}
