package command

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"montage/core/spec"
	"montage/runner/layout"
	"montage/runner/stratify"
)

func (x *splitting) warn(l *layout.Layout, samples []layout.Labelled, divisions []stratify.Division) {
	alone, out := 0, 0
	for i, s := range samples {
		if x.group != "" && s.Group == "" {
			alone++
		}
		if slices.ContainsFunc(divisions, func(d stratify.Division) bool { return d[i] == "" }) {
			out++
		}
	}
	if alone > 0 {
		x.log.Warn().Msgf("samples with nothing in column %s: %d; each is a group of its own", x.group, alone)
	}
	if out > 0 {
		x.log.Warn().Msgf("samples without labels that are left out where their group is tested: %d", out)
	}
	if torn := stratify.Torn(samples, divisions); len(torn) > 0 {
		x.log.Warn().Msgf("groups that are trained on and tested, as data.split has it: %d, %s first", len(torn),
			torn[0])
	}
	x.app.warn(l.Warnings)
}

// print writes the table, the classes that are missing, and the lines of spec.
func (x *splitting) print(l *layout.Layout, table spec.DataTable, counts stratify.Table) error {
	w := x.beside(x.out)
	fmt.Fprintln(w, "samples of each class, and in brackets how many there would be in proportion")
	if err := counts.Write(w); err != nil {
		return err
	}
	lacking := counts.Missing()
	for _, p := range counts.Parts {
		if missing := lacking[p.Name]; len(missing) > 0 {
			fmt.Fprintf(w, "warning: %s has no sample of %d of the %d classes, %s first: too few samples, or too "+
				"large groups\n", p.Name, len(missing), len(counts.Classes), missing[0])
		}
	}
	fmt.Fprintf(w, "\n%s is used by these lines of a spec:\n[data]\n", x.out)
	for _, role := range layout.Listed {
		if path := l.Apart(role); path != "" {
			fmt.Fprintf(w, "%s = %q\n", role, x.relative(path))
		}
	}
	if x.folder == "" {
		fmt.Fprint(w, x.stated(l))
	}
	fmt.Fprintf(w, "[data.split]\nfile = %q\n", x.relative(x.out))
	if x.plan.Folds > 0 {
		fmt.Fprintf(w, "column = %q\nfold = 0\n", stratify.FoldColumn)
	}
	for _, part := range []struct {
		key    string
		values []string
	}{{"train", table.Split.Train}, {"unlabeled", table.Split.Unlabeled}, {"valid", table.Split.Valid},
		{"test", table.Split.Test}} {
		if !slices.Contains(part.values, part.key) {
			fmt.Fprintf(w, "%s = [%q]\n", part.key, part.key)
		}
	}
	return nil
}

// stated returns [data.table] with what was given and found out about a label file.
func (x *splitting) stated(l *layout.Layout) string {
	lines := slices.Clone(x.given)
	for _, found := range l.Found {
		if line, ok := strings.CutPrefix(found, "[data.table] "); ok {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		return ""
	}
	return "[data.table]\n" + strings.Join(lines, "\n") + "\n"
}

// relative returns a path as the spec would write it.
func (x *splitting) relative(path string) string {
	if x.folder == "" {
		return path
	}
	folder, err := filepath.Abs(x.folder)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err == nil {
		if short, err := filepath.Rel(folder, path); err == nil {
			return filepath.ToSlash(short)
		}
	}
	return path
}
