package report

import (
	"encoding/json"
	"io"
	"math"

	"montage/runner/metric"
)

// document is report.json.
type document struct {
	Name                 string      `json:"name"`
	Examples             int         `json:"examples"`
	Classes              []string    `json:"classes"`
	MeanAveragePrecision number      `json:"mean_average_precision"`
	AveragePrecision     []number    `json:"average_precision"` // per class
	Rules                []jsonRule  `json:"predictions"`
	Losses               []jsonLoss  `json:"losses"`
	Valid                []jsonScore `json:"valid"`
	Skipped              int         `json:"skipped_files,omitempty"`
}

type jsonRule struct {
	Rule   string        `json:"rule"`
	Report metric.Report `json:"report"`
}

type jsonLoss struct {
	Phase  string `json:"phase"`
	Branch string `json:"branch"`
	Epoch  int    `json:"epoch"`
	Loss   number `json:"loss"`
}

type jsonScore struct {
	Phase string `json:"phase"`
	Of    string `json:"of"`
	Epoch int    `json:"epoch"`
	Score number `json:"mean_average_precision"`
}

// number is null where JSON has no number for it: NaN and infinities.
type number float64

// MarshalJSON returns the number or null.
func (n number) MarshalJSON() ([]byte, error) {
	if x := float64(n); !math.IsNaN(x) && !math.IsInf(x, 0) {
		return json.Marshal(x)
	}
	return []byte("null"), nil
}

// WriteJSON writes all numbers of the report. Per rule it holds the object that
// scikit-learn's classification_report(output_dict=True) returns; an average
// precision that is undefined and a loss that is not finite are null.
func (e Evaluation) WriteJSON(w io.Writer) error {
	d := document{
		Name:                 e.Run.Name,
		Examples:             len(e.Run.IDs),
		Classes:              e.Run.Classes,
		MeanAveragePrecision: number(e.Precision.Mean),
		Losses:               []jsonLoss{}, // not null
		Valid:                []jsonScore{},
		Skipped:              e.Run.Skipped,
	}
	for _, ap := range e.Precision.Classes {
		d.AveragePrecision = append(d.AveragePrecision, number(ap))
	}
	for _, rule := range e.Rules {
		d.Rules = append(d.Rules, jsonRule{rule.Name, rule.Report})
	}
	for _, m := range e.Run.Losses {
		d.Losses = append(d.Losses, jsonLoss{m.Phase, m.Name, m.Epoch, number(m.Value)})
	}
	for _, m := range e.Run.Valid {
		d.Valid = append(d.Valid, jsonScore{m.Phase, m.Name, m.Epoch, number(m.Value)})
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(d)
}
