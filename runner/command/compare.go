package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"montage/core/hint"
	"montage/core/spec"
	"montage/runner/compare"
	"montage/runner/layout"
	"montage/runner/output"
)

// comparison is one call of compare.
type comparison struct {
	*app
	sets      []string
	folds     int
	seeds     int
	scales    []float64
	out, into string
	plugins

	digests map[string][]string // of data sets by their [data]
	builds  map[string]string   // of plugins by their names, as the first run had them
	count   trainingCount
}

// trainingCount is how far a comparison is.
type trainingCount struct {
	done, total int
	// trained and took are of the trainings of this call.
	trained int
	took    time.Duration
}

func (a *app) compareCommand() *cobra.Command {
	x := &comparison{app: a, digests: map[string][]string{}, builds: map[string]string{}}
	c := &cobra.Command{
		Use: "compare SPEC...", Short: "Train specs with several seeds and print a table of means and spreads",
		Long: "Train every spec with several seeds. Print means and standard deviations on the test set as a\n" +
			"Markdown table, with differences from the first spec.\n" +
			"With several factors in --scale, each spec is first trained with all its learning rates times each\n" +
			"factor, with seed 1. The factor that scores best on data.valid after the last epoch is used for the\n" +
			"other seeds.\n" +
			"With --folds, each spec is trained on every fold, with data.split.fold = 0, 1 and so on, and its table\n" +
			"has means and standard deviations over folds. Several --seeds of a fold count as their mean. Each fold\n" +
			"picks its own factor. As folds share training samples, the deviation is not that of the mean.\n" +
			"Runs are kept in --out. After Ctrl-C, the same call continues and trains only what is not finished.",
		Args: cobra.MinimumNArgs(1),
	}
	c.RunE = ran(func(ctx context.Context, args []string) error {
		if x.folds > 0 && !c.Flags().Changed("seeds") {
			x.seeds = 1
		}
		return x.run(ctx, args)
	})
	f := c.Flags()
	f.StringArrayVarP(&x.sets, "set", "s", nil, "override a key of all specs: -s data.size=64")
	f.IntVar(&x.folds, "folds", 0, "number of folds to train on; data.split has {fold} where they differ")
	f.IntVar(&x.seeds, "seeds", 5, "number of seeds: 1, 2 and so on; with --folds 1 unless given")
	f.Float64SliceVar(&x.scales, "scale", []float64{1}, "factors on all learning rates, to pick one of: 0.3,1,3")
	f.StringVar(&x.out, "out", filepath.Join("runs", "compare"), "folder of the runs and of compare.json")
	f.StringVar(&x.into, "into", "", "Markdown file to put the table into, between <!-- results --> and <!-- end -->")
	x.plugins.flags(c)
	return c
}

func (x *comparison) run(ctx context.Context, args []string) error {
	if err := x.check(); err != nil {
		return err
	}
	registry, err := x.plugins.registry(ctx, x.app)
	if err != nil {
		return err
	}
	x.plugins.session = &session{registry: registry} // for Lookup alone: every training opens its own
	specs, err := x.load(args)
	if err != nil {
		return err
	}
	if err := x.readFolds(ctx, args, specs); err != nil {
		return err
	}
	result := compare.Result{Design: compare.Design{Folds: x.folds, Scales: x.scales}}
	for seed := range x.seeds {
		result.Seeds = append(result.Seeds, seed+1)
	}
	x.count.total = len(args) * result.Count()
	for i, path := range args {
		try := func(setting compare.Setting) (compare.Trial, error) {
			return x.try(ctx, variant{path: path, spec: specs[i], Setting: setting}, &result)
		}
		entry, err := compare.Run(specs[i].Name, result.Design, try)
		if errors.Is(err, errInterrupted) {
			x.log.Warn().Msgf("interrupted: the same call continues; %d of %d trainings are done",
				x.count.done, x.count.total)
		}
		if err != nil {
			return err
		}
		result.Entries = append(result.Entries, entry)
	}
	return x.write(result)
}

func (x *comparison) check() error {
	if x.seeds < 1 {
		return callError{fmt.Errorf("--seeds %d must be at least 1", x.seeds)}
	}
	if x.folds < 0 {
		return callError{fmt.Errorf("--folds %d must not be negative", x.folds)}
	}
	if len(x.scales) == 0 {
		return callError{hint.With(errors.New("--scale names no factor"), "--scale 0.3,1,3")}
	}
	for i, scale := range x.scales {
		if scale <= 0 || math.IsInf(scale, 0) || math.IsNaN(scale) || slices.Contains(x.scales[:i], scale) {
			return callError{fmt.Errorf("--scale %g is not a number greater than 0, each once", scale)}
		}
	}
	if x.into == "" {
		return nil
	}
	if err := compare.CheckMarks(x.into); err != nil {
		return callError{fmt.Errorf("--into: %w", err)}
	}
	return nil
}

// load reads all specs, so that what is wrong with any is known before the first trains.
func (x *comparison) load(paths []string) (specs []*spec.Spec, err error) {
	var problems spec.Problems
	for _, path := range paths {
		s, found := spec.Load(path, x.sets)
		problems = append(problems, found...)
		if s == nil {
			continue
		}
		problems = append(append(problems, s.CheckFiles()...), s.CheckComponents(x.plugins.session.Lookup)...)
		specs = append(specs, s)
	}
	if len(problems) > 0 {
		return nil, problems.Err()
	}
	for i, s := range specs {
		if err := x.comparable(paths[i], s, specs[:i]); err != nil {
			return nil, callError{err}
		}
	}
	return specs, nil
}

// comparable refuses a spec whose scores would mean nothing beside those before, and
// warns of one that differs in more than its method.
func (x *comparison) comparable(path string, s *spec.Spec, before []*spec.Spec) error {
	if split := s.Data.Split; x.folds > 0 && !strings.Contains(split.Column+split.File, "{fold}") {
		return hint.With(fmt.Errorf("%s has the same samples in every fold: data.split says nowhere {fold}", path),
			`[data.split] column = "split{fold}", or file = "fold-{fold}.json"; runner data split --folds makes folds`)
	}
	switch l := layout.New(s.Data); {
	case !l.Has(layout.Test):
		return hint.With(fmt.Errorf("%s names no test set to compare by", path), `[data] test = "…"`)
	case !l.Has(layout.Valid) && len(x.scales) > 1:
		return hint.With(fmt.Errorf("%s names no validation set to pick a rate by", path),
			`[data] valid = "…", or give one --scale`)
	}
	for _, other := range before {
		if other.Name == s.Name {
			return hint.With(fmt.Errorf("%s: the name %q is that of another spec of the call", path, s.Name),
				"give each spec a name of its own: the rows of the table have no other")
		}
	}
	if len(before) == 0 {
		return nil
	}
	first := before[0]
	mine, theirs := layout.New(x.fold(s.Data, 0)), layout.New(x.fold(first.Data, 0))
	if !mine.Same(theirs, layout.Test) || !mine.Same(theirs, layout.Valid) {
		return hint.With(fmt.Errorf("%s is scored on other samples than %s", path, first.Name),
			"give both the same data.test and data.valid")
	}
	if s.Eval.Threshold != first.Eval.Threshold {
		return hint.With(fmt.Errorf("%s predicts classes above a probability of %g, %s above %g", path,
			s.Eval.Threshold, first.Name, first.Eval.Threshold), "give both the same eval.threshold")
	}
	for _, held := range []struct {
		what string
		same bool
	}{
		{"labelled samples", mine.Same(theirs, layout.Labeled)},
		{"backbone", s.Backbone.Plugin == first.Backbone.Plugin && s.Weights == first.Weights &&
			reflect.DeepEqual(s.Backbone.Values, first.Backbone.Values)},
	} {
		if !held.same {
			x.log.Warn().Msgf("%s and %s differ in their %s: a difference in scores may come from that", s.Name,
				first.Name, held.what)
		}
	}
	return nil
}

// fold returns the data sets of a fold.
func (x *comparison) fold(table spec.DataTable, fold int) spec.DataTable {
	if x.folds > 0 {
		table.Split.Fold = fold
	}
	return table
}

// readFolds reads the data sets of all folds, so that one which is not there is known
// before the first is trained on.
func (x *comparison) readFolds(ctx context.Context, paths []string, specs []*spec.Spec) error {
	for i, s := range specs {
		for f := range x.folds {
			digests, err := x.digest(ctx, x.fold(s.Data, f))
			if err != nil {
				return fmt.Errorf("%s, fold %d: %w", paths[i], f, err)
			}
			has := func(role layout.Role) bool { return digests[slices.Index(layout.Listed, role)] != "" }
			if !has(layout.Test) || len(x.scales) > 1 && !has(layout.Valid) {
				return callError{hint.With(fmt.Errorf("%s has no samples to test or validate on in fold %d", paths[i],
					f), "--folds is the number of folds in data.split, counted from 0")}
			}
		}
	}
	return nil
}

// write prints the table and puts it and all numbers where they were asked for.
func (x *comparison) write(result compare.Result) error {
	var all bytes.Buffer
	encoder := json.NewEncoder(&all)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(result); err != nil {
		return fmt.Errorf("compare.json: %w", err)
	}
	path := filepath.Join(x.out, "compare.json")
	if err := output.Write(path, all.Bytes()); err != nil {
		return err
	}
	table := result.Markdown()
	if x.into != "" {
		if err := compare.Insert(x.into, table); err != nil {
			return err
		}
	}
	x.log.Info().Str("file", path).Msg("compared; the numbers of all runs are in the file")
	_, err := io.WriteString(x.Stdout, table)
	return err
}
