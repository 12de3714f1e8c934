package metric

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"montage/core/tensor"
)

func TestTopKTiesGoToLowerClass(t *testing.T) {
	scores := tensor.FromFloat32([]float32{0.5, 0.7, 0.5, 0.7, 0.5}, 1, 5)
	for k, want := range [][]int{1: {1}, 2: {1, 3}, 3: {0, 1, 3}, 4: {0, 1, 2, 3}, 5: {0, 1, 2, 3, 4},
		6: {0, 1, 2, 3, 4}} {
		if k == 0 {
			continue
		}
		labels, err := TopK(scores, k)
		if err != nil {
			t.Fatal(err)
		}
		if got := labels.Row(0); !slices.Equal(got, want) {
			t.Errorf("top %d: %v, expected %v", k, got, want)
		}
	}
}

func TestAboveRoundsAsNumpy(t *testing.T) {
	half := float32(0.5)
	scores := tensor.FromFloat32([]float32{math.Nextafter32(half, 0), half, math.Nextafter32(half, 1), 1}, 1, 4)
	labels, err := Above(scores, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	if got := labels.Row(0); !slices.Equal(got, []int{2, 3}) {
		t.Errorf("above 0.5: %v, expected [2 3]", got)
	}
	// 0.3 as a float32 is greater than 0.3 as a float64.
	labels, err = Above(tensor.FromFloat32([]float32{0.3}, 1, 1), 0.3)
	if err != nil {
		t.Fatal(err)
	}
	if labels.Has(0, 0) {
		t.Error("float32 0.3 is above the threshold 0.3")
	}
}

func TestErrors(t *testing.T) {
	nan := float32(math.NaN())
	matrix := func(values ...float32) tensor.Tensor { return tensor.FromFloat32(values, 1, len(values)) }
	one, err := NewLabels(matrix(1, 0))
	if err != nil {
		t.Fatal(err)
	}
	two, err := NewLabels(matrix(1, 1))
	if err != nil {
		t.Fatal(err)
	}
	wide, err := NewLabels(matrix(1, 1, 0))
	if err != nil {
		t.Fatal(err)
	}
	second := func(_ any, err error) error { return err }
	for _, c := range []struct {
		err  error
		want string
	}{
		{second(NewLabels(matrix(1, 0.5))), "targets: row 0, class 1 is 0.5, expected 0 or 1"},
		{second(NewLabels(tensor.FromFloat32([]float32{1}))), "targets: expected float32[R K] with at least one row " +
			"and one class, got float32[1]"},
		{second(NewLabels(tensor.New(tensor.Float32, 0, 3))), "at least one row"},
		{second(NewLabels(tensor.New(tensor.Uint8, 2, 3))), "got uint8[2 3]"},
		{second(TopK(matrix(0.1, nan), 1)), "scores: row 0, class 1 is NaN, expected a finite number"},
		{second(TopK(matrix(0.1), 0)), "top k: k is 0, expected 1 or more"},
		{second(Above(matrix(0.1, float32(math.Inf(1))), 0.5)), "scores: row 0, class 1 is +Inf"},
		{second(Above(matrix(0.1), math.NaN())), "threshold is NaN"},
		{second(Evaluate(one, wide)), "prediction of 1 rows and 3 classes, but truth of 1 rows and 2 classes"},
		{second(AveragePrecision(one, matrix(1, 2, 3))), "prediction of 1 rows and 3 classes"},
		{second(AveragePrecision(one, matrix(1, nan))), "is NaN"},
		{second(Accuracy(two, matrix(1, 2))), "targets: row 0 has 2 classes, expected exactly one"},
		{second(Accuracy(one, matrix(1, 2, 3))), "prediction of 1 rows and 3 classes"},
		{second(NewReport([]string{"a"}, Result{})), "1 class names for 0 classes"},
		{second(NewReport([]string{"a", "a"}, Result{Classes: make([]Score, 2)})), `class 1: name "a" is taken`},
		{second(NewReport([]string{"macro avg"}, Result{Classes: make([]Score, 1)})),
			`class 0: name "macro avg" is taken`},
	} {
		if c.err == nil || !strings.Contains(fmt.Sprint(c.err), c.want) {
			t.Errorf("error %v, expected %q", c.err, c.want)
		}
	}
}

func TestJSONKeepsTheOrderOfTheTable(t *testing.T) {
	report, err := NewReport([]string{"zebra", `a "quoted" class`}, Result{Classes: make([]Score, 2)})
	if err != nil {
		t.Fatal(err)
	}
	data, err := report.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	at := -1
	for _, key := range []string{`{"zebra":{"precision":0,"recall":0,"f1-score":0,"support":0}`, `"a \"quoted\" class"`,
		`"micro avg"`, `"macro avg"`, `"weighted avg"`, `"samples avg"`} {
		next := strings.Index(string(data), key)
		if next <= at {
			t.Errorf("%s at %d, expected after %d in %s", key, next, at, data)
		}
		at = next
	}
}
