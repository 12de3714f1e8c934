package stratify

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	"montage/runner/layout"
)

// fixture is a data set with what Python's packages make of it: see testdata/fixtures.py.
type fixture struct {
	Name    string
	Classes int
	Labels  [][]int
	Groups  []int
	Peers   []struct {
		Name   string
		Shares []float64
		Errors []map[string]float64
		First  string
	}
}

func fixtures(t *testing.T) []fixture {
	t.Helper()
	raw, err := os.ReadFile("testdata/fixtures.json")
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Cases []fixture }
	if err := json.Unmarshal(raw, &all); err != nil || len(all.Cases) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, f := range all.Cases {
		if len(f.Peers) == 0 {
			t.Fatalf("%s: nobody to compare with", f.Name)
		}
	}
	return all.Cases
}

func (f fixture) samples() []layout.Labelled {
	samples := make([]layout.Labelled, len(f.Labels))
	for i, row := range f.Labels {
		samples[i].ID = fmt.Sprintf("s%d", i)
		for _, label := range row {
			samples[i].Labels = append(samples[i].Labels, fmt.Sprintf("class %02d", label))
		}
		if f.Groups != nil {
			samples[i].Group = fmt.Sprintf("g%d", f.Groups[i])
		}
	}
	return samples
}

// measure returns the errors of a division as fixtures.py defines them.
func measure(f fixture, fold []int, shares []float64) map[string]float64 {
	singles, both := map[[2]int][]int{}, map[[2]int][]int{}
	sizes := make([]int, len(shares))
	count := func(in map[[2]int][]int, a, b, fold int) {
		if in[[2]int{a, b}] == nil {
			in[[2]int{a, b}] = make([]int, len(shares))
		}
		in[[2]int{a, b}][fold]++
	}
	for i, row := range f.Labels {
		sizes[fold[i]]++
		for j, a := range row {
			count(singles, a, 0, fold[i])
			for _, b := range row[j+1:] {
				count(both, a, b, fold[i])
			}
		}
	}
	odds := func(of map[[2]int][]int) float64 {
		var sum float64
		for _, counts := range of {
			total := 0
			for _, n := range counts {
				total += n
			}
			for j, n := range counts {
				sum += math.Abs(float64(n)/float64(sizes[j]-n) - float64(total)/float64(len(fold)-total))
			}
		}
		return sum / float64(len(of)*len(shares))
	}
	// A class that no sample has adds zeros to the mean.
	errors := map[string]float64{"labels": odds(singles) * float64(len(singles)) / float64(f.Classes)}
	if len(both) > 0 {
		errors["pairs"] = odds(both)
	}
	for j, share := range shares {
		errors["sizes"] += math.Abs(float64(sizes[j])-share*float64(len(fold))) / float64(len(shares))
		for _, counts := range singles {
			total := 0
			for _, n := range counts {
				total += n
			}
			if total >= len(shares) && counts[j] == 0 {
				errors["missing"]++
			}
		}
	}
	return errors
}

// ours divides as a peer was asked to.
func ours(t *testing.T, f fixture, shares []float64, pairs bool, seed uint64) []int {
	t.Helper()
	plan := Plan{Folds: len(shares), Pairs: pairs, Seed: seed}
	if len(shares) == 2 {
		plan = Plan{Test: Share(shares[1]), Pairs: pairs, Seed: seed}
	}
	divisions, err := plan.Divide(f.samples())
	if err != nil {
		t.Fatal(err)
	}
	fold := make([]int, len(f.Labels))
	for j, d := range divisions {
		for i, role := range d {
			if role == layout.Test && len(shares) == 2 {
				fold[i] = 1
			} else if role == layout.Test {
				fold[i] = j
			}
		}
	}
	return fold
}

// TestAsEvenAsPeers: over five seeds, no mean error is greater than a peer's.
func TestAsEvenAsPeers(t *testing.T) {
	for _, f := range fixtures(t) {
		for _, peer := range f.Peers {
			fold := make([]int, len(peer.First))
			for i, digit := range peer.First {
				fold[i] = int(digit - '0')
			}
			for name, want := range peer.Errors[0] {
				if got := measure(f, fold, peer.Shares)[name]; math.Abs(got-want) > 1e-9 {
					t.Errorf("%s, %s: error of %s is measured as %g here, %g there", f.Name, peer.Name, name, got, want)
				}
			}
			pairs := peer.Name == "scikit-multilearn, order 2"
			sums, theirs := map[string]float64{}, map[string]float64{}
			for seed, errors := range peer.Errors {
				for name, e := range measure(f, ours(t, f, peer.Shares, pairs, uint64(seed)), peer.Shares) {
					sums[name] += e
					theirs[name] += errors[name]
				}
			}
			if !pairs {
				delete(theirs, "pairs") // which nobody tried to balance
			}
			for name := range theirs {
				t.Logf("%s, %s: %s %.5f, theirs %.5f", f.Name, peer.Name, name, sums[name]/5, theirs[name]/5)
				if sums[name] > theirs[name]+1e-9 {
					t.Errorf("%s: error of %s is %.5f, that of %s %.5f", f.Name, name, sums[name]/5, peer.Name,
						theirs[name]/5)
				}
			}
		}
	}
}
