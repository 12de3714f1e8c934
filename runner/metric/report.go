package metric

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Report is a result with its classes' names. It is printed in the layout of
// scikit-learn's classification_report(target_names=Names).
type Report struct {
	Names []string
	Result
}

// Line is a line of the report: a class or an average.
type Line struct {
	Name  string
	Score Score
}

// NewReport names a result's classes. It refuses names that are double or that
// are those of an average: in the JSON one would hide the other.
func NewReport(names []string, result Result) (Report, error) {
	if len(names) != len(result.Classes) {
		return Report{}, fmt.Errorf("%d class names for %d classes", len(names), len(result.Classes))
	}
	report := Report{Names: names, Result: result}
	seen := map[string]bool{}
	for _, line := range result.Averages() {
		seen[line.Name] = true
	}
	for i, name := range names {
		if seen[name] {
			return Report{}, fmt.Errorf("class %d: name %q is taken by another line of the report", i, name)
		}
		seen[name] = true
	}
	return report, nil
}

// Lines returns the classes, in order.
func (r Report) Lines() []Line {
	lines := make([]Line, len(r.Names))
	for i, name := range r.Names {
		lines[i] = Line{name, r.Classes[i]}
	}
	return lines
}

// Averages returns the averages by scikit-learn's names, in its order.
func (r Result) Averages() []Line {
	return []Line{
		{"micro avg", r.Micro},
		{"macro avg", r.Macro},
		{"weighted avg", r.Weighted},
		{"samples avg", r.Samples},
	}
}

// Text returns the table, every ratio with the given number of decimals.
func (r Report) Text(digits int) string {
	width := max(r.nameWidth(), len("weighted avg"), digits)
	var text strings.Builder
	fmt.Fprintf(&text, "%*s  %9s %9s %9s %9s\n\n", width, "", "precision", "recall", "f1-score", "support")
	row := func(l Line) {
		fmt.Fprintf(&text, "%*s  %9.*f %9.*f %9.*f %9d\n", width, l.Name,
			digits, l.Score.Precision, digits, l.Score.Recall, digits, l.Score.F1, l.Score.Support)
	}
	for _, l := range r.Lines() {
		row(l)
	}
	text.WriteString("\n")
	for _, l := range r.Averages() {
		row(l)
	}
	return text.String()
}

// MarshalJSON returns the object that scikit-learn's output_dict=True is, its
// keys in the order of the table.
func (r Report) MarshalJSON() ([]byte, error) {
	object := bytes.NewBufferString("{")
	for i, l := range append(r.Lines(), r.Averages()...) {
		if i > 0 {
			object.WriteByte(',')
		}
		name, err := json.Marshal(l.Name)
		if err != nil {
			return nil, err
		}
		score, err := json.Marshal(l.Score)
		if err != nil {
			return nil, err
		}
		object.Write(name)
		object.WriteByte(':')
		object.Write(score)
	}
	object.WriteByte('}')
	return object.Bytes(), nil
}

// nameWidth counts characters, not bytes, as Python does.
func (r Report) nameWidth() int {
	width := 0
	for _, name := range r.Names {
		width = max(width, utf8.RuneCountInString(name))
	}
	return width
}
