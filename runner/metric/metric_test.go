package metric

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"montage/core/tensor"
)

// fixture is testdata/fixtures.json, which testdata/fixtures.py writes.
type fixture struct {
	Cases    []fixtureCase
	Accuracy struct {
		Scores   [][]int
		Truth    []int
		Accuracy float64
	}
}

type fixtureCase struct {
	Name             string
	Names            []string
	Digits           int
	Scores           [][]int
	Targets          []string
	Rules            []fixtureRule
	AveragePrecision []*float64 `json:"average_precision"`
	MeanPrecision    *float64   `json:"mean_average_precision"`
}

type fixtureRule struct {
	K         int
	Threshold float64
	Numbers   map[string]Score
	Text      string
}

func loadFixture(t *testing.T) fixture {
	t.Helper()
	data, err := os.ReadFile("testdata/fixtures.json")
	if err != nil {
		t.Fatal(err)
	}
	var f fixture
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	if len(f.Cases) < 5 {
		t.Fatalf("%d cases, expected at least 5", len(f.Cases))
	}
	return f
}

func scoreTensor(thousandths [][]int) tensor.Tensor {
	scores := tensor.New(tensor.Float32, len(thousandths), len(thousandths[0]))
	for row, values := range thousandths {
		for class, v := range values {
			scores.Row(row)[class] = float32(float64(v) / 1000)
		}
	}
	return scores
}

func truthOf(t *testing.T, rows []string) Labels {
	t.Helper()
	targets := tensor.New(tensor.Float32, len(rows), len(rows[0]))
	for i, row := range rows {
		for class, c := range row {
			targets.Float32s()[i*len(row)+class] = float32(c - '0')
		}
	}
	labels, err := NewLabels(targets)
	if err != nil {
		t.Fatal(err)
	}
	return labels
}

func (r fixtureRule) predict(t *testing.T, scores tensor.Tensor) Labels {
	t.Helper()
	predicted, err := Above(scores, r.Threshold)
	if r.K > 0 {
		predicted, err = TopK(scores, r.K)
	}
	if err != nil {
		t.Fatal(err)
	}
	return predicted
}

// Every number is compared with ==: the order of summation is numpy's.
func TestReportIsScikitLearns(t *testing.T) {
	for _, c := range loadFixture(t).Cases {
		scores, truth := scoreTensor(c.Scores), truthOf(t, c.Targets)
		for _, rule := range c.Rules {
			result, err := Evaluate(truth, rule.predict(t, scores))
			if err != nil {
				t.Fatal(err)
			}
			report, err := NewReport(c.Names, result)
			if err != nil {
				t.Fatal(err)
			}
			compareNumbers(t, c.Name, report, rule.Numbers)
			if got := report.Text(c.Digits); rule.Text != "" && got != rule.Text {
				t.Errorf("%s, k %d, threshold %v: text\n%s\nwant\n%s", c.Name, rule.K, rule.Threshold, got, rule.Text)
			}
		}
	}
}

// compareNumbers goes by way of JSON, so that the keys are checked as well.
func compareNumbers(t *testing.T, name string, report Report, want map[string]Score) {
	t.Helper()
	data, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]Score
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != len(report.Names)+4 || len(want) < 4 {
		t.Errorf("%s: %d lines in the JSON, %d wanted", name, len(got), len(want))
	}
	for line, score := range want {
		if got[line] != score {
			t.Errorf("%s, %s: %+v, scikit-learn %+v", name, line, got[line], score)
		}
	}
}

func TestAveragePrecisionIsScikitLearns(t *testing.T) {
	for _, c := range loadFixture(t).Cases {
		got, err := AveragePrecision(truthOf(t, c.Targets), scoreTensor(c.Scores))
		if err != nil {
			t.Fatal(err)
		}
		defined := 0
		for class, want := range c.AveragePrecision {
			if want == nil {
				if !math.IsNaN(got.Classes[class]) {
					t.Errorf("%s, class %d: %v without a true row, expected NaN", c.Name, class, got.Classes[class])
				}
				continue
			}
			defined++
			if got.Classes[class] != *want {
				t.Errorf("%s, class %d: %v, scikit-learn %v", c.Name, class, got.Classes[class], *want)
			}
		}
		if got.Defined != defined {
			t.Errorf("%s: mean over %d classes, expected %d", c.Name, got.Defined, defined)
		}
		if c.MeanPrecision != nil && got.Mean != *c.MeanPrecision {
			t.Errorf("%s: mean %v, scikit-learn %v", c.Name, got.Mean, *c.MeanPrecision)
		}
		if defined == 0 && !math.IsNaN(got.Mean) {
			t.Errorf("%s: mean %v of no class, expected NaN", c.Name, got.Mean)
		}
	}
}

func TestAccuracyIsScikitLearns(t *testing.T) {
	f := loadFixture(t).Accuracy
	targets := tensor.New(tensor.Float32, len(f.Truth), len(f.Scores[0]))
	for row, class := range f.Truth {
		targets.Row(row)[class] = 1
	}
	truth, err := NewLabels(targets)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Accuracy(truth, scoreTensor(f.Scores))
	if err != nil {
		t.Fatal(err)
	}
	if got != f.Accuracy {
		t.Errorf("%v, scikit-learn %v", got, f.Accuracy)
	}
}
