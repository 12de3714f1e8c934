package command

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"montage/core/tensor"
	"montage/runner/metric"
	"montage/runner/report"
)

// TestEveryFormAgreesAtTheThreshold has scores just below, at and just above the threshold. The classes that JSON and
// CSV list are those that the scores of the report count.
func TestEveryFormAgreesAtTheThreshold(t *testing.T) {
	for _, threshold := range []float64{0, 0.3, 0.5, 1} {
		at := float32(threshold)
		r := report.RunSummary{Name: "at", Classes: []string{"below", "at", "above"}, IDs: []string{"a"},
			Threshold: threshold, Scores: tensor.FromFloat32(
				[]float32{max(0, math.Nextafter32(at, 0)), at, min(1, math.Nextafter32(at, 1))}, 1, 3)}
		predicted, err := metric.Above(r.Scores, threshold)
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, k := range predicted.Row(0) {
			want = append(want, r.Classes[k])
		}
		if slices.Contains(want, "at") || slices.Contains(want, "below") || (threshold < 1) != (len(want) == 1) {
			t.Errorf("above %v are %v", threshold, want)
		}
		if got := jsonLabels(t, r); !slices.Equal(got, want) {
			t.Errorf("threshold %v: JSON has %v, want %v", threshold, got, want)
		}
		var csv strings.Builder
		if err := r.WriteCSV(&csv); err != nil || !strings.Contains(csv.String(), "\na,,"+strings.Join(want, "|")+",") {
			t.Errorf("threshold %v: CSV is %s, want %v, error %v", threshold, csv.String(), want, err)
		}
	}
}

// jsonLabels returns the labels that predict --format json prints.
func jsonLabels(t *testing.T, r report.RunSummary) []string {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	x := &prediction{app: &app{Host: Host{Stdout: out}}}
	if err := x.json(r); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(out.Name())
	var line struct{ Labels []string }
	if err == nil {
		err = json.Unmarshal(raw, &line)
	}
	if err != nil {
		t.Fatal(err)
	}
	return line.Labels
}
