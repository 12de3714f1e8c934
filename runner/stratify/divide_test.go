package stratify

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"montage/core/hint"
	"montage/runner/layout"
)

// films are samples of a long tail of labels by some directors, one of them of one film.
func films(n int) []layout.Labelled {
	r := rand.New(rand.NewPCG(1, 2))
	samples := make([]layout.Labelled, n)
	for i := range samples {
		samples[i] = layout.Labelled{ID: fmt.Sprintf("film %d", i), Group: fmt.Sprintf("director %d", r.IntN(n/4))}
		for class := range 6 {
			if r.IntN(1+class*2) == 0 {
				samples[i].Labels = append(samples[i].Labels, fmt.Sprintf("class %d", class))
			}
		}
	}
	return samples
}

func ungrouped(samples []layout.Labelled) []layout.Labelled {
	samples = slices.Clone(samples)
	for i := range samples {
		samples[i].Group = ""
	}
	return samples
}

func encoded(t *testing.T, p Plan, samples []layout.Labelled) []byte {
	t.Helper()
	divisions, err := p.Divide(samples)
	if err != nil {
		t.Fatal(err)
	}
	text, err := Encode(NewOrigin(p, samples), samples, divisions)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestOrderOfRowsIsNothing: neither rows nor their labels in another order change a byte,
// another seed does.
func TestOrderOfRowsIsNothing(t *testing.T) {
	for _, p := range []Plan{{Valid: 0.1, Test: 0.2, Labeled: 20, Seed: 4}, {Folds: 3, Valid: 0.2, Pairs: true}} {
		samples := films(80)
		want := encoded(t, p, samples)
		for _, s := range samples {
			slices.Reverse(s.Labels)
		}
		rand.New(rand.NewPCG(3, 4)).Shuffle(len(samples), func(i, j int) {
			samples[i], samples[j] = samples[j], samples[i]
		})
		if got := encoded(t, p, samples); !bytes.Equal(got, want) {
			t.Errorf("%+v: rows in another order give another file", p)
		}
		p.Seed++
		if bytes.Equal(encoded(t, p, samples), want) {
			t.Errorf("%+v: another seed gives the same file", p)
		}
	}
}

func TestGroupsStayTogether(t *testing.T) {
	samples := films(100)
	for _, p := range []Plan{{Valid: 0.1, Test: 0.2, Labeled: 0.3}, {Folds: 4, Valid: 10}} {
		divisions, err := p.Divide(samples)
		if err != nil {
			t.Fatal(err)
		}
		for f, d := range divisions {
			of := map[string]layout.Role{}
			for i, s := range samples {
				if role, seen := of[s.Group]; seen && role != d[i] {
					t.Errorf("%+v, division %d: %s is in %s and %s", p, f, s.Group, role, d[i])
				}
				of[s.Group] = d[i]
			}
		}
	}
}

func sizes(d Division) map[layout.Role]int {
	n := map[layout.Role]int{}
	for _, role := range d {
		n[role]++
	}
	return n
}

// TestSharesAreExact: without groups parts have the sizes that were asked for, and each
// sample is tested once in folds.
func TestSharesAreExact(t *testing.T) {
	samples := ungrouped(films(103))
	divisions, err := Plan{Valid: 0.1, Test: 21, Labeled: 0.25}.Divide(samples)
	if err != nil {
		t.Fatal(err)
	}
	if n := sizes(divisions[0]); n[layout.Valid] != 10 || n[layout.Test] != 21 || n[layout.Labeled] != 18 ||
		n[layout.Unlabeled] != 54 {
		t.Errorf("sizes %v", n)
	}
	if divisions, err = (Plan{Folds: 4, Valid: 0.1}).Divide(samples); err != nil {
		t.Fatal(err)
	}
	tested := make([]int, len(samples))
	for f, d := range divisions {
		if n := sizes(d); n[layout.Valid] != 10 || n[layout.Test] < 25 || n[layout.Test] > 26 {
			t.Errorf("fold %d: sizes %v", f, n)
		}
		for i, role := range d {
			if role == layout.Test {
				tested[i]++
			}
		}
	}
	if slices.Min(tested) != 1 || slices.Max(tested) != 1 {
		t.Error("a sample is not tested once")
	}
}

// TestFewLabels: with another number of labels the judges stay, and each class keeps one.
func TestFewLabels(t *testing.T) {
	samples := films(200)
	for i := range 40 { // classes whose share of the labels would be less than one
		samples[i].Labels = append(samples[i].Labels, fmt.Sprintf("rare %d", i/8))
	}
	for seed := range uint64(6) {
		for _, folds := range []int{0, 2} {
			fewLabels(t, ungrouped(samples), Plan{Valid: 0.1, Folds: folds, Seed: seed}, 8, 0.2)
		}
		fewLabels(t, samples, Plan{Valid: 0.1, Seed: seed}, 15)
	}
}

func fewLabels(t *testing.T, samples []layout.Labelled, p Plan, shares ...Share) {
	t.Helper()
	all, err := p.Divide(samples)
	if err != nil {
		t.Fatal(err)
	}
	for _, p.Labeled = range shares {
		few, err := p.Divide(samples)
		if err != nil {
			t.Fatal(err)
		}
		for f, d := range few {
			left := map[string]bool{}
			for i, s := range samples {
				if d[i] != all[f][i] && (d[i] != layout.Unlabeled || all[f][i] != layout.Labeled) {
					t.Errorf("%+v: %s is %s, was %s", p, s.ID, d[i], all[f][i])
				}
				for _, label := range s.Labels {
					left[label] = left[label] || d[i] == layout.Labeled
				}
			}
			for label, has := range left {
				if !has {
					t.Errorf("%+v: no label of %s is left", p, label)
				}
			}
		}
	}
}

// TestClassesOfOneSample are trained on where training has room for them, and do not
// disturb the balance of the others where it has not.
func TestClassesOfOneSample(t *testing.T) {
	samples := ungrouped(films(200))
	for i := range 6 {
		samples[i*7].Labels = append(samples[i*7].Labels, fmt.Sprintf("one %d", i))
	}
	for _, p := range []Plan{{Valid: 0.2, Test: 0.3}, {Valid: 98, Test: 98}} {
		divisions, err := p.Divide(samples)
		if err != nil {
			t.Fatal(err)
		}
		trained := 0
		table := NewTable(samples, divisions)
		for c, class := range table.Classes {
			for j, part := range table.Parts {
				off := math.Abs(float64(part.Counts[c]) - table.Expected(j, c))
				switch {
				case strings.HasPrefix(class, "one") && part.Name == "train":
					trained += part.Counts[c]
				case !strings.HasPrefix(class, "one") && off > 2:
					t.Errorf("%+v: %s has %d of %s, expected %.1f", p, part.Name, part.Counts[c], class,
						table.Expected(j, c))
				}
			}
		}
		if want := min(6, table.Parts[0].Samples); trained != want {
			t.Errorf("%+v: %d classes of one sample are trained on, want %d", p, trained, want)
		}
	}
}

// TestRolesThatAreThereStay: those of a published split, and rows without labels, which
// are left out where their group is tested.
func TestRolesThatAreThereStay(t *testing.T) {
	samples := films(60)
	samples[0].Role, samples[1].Role = layout.Test, layout.Unlabeled
	samples[0].Group, samples[1].Group, samples[2].Group = "one", "two", "two"
	divisions, err := Plan{Folds: 3}.Divide(samples)
	if err != nil {
		t.Fatal(err)
	}
	for f, d := range divisions {
		want := layout.Unlabeled
		if d[2] == layout.Test {
			want = ""
		}
		if d[0] != layout.Test || d[1] != want {
			t.Errorf("fold %d: %s and %q", f, d[0], d[1])
		}
	}
	samples[3].Group = "one"
	divisions, err = Plan{Valid: 0.2}.Divide(samples)
	if torn := Torn(samples, divisions); err != nil || divisions[0][3] == layout.Labeled != slices.Equal(torn,
		[]string{"one"}) {
		t.Errorf("torn %q, %v", torn, err)
	}
}

func TestPlansThatCannotBe(t *testing.T) {
	alone := []layout.Labelled{{ID: "a", Labels: []string{"x"}, Group: "g"}, {ID: "b", Group: "g", Role: layout.Test}}
	for _, c := range []struct {
		plan    Plan
		samples []layout.Labelled
		want    string
	}{
		{Plan{Folds: 1}, films(20), "--folds 1: folds are 2 or more"},
		{Plan{Folds: 21}, ungrouped(films(20)), "20 samples cannot be divided into 21 parts"},
		{Plan{Folds: 9}, films(20), "groups cannot be divided into 9 parts\nhint: a group stays together"},
		{Plan{Folds: 2, Test: 0.1}, films(20), "folds have no share of test samples"},
		{Plan{Valid: 0.5, Test: 0.5}, films(20), "no sample is left to train on: the other parts take all 20"},
		{Plan{Test: 1.5}, films(20), "--test 1.5 is neither a fraction nor a number of samples"},
		{Plan{Valid: -0.5}, films(20), "--valid -0.5 is neither"},
		{Plan{Valid: 21}, films(20), "--valid 21 is more than the 20 samples there are"},
		{Plan{Valid: 0.01}, films(20), "--valid 0.01 of 20 samples is none"},
		{Plan{Labeled: 20}, films(20), "20 labelled samples were asked for, and 20 are there"},
		{Plan{Test: 0.5}, alone[1:], "no labelled sample is there to be divided"},
		{Plan{Test: 0.5}, nil, "no labelled sample is there to be divided"},
	} {
		if _, err := c.plan.Divide(c.samples); err == nil || !strings.Contains(hint.Text(err), c.want) {
			t.Errorf("%+v: got %v, want %s", c.plan, err, c.want)
		}
	}
}

func TestTableCountsAndMisses(t *testing.T) {
	samples := []layout.Labelled{{ID: "a", Labels: []string{"x", "y"}}, {ID: "b", Labels: []string{"x"}},
		{ID: "c", Labels: []string{"x"}}}
	table := NewTable(samples, []Division{{layout.Labeled, layout.Labeled, layout.Test}})
	var text bytes.Buffer
	if err := table.Write(&text); err != nil {
		t.Fatal(err)
	}
	want := "CLASS      ALL  TRAIN    TEST\n(samples)  3    2        1\nx          3    2 (2.0)  1 (1.0)\n" +
		"y          1    1 (0.7)  0 (0.3)\n"
	if text.String() != want {
		t.Errorf("got\n%s", &text)
	}
	if missing := table.Missing(); len(missing) != 1 || !slices.Equal(missing["test"], []string{"y"}) {
		t.Errorf("missing %v", missing)
	}
}

func TestEncodeSaysWhereItIsFrom(t *testing.T) {
	samples := ungrouped(films(30))
	p := Plan{Valid: 0.2, Labeled: 5, Seed: 7}
	var file struct {
		About Origin
		Train []string
	}
	if err := json.Unmarshal(encoded(t, p, samples), &file); err != nil {
		t.Fatal(err)
	}
	if a := file.About; a.Seed != 7 || a.Samples != 30 || a.Valid != 0.2 || a.Labeled != 5 || len(file.Train) != 5 ||
		len(a.SamplesSHA256) != 64 || !strings.Contains(a.Method, "Sechidis") {
		t.Errorf("got %+v", file)
	}
}
