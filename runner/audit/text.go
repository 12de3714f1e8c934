package audit

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"montage/core/hint"
	"montage/runner/layout"
)

// examples is how many of a list are printed.
const examples = 3

// WriteText prints the findings for people, the worst first.
func (f *Findings) WriteText(w io.Writer) error {
	t := &printer{out: tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)}
	t.leaks(f)
	t.unreadable(f.Unreadable)
	t.duplicates(f.Duplicates)
	t.shared(f.Shared)
	t.flat(f.Flat)
	for _, warning := range f.Warnings {
		t.line("warning: " + warning)
		t.line("")
	}
	t.sets(f)
	t.classes(f)
	return t.out.Flush()
}

// printer writes lines of cells. Flush reports the first error.
type printer struct{ out *tabwriter.Writer }

func (p *printer) line(cells ...string) { fmt.Fprintln(p.out, strings.Join(cells, "\t")) }

func (p *printer) hint(text string) { p.line(strings.TrimPrefix(hint.Lines(text), "\n")) }

func (p *printer) leaks(f *Findings) {
	leaks := f.Leaks
	if len(leaks) == 0 {
		judges := slices.ContainsFunc(f.Sets, func(s SetSummary) bool { return layout.Role(s.Data).Judges() })
		p.line(map[bool]string{true: "no leaks: no sample of data.test or data.valid is in another data set",
			false: "no leaks: there is neither data.test nor data.valid"}[judges])
		p.line("")
		return
	}
	p.line(fmt.Sprintf("LEAKS: %s of data.test and data.valid are in other data sets; their scores say little",
		counted(judged(leaks), "sample")))
	for _, group := range grouped(leaks) {
		first := group[0]
		p.line(fmt.Sprintf("  data.%s and data.%s: %s", first.A.Data, first.B.Data, counted(judged(group), "sample")))
		p.examples(group)
	}
	p.hint("leave these samples out of one of the data sets; split by film, channel or patient, so that what " +
		"belongs together stays together")
	p.line("")
}

func (p *printer) unreadable(list []Unreadable) {
	if len(list) == 0 {
		return
	}
	p.line("UNREADABLE: " + counted(len(list), "file"))
	p.first(len(list), func(i int) {
		p.line(fmt.Sprintf("  data.%s: %s: %s", list[i].Data, list[i].File, list[i].Reason))
	})
	p.hint(`replace the files, or leave them out: [data] on_error = "skip"`)
	p.line("")
}

func (p *printer) duplicates(list []Match) {
	if len(list) == 0 {
		return
	}
	differ := 0
	for _, m := range list {
		if m.LabelsDiffer {
			differ++
		}
	}
	p.line(fmt.Sprintf("duplicates: %s of samples of one data set, %d of them with different labels",
		counted(len(list), "pair"), differ))
	for _, group := range grouped(list) {
		p.line(fmt.Sprintf("  %s in data.%s", counted(len(group), "pair"), group[0].A.Data))
		p.examples(group)
	}
	p.line("")
}

func (p *printer) shared(list []Match) {
	if len(list) == 0 {
		return
	}
	p.line(fmt.Sprintf("some frames in common, no leak if they are logos or titles: %s of samples",
		counted(len(list), "pair")))
	p.examples(list)
	p.line("")
}

func (p *printer) flat(flat Flat) {
	if flat.Files == 0 {
		return
	}
	p.line(fmt.Sprintf("flat: %s with too little detail to be compared by looks; %s with no other",
		counted(flat.Files, "file"), counted(len(flat.Samples), "sample")))
	p.first(len(flat.Samples), func(i int) {
		s := flat.Samples[i]
		p.line(fmt.Sprintf("  data.%s: %s: %s", s.Data, s.ID, s.File))
	})
	if len(flat.Samples) > 0 {
		p.hint(`dark drawings on a transparent ground need [data] background = "white", in training too`)
	}
	p.line("")
}

// examples prints the first matches of a list.
func (p *printer) examples(list []Match) {
	p.first(len(list), func(i int) {
		m := list[i]
		text := fmt.Sprintf("    %s: %s is %s, %d of %d frames", m.Kind, m.A.ID, m.B.ID, m.Frames, m.Of)
		if m.Mirrored {
			text += ", mirrored"
		}
		if m.LabelsDiffer {
			text += ", with different labels"
		}
		p.line(text)
		p.line("      " + m.A.File)
		if m.B.File != m.A.File {
			p.line("      " + m.B.File)
		}
	})
}

// first prints the first of n, and how many more there are.
func (p *printer) first(n int, print func(i int)) {
	for i := range min(n, examples) {
		print(i)
	}
	if n > examples {
		p.line(fmt.Sprintf("    … %d more: --json and --out list all", n-examples))
	}
}

func (p *printer) sets(f *Findings) {
	p.line("DATA", "SAMPLES", "LEFT OUT", "FRAMES", "FRAMES EACH (min, median, max)")
	for _, s := range f.Sets {
		p.line(s.Data, fmt.Sprint(s.Samples), fmt.Sprint(s.LeftOut), fmt.Sprint(s.Frames), s.FramesEach.text())
	}
	p.line("")
	for _, format := range f.Formats {
		p.line(format.Format+":", counted(format.Files, "file"))
	}
	if f.Rows > 0 {
		p.line("features:", counted(f.Rows, "row"))
	}
	if len(f.Formats) == 0 {
		return
	}
	p.line("width:", f.Width.text()+" pixels (min, median, max)")
	p.line("height:", f.Height.text()+" pixels")
}

func (s Spread) text() string { return fmt.Sprintf("%d, %d, %d", s.Min, s.Median, s.Max) }

// classes prints how labels are distributed in the labelled data; plan lists the classes with all counts.
func (p *printer) classes(f *Findings) {
	if len(f.Classes) == 0 {
		return
	}
	p.line("")
	p.line("LABELS", "CLASSES", "WITHOUT A SAMPLE", "SAMPLES EACH (min, median, max)")
	for _, s := range f.Sets {
		if s.Data == string(layout.Unlabeled) {
			continue
		}
		var each []int
		none := 0
		for _, c := range f.Classes {
			each = append(each, c.Samples[s.Data])
			if c.Samples[s.Data] == 0 {
				none++
			}
		}
		p.line(s.Data, fmt.Sprint(len(each)), fmt.Sprint(none), spreadOf(each).text())
	}
	sorted := slices.Clone(f.Classes)
	slices.SortStableFunc(sorted, func(a, b LabelCount) int { return a.Samples["labeled"] - b.Samples["labeled"] })
	few := min(len(sorted), examples)
	p.line("")
	p.line("rarest in data.labeled: " + classCounts(sorted[:few]))
	slices.Reverse(sorted)
	p.line("most frequent: " + classCounts(sorted[:few]))
	if len(f.Joint) > 0 {
		var pairs []string
		for _, j := range f.Joint[:min(len(f.Joint), examples)] {
			pairs = append(pairs, fmt.Sprintf("%s and %s %d", j.Classes[0], j.Classes[1], j.Samples))
		}
		p.line("most frequent together, in all data sets: " + strings.Join(pairs, ", "))
	}
}

func classCounts(classes []LabelCount) string {
	var list []string
	for _, c := range classes {
		list = append(list, fmt.Sprintf("%s %d", c.Class, c.Samples["labeled"]))
	}
	return strings.Join(list, ", ")
}

// judged counts the samples that judge, each once.
func judged(leaks []Match) int {
	seen := map[[2]string]bool{}
	for _, m := range leaks {
		seen[[2]string{m.A.Data, m.A.ID}] = true
	}
	return len(seen)
}

// grouped cuts a sorted list where the data sets change.
func grouped(list []Match) (groups [][]Match) {
	for i, m := range list {
		if i == 0 || m.A.Data != list[i-1].A.Data || m.B.Data != list[i-1].B.Data {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], m)
	}
	return groups
}

func counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
