package report

import (
	_ "embed"
	"html/template"
	"io"

	"montage/runner/metric"
)

//go:embed report.tmpl
var page string

// pageData is what the page shows.
type pageData struct {
	Evaluation
	Charts  []charts
	Classes []classRow
}

// charts are drawings under one heading.
type charts struct {
	Title  string
	Curves []curve
}

// classRow is a class: how well it is ranked, and how well it is predicted at the
// threshold.
type classRow struct {
	metric.Line
	Precision float64 // average
}

// WriteHTML writes the report as one page that needs no other file, network or script.
func (e Evaluation) WriteHTML(w io.Writer) error {
	functions := template.FuncMap{"ratio": ratio}
	parsed, err := template.New("report").Funcs(functions).Parse(page)
	if err != nil {
		return err
	}
	return parsed.Execute(w, pageData{
		Evaluation: e,
		Charts: []charts{
			{"Training loss", curves(e.Run.Losses)},
			{"Mean average precision on the validation set", curves(e.Run.Valid)},
		},
		Classes: e.classRows(),
	})
}

func (e Evaluation) classRows() []classRow {
	lines := e.threshold().Report.Lines()
	rows := make([]classRow, len(lines))
	for i, line := range lines {
		rows[i] = classRow{line, e.Precision.Classes[i]}
	}
	return rows
}

// Threshold is the rule that the table of classes is about.
func (v pageData) Threshold() Rule { return v.threshold() }
