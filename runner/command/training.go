package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"montage/core"
	"montage/core/hint"
	"montage/core/spec"
	"montage/runner/compare"
	"montage/runner/layout"
	"montage/runner/metric"
	"montage/runner/run"
)

// variant is a spec with the rates, the fold and the seed of one training.
type variant struct {
	path string
	spec *spec.Spec
	compare.Setting
}

// overrides are what -s would say.
func (x *comparison) overrides(v variant) []string {
	sets := []string{fmt.Sprintf("seed=%d", v.Seed)}
	if x.folds > 0 {
		sets = append(sets, fmt.Sprintf("data.split.fold=%d", v.Fold))
	}
	for _, b := range v.spec.Branches {
		rate := strconv.FormatFloat(b.Optimizer.LR*v.Scale, 'g', -1, 64)
		sets = append(sets, fmt.Sprintf("branch.%s.optimizer.lr=%s", b.Name, rate))
	}
	return sets
}

// try trains a variant unless its run is there and finished.
func (x *comparison) try(ctx context.Context, v variant, result *compare.Result) (compare.Trial, error) {
	sets := append(slices.Clone(x.sets), x.overrides(v)...)
	dir, err := x.folder(ctx, v, sets)
	if err != nil {
		return compare.Trial{}, err
	}
	t := compare.Trial{Setting: v.Setting, Run: dir}
	if !compare.Finished(dir) {
		began := time.Now()
		if err := x.train(ctx, v.path, dir, sets); errors.Is(err, core.ErrNotFinite) && ctx.Err() == nil {
			x.log.Warn().Str("run", dir).Str("error", hint.Text(err)).Msg("training diverged")
			t.Diverged = true
		} else if err != nil {
			return t, fmt.Errorf("training of %s with %s: %w", v.spec.Name, x.named(v, " ", ", "), err)
		}
		x.count.trained, x.count.took = x.count.trained+1, x.count.took+time.Since(began)
	}
	x.count.done++
	if t.Diverged {
		return t, nil
	}
	if t.Outcome, result.Rule, err = compare.Read(dir); err != nil {
		return t, err
	}
	x.progress(v, t)
	return t, x.sameBuild(dir)
}

// train is what exec does, with the report going to the run's folder alone.
func (x *comparison) train(ctx context.Context, path, dir string, sets []string) error {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer func() { _ = null.Close() }()
	quiet := *x.app
	quiet.Stdout = null
	if x.log.GetLevel() == zerolog.InfoLevel { // nobody reads the epochs of dozens of trainings
		quiet.log = x.log.Level(zerolog.WarnLevel)
	}
	e := &execution{app: &quiet, sets: sets, out: dir, plugins: x.plugins}
	if _, err := run.Open(dir); err == nil {
		e.out, e.resume = "", dir
	}
	return e.run(ctx, []string{path})
}

// folder names the run by all that its numbers follow from, the pixels aside: a
// changed spec or data set is another run.
func (x *comparison) folder(ctx context.Context, v variant, sets []string) (string, error) {
	s, problems := spec.Load(v.path, sets)
	if s != nil {
		problems = append(problems, s.CheckComponents(x.plugins.session.Lookup)...)
	}
	if err := problems.Err(); err != nil {
		return "", err
	}
	s.Data.FrameCache = nil // which changes no number
	stamp := compare.NewPrint(s.Resolved())
	digests, err := x.digest(ctx, s.Data)
	if err != nil {
		return "", err
	}
	for _, digest := range digests {
		stamp.Add(digest)
	}
	return filepath.Join(x.out, s.Name, x.named(v, "-", "-")+"-"+stamp.String()), nil
}

// named names the setting of a variant.
func (x *comparison) named(v variant, is, and string) string {
	parts := []string{fmt.Sprintf("scale%s%g", is, v.Scale), fmt.Sprintf("seed%s%d", is, v.Seed)}
	if x.folds > 0 {
		parts = slices.Insert(parts, 0, fmt.Sprintf("fold%s%d", is, v.Fold))
	}
	return strings.Join(parts, and)
}

// digest returns those of a spec's data sets as layout.Listed has them, "" for one that it does not have.
func (x *comparison) digest(ctx context.Context, table spec.DataTable) (digests []string, err error) {
	table.FrameCache = nil // which changes no sample, and differs in the key as a pointer does
	key := fmt.Sprintf("%+v", table)
	if d, ok := x.digests[key]; ok {
		return d, nil
	}
	bar := x.reading()
	defer bar.clear()
	l := layout.New(table)
	l.Progress, l.VideoProgress = bar.sample, bar.video
	classes, err := l.Classes(ctx)
	if err != nil {
		return nil, interrupted(ctx, err)
	}
	for _, role := range layout.Listed {
		set, err := l.Open(ctx, role, classes)
		if err != nil {
			return nil, interrupted(ctx, err)
		}
		if set == nil {
			digests = append(digests, "")
		} else {
			digests = append(digests, set.Digest())
		}
	}
	if len(table.Features) > 0 { // which are the numbers themselves, as pixels are not
		digest, err := l.FeatureDigest()
		if err != nil {
			return nil, err
		}
		digests = append(digests, digest)
	}
	x.digests[key] = digests
	return digests, nil
}

func (x *comparison) progress(v variant, t compare.Trial) {
	line := x.log.Info().Str("spec", v.spec.Name).Float64("scale", t.Scale).Int("seed", t.Seed)
	if x.folds > 0 {
		line.Int("fold", t.Fold)
	}
	if t.Valid != nil {
		line.Float64("valid_map", metric.Round(*t.Valid, 4))
	}
	line.Float64("seconds", metric.Round(t.Seconds, 1))
	if n := x.count.trained; n > 0 {
		left := x.count.took / time.Duration(n) * time.Duration(x.count.total-x.count.done)
		line.Str("left", "about "+left.Round(time.Minute).String())
	}
	line.Msgf("training %d of %d done", x.count.done, x.count.total)
}

// sameBuild warns, once for each plugin, of runs of more than one build of it.
func (x *comparison) sameBuild(dir string) error {
	used, err := (&run.Run{Dir: dir}).Plugins()
	if err != nil {
		return err
	}
	for _, p := range used {
		was, seen := x.builds[p.Name]
		if seen && was != "" && was != p.SHA256 {
			x.log.Warn().Str("plugin", p.Name).Msgf("the runs in %s were made with different builds of the plugin: "+
				"remove the old ones to compare like with like", x.out)
			p.SHA256 = "" // said once
		}
		if !seen || p.SHA256 == "" {
			x.builds[p.Name] = p.SHA256
		}
	}
	return nil
}
