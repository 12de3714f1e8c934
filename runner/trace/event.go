package trace

import (
	"encoding/json"
	"fmt"
	"time"

	"montage/core/hint"
	"montage/registry/clock"
)

// event is one line of the format. Times are in microseconds.
type event struct {
	Name     string         `json:"name"`
	Category string         `json:"cat,omitempty"`
	Phase    string         `json:"ph"`
	Start    json.Number    `json:"ts,omitempty"`
	Duration json.Number    `json:"dur,omitempty"`
	PID      int            `json:"pid"`
	TID      int            `json:"tid"`
	Args     map[string]any `json:"args,omitempty"`
}

// args are what a reader shows of a call.
func args(c clock.Called) map[string]any {
	a := map[string]any{"plugin": c.Plugin, "method": c.Call, "attempt": c.Attempt}
	if c.Instance.Name != "" {
		a["component"], a["instance"] = c.Instance.String(), c.Instance.ID
	}
	if c.Computes {
		a["bytes"], a["compute_us"] = c.Bytes, micros(c.Compute)
	}
	if c.Site.Branch != "" {
		a["phase"], a["branch"], a["step"] = c.Site.Phase, c.Site.Branch, c.Site.Step
	}
	if c.Err != nil {
		a["error"] = hint.Text(c.Err)
	}
	return a
}

// micros keeps nanoseconds as decimals.
func micros(d time.Duration) json.Number {
	return json.Number(fmt.Sprintf("%d.%03d", d/1000, d%1000))
}
