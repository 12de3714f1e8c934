package compare

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"montage/core/hint"
	"montage/runner/run"
)

// scored is what a comparison reads of a run's report.json.
type scored struct {
	MAP   *float64 `json:"mean_average_precision"`
	Rules []struct {
		Rule   string `json:"rule"`
		Report map[string]struct {
			F1 float64 `json:"f1-score"`
		} `json:"report"`
	} `json:"predictions"`
}

// reportFile is what a run has when it is trained and scored.
const reportFile = "report.json"

// Finished reports whether a run has its report.
func Finished(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, reportFile))
	return err == nil
}

// Read returns the outcome of a finished run, and the rule of prediction that its
// report ends with: the threshold's.
func Read(dir string) (Outcome, string, error) {
	path := filepath.Join(dir, reportFile)
	raw, err := os.ReadFile(path)
	if err != nil {
		return Outcome{}, "", fmt.Errorf("read the run's report: %w", err)
	}
	var s scored
	if err := json.Unmarshal(raw, &s); err != nil {
		return Outcome{}, "", hint.With(fmt.Errorf("%s is damaged: %w", path, err),
			"score the run again: runner eval %s", dir)
	}
	if s.MAP == nil || len(s.Rules) == 0 {
		return Outcome{}, "", fmt.Errorf("%s has no mean average precision: no class has an example in the test "+
			"set", path)
	}
	o := Outcome{MAP: *s.MAP, F1: map[string]float64{}}
	for _, r := range s.Rules {
		o.F1[r.Rule] = r.Report["macro avg"].F1
	}
	err = o.readEpochs(dir) // before o is copied
	return o, s.Rules[len(s.Rules)-1].Rule, err
}

// readEpochs fills in what the run recorded while it trained.
func (o *Outcome) readEpochs(dir string) error {
	records, err := (&run.Run{Dir: dir}).Records()
	if err != nil {
		return err
	}
	o.Steps = map[string]int{}
	for _, r := range records {
		for branch := range r.Losses {
			o.Steps[branch] += r.Steps
		}
		o.Seconds += r.Seconds
		o.Valid = r.Score
	}
	return nil
}
