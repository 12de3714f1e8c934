package probe

import (
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"montage/core/tensor"
)

type fixture struct {
	C, Temperature       float64
	Neighbours           int
	Train, Targets, Test [][]float32
	Linear, Vote         [][]float64
}

func load(t *testing.T) fixture {
	t.Helper()
	raw, err := os.ReadFile("testdata/probes.json")
	if err != nil {
		t.Fatal(err)
	}
	var f fixture
	if err := json.Unmarshal(raw, &f); err != nil || len(f.Linear) == 0 {
		t.Fatal(len(f.Linear), err)
	}
	return f
}

func matrix(rows [][]float32) tensor.Tensor {
	var all []float32
	for _, r := range rows {
		all = append(all, r...)
	}
	return tensor.FromFloat32(all, len(rows), len(rows[0]))
}

func compare(t *testing.T, what string, seen tensor.Tensor, want [][]float64, tolerance float64) {
	t.Helper()
	for i := range want {
		for k, w := range want[i] {
			if got := float64(seen.Row(i)[k]); !(math.Abs(got-w) <= tolerance) {
				t.Errorf("%s: row %d, class %d: %g, want %g", what, i, k, got, w)
			}
		}
	}
}

func TestProbesAreScikitLearns(t *testing.T) {
	f := load(t)
	train := Set{matrix(f.Train), matrix(f.Targets)}
	scores, err := linear(t.Context(), f.C, train, matrix(f.Test))
	if err != nil {
		t.Fatal(err)
	}
	compare(t, "linear", scores, f.Linear, 2e-5)
	c := Config{Neighbours: f.Neighbours, Temperature: f.Temperature}
	compare(t, "vote", neighbours(c, train, matrix(f.Test)), f.Vote, 1e-5)
}

// TestGradient compares the gradient of the fit with differences.
func TestGradient(t *testing.T) {
	f := load(t)
	x := standardize(matrix(f.Train)).apply(matrix(f.Train))
	r := newRegression(f.C, x, matrix(f.Targets), 1)
	w := []float64{0.3, -0.2, 0.5, 0.1, -0.4, 0.2}
	grad := make([]float64, len(w))
	r.gradient(grad, w)
	for i := range w {
		const h = 1e-6
		up, down := append([]float64(nil), w...), append([]float64(nil), w...)
		up[i], down[i] = up[i]+h, down[i]-h
		if d := (r.value(up) - r.value(down)) / (2 * h); math.Abs(d-grad[i]) > 1e-6 {
			t.Errorf("derivative %d is %g, differences say %g", i, grad[i], d)
		}
	}
}

// TestOneSidedClasses: a class that the training rows all have, or none, still has a
// score, and more neighbours than rows are all rows.
func TestOneSidedClasses(t *testing.T) {
	train := Set{matrix([][]float32{{1, 0}, {0, 1}, {1, 1}}), matrix([][]float32{{1, 0, 1}, {1, 0, 0}, {1, 0, 1}})}
	test := Set{matrix([][]float32{{1, 0.1}, {0.1, 1}}), matrix([][]float32{{1, 0, 1}, {1, 1, 0}})}
	scores, err := linear(t.Context(), 1, train, test.Rows)
	if err != nil {
		t.Fatal(err)
	}
	if r := scores.Row(0); r[0] != 1 || r[1] != 0 || !(r[2] > 0.5) {
		t.Errorf("scores %v, want 1, 0 and more than a half", r)
	}
	result, err := Run(t.Context(), Default, train, test)
	if err != nil || result.Linear.Defined != 3 || result.Neighbours.MAP <= 0.5 {
		t.Errorf("result %+v, error %v", result, err)
	}
}

func TestRunRefuses(t *testing.T) {
	good := Set{matrix([][]float32{{1, 0}, {0, 1}}), matrix([][]float32{{1}, {0}})}
	for want, run := range map[string]func() error{
		"c is 0, expected a finite": func() error {
			_, err := Run(t.Context(), Config{Neighbours: 1, Temperature: 1}, good, good)
			return err
		},
		"expected 1 or more": func() error {
			_, err := Run(t.Context(), Config{C: 1, Temperature: 1}, good, good)
			return err
		},
		"the temperature is 0": func() error {
			_, err := Run(t.Context(), Config{C: 1, Neighbours: 1}, good, good)
			return err
		},
		"expected [R,D]": func() error {
			_, err := Run(t.Context(), Default, good, Set{matrix([][]float32{{1}}), good.Targets})
			return err
		},
		"no class has an example": func() error {
			_, err := Run(t.Context(), Default, good, Set{good.Rows, matrix([][]float32{{0}, {0}})})
			return err
		},
		"class 0 is 0.5, expected": func() error {
			_, err := Run(t.Context(), Default, Set{good.Rows, matrix([][]float32{{0.5}, {0}})}, good)
			return err
		},
	} {
		if err := run(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
