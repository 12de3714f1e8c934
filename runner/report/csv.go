package report

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"

	"montage/core/tensor"
	"montage/runner/metric"
)

// labelSeparator joins the labels of a sample, as in the data set's own files.
const labelSeparator = "|"

// WriteCSV writes a line per sample: id, its true labels (empty without targets),
// the labels predicted at the threshold, and the score of every class, in decimals
// that read back as the same float32.
func (r RunSummary) WriteCSV(w io.Writer) error {
	if err := r.check(); err != nil {
		return err
	}
	truth := metric.Labels{}
	if !r.Targets.IsZero() {
		var err error
		if truth, err = metric.NewLabels(r.Targets); err != nil {
			return err
		}
	}
	predicted, err := metric.Above(r.Scores, r.Threshold)
	if err != nil {
		return err
	}
	table := csv.NewWriter(w)
	lines := [][]string{append([]string{"id", "labels", "predicted"}, r.Classes...)}
	for row, id := range r.IDs {
		line := []string{id, r.labels(truth, row), r.labels(predicted, row)}
		lines = append(lines, append(line, decimals(r.Scores, row)...))
	}
	return table.WriteAll(lines)
}

// labels returns the names of a row's classes, none where nothing is known.
func (r RunSummary) labels(of metric.Labels, row int) string {
	if row >= of.Rows {
		return ""
	}
	var names []string
	for _, class := range of.Row(row) {
		names = append(names, r.Classes[class])
	}
	return strings.Join(names, labelSeparator)
}

func decimals(scores tensor.Tensor, row int) []string {
	classes := scores.Shape[1]
	texts := make([]string, classes)
	for class, score := range scores.Float32s()[row*classes : (row+1)*classes] {
		texts[class] = strconv.FormatFloat(float64(score), 'g', -1, 32)
	}
	return texts
}
