package layout

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"montage/core/hint"
	"montage/runner/data"
)

// vocabulary returns the labels of all entries, sorted by bytes: an order that depends
// neither on their order nor on a locale.
func vocabulary(entries []entry) []string {
	seen := map[string]bool{}
	for _, e := range entries {
		for _, label := range e.labels {
			seen[label] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// strangers counts the labels that are no classes.
type strangers struct {
	classes   []string
	positions map[string]int
	counts    map[string]int
	lost      int // samples that have no other labels
	// numbers says that a label may be a position, numbered that one was.
	numbers, numbered bool
}

func newStrangers(classes []string, numbers bool) *strangers {
	s := &strangers{classes: classes, positions: map[string]int{}, counts: map[string]int{}, numbers: numbers}
	for i, class := range classes {
		s.positions[class] = i
	}
	return s
}

// index returns the positions of labels in the classes, ascending. Classes may be in any
// order: a checkpoint's are taken as they are.
func (s *strangers) index(labels []string) (positions []int) {
	for _, label := range labels {
		if i, ok := s.position(label); ok {
			positions = append(positions, i)
		} else {
			s.counts[label]++
		}
	}
	slices.Sort(positions)
	return slices.Compact(positions)
}

func (s *strangers) position(label string) (position int, ok bool) {
	if position, ok = s.positions[label]; ok || !s.numbers {
		return position, ok
	}
	position, err := strconv.Atoi(label)
	ok = err == nil && position >= 0 && position < len(s.classes)
	s.numbered = s.numbered || ok
	return position, ok
}

// warnings names the labels that were left out: those that look like a mistake each, the
// others together, since a spec may well list some of many classes.
func (s *strangers) warnings(file string) (warnings data.Problems) {
	const shown = 5
	var others []string
	mistakes := 0
	for _, label := range slices.SortedFunc(maps.Keys(s.counts), s.moreFrequent) {
		advice := hint.DidYouMean(label, s.classes)
		if advice == "" {
			others = append(others, fmt.Sprintf("%q (%d)", label, s.counts[label]))
			continue
		}
		if mistakes++; mistakes <= shown {
			warnings = append(warnings, data.Problem{File: file, Hint: advice,
				Text: fmt.Sprintf("label %q of %d samples is none of the %d classes", label, s.counts[label],
					len(s.classes))})
		}
	}
	if rest := mistakes - shown; rest > 0 {
		warnings = append(warnings, data.Problem{File: file,
			Text: fmt.Sprintf("%d more labels are like a class and none of them", rest)})
	}
	if len(others) > 0 {
		warnings = append(warnings, s.outside(file, others))
	}
	if s.lost > 0 {
		warnings = append(warnings, data.Problem{File: file,
			Text: fmt.Sprintf("%d samples are left out: none of their labels is a class", s.lost)})
	}
	return warnings
}

// outside is the warning of labels that are like no class.
func (s *strangers) outside(file string, labels []string) data.Problem {
	const shown = 8
	p := data.Problem{File: file, Hint: "the classes are those of the spec, or of the run; other labels are left out"}
	if s.numbered {
		p.Hint = "labels that are numbers are positions in the list of classes, from 0; other labels are left out"
	}
	list := strings.Join(labels[:min(shown, len(labels))], ", ")
	if rest := len(labels) - shown; rest > 0 {
		list += fmt.Sprintf(" and %d more", rest)
	}
	p.Text = fmt.Sprintf("labels that are none of the %d classes, with their samples: %s", len(s.classes), list)
	return p
}

// moreFrequent orders labels by their samples, the most frequent first.
func (s *strangers) moreFrequent(a, b string) int {
	if d := s.counts[b] - s.counts[a]; d != 0 {
		return d
	}
	return strings.Compare(a, b)
}

// suspects warns of classes that look like spellings of one another, and of classes that
// look like several labels.
func suspects(file string, classes []string) (warnings data.Problems) {
	spelt := map[string]string{}
	for _, class := range classes {
		plain := plainSpelling(class)
		if other, ok := spelt[plain]; ok {
			warnings = append(warnings, data.Problem{File: file,
				Text: fmt.Sprintf("classes %q and %q differ only in capitals, width, dashes or spaces", other, class),
				Hint: "write one of them everywhere, or the model learns two classes"})
		}
		spelt[plain] = class
		if i := strings.IndexAny(class, ",;/[|"); i >= 0 {
			warnings = append(warnings, data.Problem{File: file,
				Text: fmt.Sprintf("class %q contains %q: is it several labels?", class, class[i:i+1]),
				Hint: fmt.Sprintf("[data.table] separator = %q splits it; ignore this if it is one class",
					class[i:i+1])})
		}
	}
	return warnings
}

// plainSpelling drops what spellings of one word differ in.
func plainSpelling(label string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || r == '_' {
			return -1
		}
		return r
	}, strings.ToLower(norm.NFKC.String(label)))
}
