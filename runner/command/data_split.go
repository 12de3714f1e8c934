package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"montage/core"
	"montage/core/hint"
	"montage/core/spec"
	"montage/runner/layout"
	"montage/runner/output"
	"montage/runner/stratify"
)

// splitting is one call of data split.
type splitting struct {
	*app
	plan                 stratify.Plan
	valid, test, labeled float64
	group, out           string
	sets                 []string
	all, force           bool

	folder string   // of the spec, to which its paths are relative
	given  []string // lines of [data.table] for a label file
}

func (a *app) dataSplitCommand() *cobra.Command {
	x := &splitting{app: a}
	c := &cobra.Command{
		Use: "split DATA --out FILE.json", Short: "Divide labelled samples into training, validation and test samples",
		Long: "Divide labelled samples into training, validation and test samples, or into folds. Each part gets\n" +
			"its share of every class, also where samples have several labels. DATA is a spec, or a label file or\n" +
			"folder as data.labeled names it. The file is for data.split.file; it records seed and method.\n" +
			"A share is a fraction, 0.1, or a number of samples, 100.\n\n" +
			"With --labeled, few samples keep their labels and the others become unlabelled. Each class keeps one\n" +
			"where that is possible. Rows without labels are unlabelled samples.\n" +
			"With --folds, every sample is tested in one fold; compare --folds trains on all of them.\n" +
			"With --group, samples of one value in a column stay together: films of a director, slides of a\n" +
			"patient. Validation and test samples that data.split of the spec names stay, unless --all.\n\n" +
			"The parts follow from ids, labels, groups, shares and the seed, not from the order of rows. With\n" +
			"another --labeled, validation and test samples stay the same.\n" +
			"Source: iterative stratification (Sechidis et al. 2011), then exchanges between the parts.",
		Args: cobra.ExactArgs(1), RunE: ran(x.run),
	}
	f := c.Flags()
	f.Float64Var(&x.valid, "valid", 0, "share of validation samples")
	f.Float64Var(&x.test, "test", 0, "share of test samples")
	f.Float64Var(&x.labeled, "labeled", 0, "share of the training samples that keep their labels (default: all)")
	f.IntVar(&x.plan.Folds, "folds", 0, "make this many folds, each with another part of the samples to test on")
	f.StringVar(&x.group, "group", "", "column whose values stay together")
	f.BoolVar(&x.plan.Pairs, "pairs", false, "balance pairs of labels too (Szymański and Kajdanowicz 2017)")
	f.Uint64Var(&x.plan.Seed, "seed", 1, "equal calls write equal bytes")
	f.StringVar(&x.out, "out", "", "the JSON file to write")
	f.BoolVar(&x.all, "all", false, "divide all samples, also those that data.split of the spec names")
	f.BoolVar(&x.force, "force", false, "replace a file of other splits")
	f.StringArrayVarP(&x.sets, "set", "s", nil, "override a key of the spec; of a label file, such as "+
		"data.table.labels=genre")
	return c
}

func (x *splitting) run(ctx context.Context, args []string) error {
	if err := x.check(); err != nil {
		return callError{err}
	}
	table, err := x.data(args[0])
	if err != nil {
		return err
	}
	if x.all {
		table.Split.Column, table.Split.File = "", ""
	}
	l := layout.New(table)
	samples, err := l.Labelled(x.group)
	if errors.Is(err, fs.ErrNotExist) && table.Split.File != "" {
		return hint.With(err, "--all divides all samples, whatever data.split says")
	}
	if err != nil {
		return err
	}
	if err := x.taken(l, samples); err != nil {
		return callError{err}
	}
	divisions, err := x.plan.Divide(samples)
	if err != nil {
		return callError{err}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	origin := stratify.NewOrigin(x.plan, samples)
	origin.Source, origin.Group = filepath.Base(table.Labeled), x.group
	content, err := stratify.Encode(origin, samples, divisions)
	if err != nil {
		return err
	}
	if err := x.write(content); err != nil {
		return err
	}
	x.warn(l, samples, divisions)
	return x.print(l, table, stratify.NewTable(samples, divisions))
}

func (x *splitting) check() error {
	x.plan.Valid, x.plan.Test = stratify.Share(x.valid), stratify.Share(x.test)
	x.plan.Labeled = stratify.Share(x.labeled)
	if x.plan.Valid == 0 && x.plan.Test == 0 && x.plan.Labeled == 0 && x.plan.Folds == 0 {
		return hint.With(errors.New("no part to divide the samples into"),
			"--valid 0.1 --test 0.2, --labeled 100, or --folds 5")
	}
	if x.out == "" {
		return hint.With(errors.New("no file to write the splits into"), "--out splits.json")
	}
	if !strings.EqualFold(filepath.Ext(x.out), ".json") {
		return hint.With(fmt.Errorf("--out %s: data.split.file reads the splits by the extension .json", x.out),
			"--out splits.json")
	}
	if err := output.Check(x.out); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	return nil
}

// data returns the [data] of a spec, or one that names the label file.
func (x *splitting) data(path string) (table spec.DataTable, err error) {
	if strings.EqualFold(filepath.Ext(path), ".toml") {
		s, problems := spec.Load(path, x.sets)
		if err := problems.Err(); err != nil {
			return table, err
		}
		if s.Data.Labeled == "" {
			return table, hint.With(fmt.Errorf("%s names no labelled samples to divide", path), `[data] labeled = "…"`)
		}
		x.folder = filepath.Dir(path)
		return s.Data, nil
	}
	table.Labeled = path
	err = x.fill(&table)
	return table, err
}

// fill sets the tables of a label file, which no spec describes, from -s and by default.
func (x *splitting) fill(table *spec.DataTable) error {
	raw := map[string]any{}
	for _, set := range x.sets {
		key, value, _ := strings.Cut(set, "=")
		name, ok := strings.CutPrefix(key, "data.table.")
		if !ok {
			return callError{hint.With(fmt.Errorf("-s %s: a label file has keys of data.table only", set),
				"-s data.table.labels=genre; or name a spec")}
		}
		raw[name] = value
		line := fmt.Sprintf("%s = %q", name, value)
		if strings.HasPrefix(value, "[") { // several columns
			raw[name], line = optionValue(value), name+" = "+value
		}
		x.given = append(x.given, line)
	}
	for _, section := range spec.Sections() {
		given, into := raw, func(v core.Values) { v.Into(&table.Table) }
		switch section.Name {
		default:
			continue
		case "data.split":
			given, into = nil, func(v core.Values) { v.Into(&table.Split) }
		case "data.table":
		}
		values, faults := core.Check(section.Options, given)
		if len(faults) > 0 {
			return callError{fmt.Errorf("-s data.table: %w", faults[0])}
		}
		into(values)
	}
	return nil
}

// taken refuses a part that the spec has already.
func (x *splitting) taken(l *layout.Layout, samples []layout.Labelled) error {
	for _, part := range []struct {
		role  layout.Role
		asked string
	}{{layout.Valid, asked("--valid", x.valid != 0)}, {layout.Test, asked("--test", x.test != 0)},
		{layout.Test, asked("--folds", x.plan.Folds != 0)}} {
		if part.asked == "" {
			continue
		}
		if path := l.Apart(part.role); path != "" {
			return hint.With(fmt.Errorf("%s takes samples for what data.%s has: %s", part.asked, part.role, path),
				"leave out %s, or take data.%s out of the spec", part.asked, part.role)
		}
		given := slices.ContainsFunc(samples, func(s layout.Labelled) bool { return s.Role == part.role })
		if given {
			return hint.With(fmt.Errorf("%s takes samples for what data.split names already: %s samples", part.asked,
				part.role), "leave out %s, or divide all samples anew: --all", part.asked)
		}
	}
	if x.labeled != 0 && l.Apart(layout.Unlabeled) != "" {
		x.log.Warn().Msgf("the samples whose labels are taken away are not trained on: data.unlabeled is %s",
			l.Apart(layout.Unlabeled))
	}
	return nil
}

func asked(flag string, given bool) string {
	if given {
		return flag
	}
	return ""
}

// write keeps a file of other splits: results of before may have come from it.
func (x *splitting) write(content []byte) error {
	info, err := os.Stat(x.out)
	if err == nil && info.Mode().IsRegular() && !x.force {
		if before, err := os.ReadFile(x.out); err != nil || !bytes.Equal(before, content) {
			return callError{hint.With(fmt.Errorf("%s exists and holds something else", x.out),
				"--force replaces it; results that came from it cannot be repeated then")}
		}
		return nil
	}
	return output.Write(x.out, content)
}
