package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"montage/core/tensor"
)

var update = flag.Bool("update", false, "write the golden files anew")

// sample has a class without examples, a tie, names that need escaping, and losses
// of two phases, one of them not finite.
func sample() RunSummary {
	return RunSummary{
		Name:    "samples <test>",
		Classes: []string{"action", `film "noir", old`, "<b>never</b>", "comédie"},
		IDs:     []string{"tt01", "tt,02", "tt03"},
		Scores: tensor.FromFloat32([]float32{
			0.9, 0.1, 0.5, 0.75,
			0.25, 0.625, 0.625, 0.3,
			0.0078125, 1, 0, 0.1,
		}, 3, 4),
		Targets: tensor.FromFloat32([]float32{
			1, 0, 0, 1,
			0, 1, 0, 1,
			1, 0, 0, 0,
		}, 3, 4),
		TopK:      []int{2, 1},
		Threshold: 0.5,
		Losses: []Measure{
			{"pretrain", "contrast", 1, 4.5},
			{"finetune", "supervised", 1, 0.75}, {"finetune", "supervised", 2, math.NaN()},
			{"finetune", "supervised", 3, 0.25},
		},
		Valid: []Measure{{"pretrain", "linear probe", 1, 0.375}, {"finetune", "classifier", 1, 0.5},
			{"finetune", "classifier", 3, 0.625}},
	}
}

func TestWriteMatchesGolden(t *testing.T) {
	dir := t.TempDir()
	if _, err := Write(dir, sample()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"report.txt", "report.json", "report.html", "predictions.csv"} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		golden := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(golden, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs from %s (go test -update writes it anew):\n%s", name, golden, got)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 4 {
		t.Errorf("%d files, expected the four of the report: %v, %v", len(left), left, err)
	}
}

func TestWriteReplacesFiles(t *testing.T) {
	dir := t.TempDir()
	old := filepath.Join(dir, "report.txt")
	if err := os.WriteFile(old, bytes.Repeat([]byte("old "), 10000), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Write(dir, sample()); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(old); err != nil || bytes.Contains(got, []byte("old old")) {
		t.Errorf("the old report is still there: %v", err)
	}
}

// TestReportsSayWhatWasLeftOut, and nothing where nothing was.
func TestReportsSayWhatWasLeftOut(t *testing.T) {
	r := sample()
	r.Skipped = 12
	dir := t.TempDir()
	if _, err := Write(dir, r); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"report.txt": "cannot be read: 12 files, listed in skipped.csv\n",
		"report.html": "cannot be read: 12, listed in skipped.csv.</p>", "report.json": `"skipped_files": 12`} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s lacks %q, %v", name, want, err)
		}
	}
}

func TestHTMLStandsAlone(t *testing.T) {
	e, err := Evaluate(sample())
	if err != nil {
		t.Fatal(err)
	}
	var page bytes.Buffer
	if err := e.WriteHTML(&page); err != nil {
		t.Fatal(err)
	}
	for _, banned := range []string{"<script", "http:", "https:", "src=", "<link", "@import", "<b>never", "ZgotmplZ"} {
		if strings.Contains(page.String(), banned) {
			t.Errorf("the page contains %q", banned)
		}
	}
	for element, want := range map[string]int{"svg": 4, "circle": 6, "details": 3, "meter": 4} {
		if got := strings.Count(page.String(), "<"+element); got != want {
			t.Errorf("%d elements %q, expected %d", got, element, want)
		}
	}
	if err := wellFormed(&page); err != nil {
		t.Error(err)
	}
}

// wellFormed reports whether every element is closed where it should be.
func wellFormed(r io.Reader) error {
	d := xml.NewDecoder(r)
	d.Entity = xml.HTMLEntity
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func TestJSONHasNullForWhatIsNoNumber(t *testing.T) {
	run := sample()
	for i := range run.Targets.Float32s() {
		run.Targets.Float32s()[i] = 0
	}
	run.Losses, run.Valid = nil, nil
	e, err := Evaluate(run)
	if err != nil {
		t.Fatal(err)
	}
	var data bytes.Buffer
	if err := e.WriteJSON(&data); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(data.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got["mean_average_precision"] != nil || fmt.Sprint(got["average_precision"]) != "[<nil> <nil> <nil> <nil>]" {
		t.Errorf("average precisions without any example: %v, %v", got["mean_average_precision"],
			got["average_precision"])
	}
	if got["losses"] == nil || got["valid"] == nil {
		t.Error("losses or valid are null, expected empty lists")
	}
	if !strings.Contains(e.Summary(), "mean average precision n/a over the 0 classes") {
		t.Errorf("summary: %s", e.Summary())
	}
}

func TestCSVWithoutTargets(t *testing.T) {
	run := sample()
	run.Targets = tensor.Tensor{}
	var table strings.Builder
	if err := run.WriteCSV(&table); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(table.String(), "\n")
	if want := "tt01,,action|comédie,0.9,0.1,0.5,0.75"; lines[1] != want {
		t.Errorf("%q, expected %q", lines[1], want)
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		want string
		edit func(*RunSummary)
	}{
		{`report of run "samples <test>": scores: expected float32[3 4] for 3 ids and 4 classes, got float32[4 3]`,
			func(r *RunSummary) { r.Scores.Shape = []int{4, 3} }},
		{"targets: expected float32[3 4] for 3 ids and 4 classes, got uint8[3 4]",
			func(r *RunSummary) { r.Targets = tensor.New(tensor.Uint8, 3, 4) }},
		{"targets: expected float32[R K] with at least one row and one class, got none",
			func(r *RunSummary) { r.Targets = tensor.Tensor{} }},
		{"targets: row 1, class 0 is 0.5, expected 0 or 1",
			func(r *RunSummary) { r.Targets.Float32s()[4] = 0.5 }},
		{"scores: row 0, class 2 is NaN",
			func(r *RunSummary) { r.Scores.Float32s()[2] = float32(math.NaN()) }},
		{"top 0: top k: k is 0, expected 1 or more",
			func(r *RunSummary) { r.TopK = []int{0} }},
		{`top 2: class 1: name "action" is taken`,
			func(r *RunSummary) { r.Classes[1] = "action" }},
	} {
		want, edit := c.want, c.edit
		run, dir := sample(), t.TempDir()
		edit(&run)
		_, err := Write(dir, run)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, expected %q", err, want)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%q: files are written all the same: %v", want, left)
		}
	}
	if _, err := Write(filepath.Join(t.TempDir(), "missing"), sample()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v for a folder that is missing", err)
	}
}
