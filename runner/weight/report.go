package weight

import (
	"errors"
	"fmt"
	"sort"
	"strings"

	"montage/core/tensor"
)

// MatchReport says which tensors of a file were loaded into a model, and which were not.
type MatchReport struct {
	// Matched counts the tensors that were copied.
	Matched int `json:"matched"`
	// Missing names the model's tensors that the file lacks; they keep their values.
	Missing []string `json:"missing,omitempty"`
	// Unexpected names the file's tensors that the model lacks, but batch counters.
	Unexpected []string `json:"unexpected,omitempty"`
	// Classifier names those of Unexpected that belong to the file's own classifier,
	// which a backbone has no use for.
	Classifier []string `json:"classifier,omitempty"`
	// LeftOut names the file's tensors of integers, but batch counters.
	LeftOut []string `json:"left_out,omitempty"`
	// Unwrapped is what was taken off the file's names: the key of a checkpoint and
	// a prefix.
	Unwrapped []string `json:"unwrapped,omitempty"`
}

// classifiers are the names of the last layer in torchvision's and timm's models.
var classifiers = []string{"fc.", "classifier.", "head."}

// mostProblems bounds the shapes that an error lists.
const mostProblems = 8

// Fill copies tensors into a model's, by name. A tensor of another shape is an
// error that lists such; missing and unexpected names are the report's.
func Fill(model []Named, tensors map[string]tensor.Tensor) (MatchReport, error) {
	report, problems, wanted := MatchReport{}, []error(nil), map[string]bool{}
	for _, m := range model {
		wanted[m.Name] = true
		t, ok := tensors[m.Name]
		switch {
		case !ok:
			report.Missing = append(report.Missing, m.Name)
		case !tensor.SameShape(t.Shape, m.Tensor.Shape):
			problems = append(problems, fmt.Errorf("%s has shape %v in the file and %v in the model",
				m.Name, t.Shape, m.Tensor.Shape))
		default:
			report.Matched++
		}
	}
	for name := range tensors {
		if !wanted[name] && !isCounter(name) {
			report.unexpected(name)
		}
	}
	sort.Strings(report.Unexpected)
	sort.Strings(report.Classifier)
	if len(problems) > mostProblems {
		problems = append(problems[:mostProblems], fmt.Errorf("and %d more", len(problems)-mostProblems))
	}
	if len(problems) > 0 {
		return report, errors.Join(problems...)
	}
	for _, m := range model { // only now: a refused file changes nothing
		if t, ok := tensors[m.Name]; ok {
			copy(m.Tensor.Bytes(), t.Bytes())
		}
	}
	return report, nil
}

func (r *MatchReport) unexpected(name string) {
	r.Unexpected = append(r.Unexpected, name)
	for _, c := range classifiers {
		if strings.HasPrefix(name, c) {
			r.Classifier = append(r.Classifier, name)
			return
		}
	}
}

// Doubtful reports whether the file may be the wrong one: names are missing, or
// unexpected and not of a classifier.
func (r MatchReport) Doubtful() bool {
	return len(r.Missing) > 0 || len(r.Unexpected) > len(r.Classifier)
}

// String says it in one line, naming at most three of each.
func (r MatchReport) String() string {
	line := fmt.Sprintf("%d matched, %s missing, %s unexpected", r.Matched, few(r.Missing), few(r.Unexpected))
	if len(r.Classifier) > 0 && len(r.Classifier) == len(r.Unexpected) {
		line += " (the file's own classifier)"
	}
	if len(r.LeftOut) > 0 {
		line += fmt.Sprintf(", %s left out as integers", few(r.LeftOut))
	}
	if len(r.Unwrapped) > 0 {
		line += ", taken from " + strings.Join(r.Unwrapped, " and ")
	}
	return line
}

func few(names []string) string {
	if len(names) <= 3 {
		return strings.TrimSpace(fmt.Sprintf("%d %s", len(names), strings.Join(names, " ")))
	}
	return fmt.Sprintf("%d (%s …)", len(names), strings.Join(names[:3], " "))
}
