package core

import "errors"

// Errors keep their identity across the wire: errors.Is holds on both sides.
var (
	// ErrShape: what the component was given does not fit together.
	ErrShape = errors.New("shapes do not fit")
	// ErrNotPlanned: a call came before the plan it needs, or beyond its limits.
	ErrNotPlanned = errors.New("call was not planned")
	// ErrUnsupported: the component does not offer this.
	ErrUnsupported = errors.New("not supported")
	// ErrNotFinite: the component met or made a NaN or an infinity.
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
	// Problem says what is wrong, Hint how to mend it.
	Problem string `json:"problem"`
	Hint    string `json:"hint,omitempty"`
}

func (e *OptionError) Error() string {
	if e.Hint == "" {
		return e.Problem
	}
	return e.Problem + "\nhint: " + e.Hint
}
