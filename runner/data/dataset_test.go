package data

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestProblemsAreBounded(t *testing.T) {
	var problems Problems
	for i := range 33 {
		problems = append(problems, Problem{File: "f", Line: i + 1, Text: "bad", Hint: fmt.Sprint("hint ", i/10)})
	}
	text := problems.Error()
	if n := strings.Count(text, "\nhint: "); n != 2 {
		t.Errorf("%d hints, want one for each run of equal ones", n)
	}
	if !strings.HasSuffix(text, "\n(13 more problems not shown)") || strings.Contains(text, "f:21:") {
		t.Error(text)
	}
}

func TestNaturalOrder(t *testing.T) {
	want := []string{"01", "1", "2", "10", "99999999999999999999", "100000000000000000000", "a", "a1b2", "a1b10", "a2",
		"b"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, Natural)
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestShared(t *testing.T) {
	a := &Dataset{Samples: []Sample{{ID: "x", Dir: "d/x", Frames: []string{"1.jpg"}},
		{ID: "y", Dir: "d/y", Frames: []string{"1.jpg"}}}}
	b := &Dataset{Samples: []Sample{{ID: "x", Dir: "e/x", Frames: []string{"1.jpg"}},
		{ID: "z", Dir: "d/y", Frames: []string{"1.jpg"}}}}
	if ids := Shared(a, a.Identities(), b.Identities()); !slices.Equal(ids, []string{"y"}) {
		t.Errorf("shared %v, want y: files count, not ids", ids)
	}
	if ids := Shared(nil, (*Dataset)(nil).Identities(), b.Identities()); ids != nil {
		t.Errorf("shared %v with no data set", ids)
	}
}
