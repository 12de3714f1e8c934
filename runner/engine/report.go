package engine

import (
	"fmt"
	"strings"
)

// StepReport describes one step.
type StepReport struct {
	Phase         string
	Epoch, Epochs int
	Step, Steps   int
	// Losses are the means over the epoch so far.
	Losses  map[string]float64
	Samples int
	// Frames are those that were trained on.
	Frames int
}

// EpochReport describes one epoch. It is a line of a run's metrics.
type EpochReport struct {
	Phase string `json:"phase"`
	// Epoch counts from 1.
	Epoch  int                `json:"epoch"`
	Steps  int                `json:"steps"`
	Losses map[string]float64 `json:"losses"`
	// Rates are the learning rates of the epoch's last step, by optimizer.
	Rates map[string]float64 `json:"learning_rates"`
	// Score is the mean average precision on the validation set, where there is one.
	Score *float64 `json:"valid_map,omitempty"`
	// Embeddings are means over the steps, by branch, for branches whose outputs are
	// embeddings.
	Embeddings map[string]EmbeddingStats `json:"embeddings,omitempty"`
	// Probe is how well the features do in probes, where the spec asks for them.
	Probe map[string]float64 `json:"probe,omitempty"`
	// Last reports whether the phase ends with the epoch.
	Last bool `json:"-"`
	// Seconds and Frames are of this session: a resumed epoch counts from there.
	Seconds float64 `json:"seconds"`
	Frames  int     `json:"frames"`
}

// StepError says where training stopped and on which samples.
type StepError struct {
	Phase   string
	Epoch   int
	Step    int
	Branch  string
	Samples []string
	Err     error
}

func (e *StepError) Error() string {
	where := fmt.Sprintf("phase %s, epoch %d, step %d", e.Phase, e.Epoch+1, e.Step+1)
	if e.Branch != "" {
		where += ", branch " + e.Branch
	}
	if len(e.Samples) > 0 {
		where += ", samples " + strings.Join(e.Samples, " ")
	}
	return where + ": " + e.Err.Error()
}

func (e *StepError) Unwrap() error { return e.Err }
