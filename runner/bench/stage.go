package bench

import (
	"montage/core"
	"montage/registry/clock"
)

// StageTime is the time of one stage of the backbone.
type StageTime struct {
	Name string `json:"name"`
	// Forward and Backward are milliseconds for a frame, 0 where there was none.
	// Backward holds whatever the stage did in backward calls.
	Forward  float64 `json:"forward_ms"`
	Backward float64 `json:"backward_ms"`
	// GFLOP are the operations of a frame's forward, in thousands of millions, as the
	// plan counts them; GFLOPS are those in a second. 0 is unknown.
	GFLOP  float64 `json:"gflop"`
	GFLOPS float64 `json:"gflops"`
}

// stages returns the times of the backbone's stages, nil if it does not measure them.
func stages(plan core.ModulePlan, spent []clock.Spent) []StageTime {
	out := make([]StageTime, len(plan.Stages))
	measured := false
	for _, s := range spent {
		if s.Kind != core.KindBackbone || len(s.Stages) != len(out) {
			continue
		}
		measured = true
		for i, stage := range s.Stages {
			if stage.Rows == 0 {
				continue
			}
			ms := stage.Time.Seconds() * 1e3 / float64(stage.Rows)
			if s.Call == "forward" {
				out[i].Forward = ms
			} else {
				out[i].Backward = ms
			}
		}
	}
	if !measured {
		return nil
	}
	for i, stage := range plan.Stages {
		t := &out[i]
		t.Name, t.GFLOP = stage.Name, float64(stage.Operations)/1e9
		if t.Forward > 0 {
			t.GFLOPS = t.GFLOP / (t.Forward / 1e3)
		}
	}
	return out
}
