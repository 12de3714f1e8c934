package conform

import (
	"fmt"
	"strings"
)

// Result is the outcome of one check.
type Result struct {
	Check string `json:"check"`
	OK    bool   `json:"ok"`
	// Reason says why the component failed.
	Reason string `json:"reason,omitempty"`
}

// String is one line: ok or FAIL, the check, and what is wrong.
func (r Result) String() string {
	if r.OK {
		// Padded to the width of FAIL, so that the names stand in a column.
		return "ok   " + r.Check
	}
	return fmt.Sprintf("FAIL %s: %s", r.Check, strings.ReplaceAll(r.Reason, "\n", "\n     "))
}

// Report is the outcome of all checks of one component.
type Report struct {
	// Component is its kind/name.
	Component string   `json:"component"`
	OK        bool     `json:"ok"`
	Checks    []Result `json:"checks"`
}

// String is a line for the component and one for each check.
func (r Report) String() string {
	var b strings.Builder
	b.WriteString(r.Component + "\n")
	for _, c := range r.Checks {
		b.WriteString("  " + strings.ReplaceAll(c.String(), "\n", "\n  ") + "\n")
	}
	return b.String()
}

// Failed returns the names of the checks that failed.
func (r Report) Failed() []string {
	var out []string
	for _, c := range r.Checks {
		if !c.OK {
			out = append(out, c.Check)
		}
	}
	return out
}
