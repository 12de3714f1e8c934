package command

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"montage/core/hint"
	"montage/core/spec"
	"montage/runner/data"
	"montage/runner/engine"
	"montage/runner/pipeline"
	"montage/runner/predict"
	"montage/runner/probe"
	"montage/runner/run"
	"montage/runner/training"
)

// execution is one call of exec.
type execution struct {
	*app
	sets   []string
	out    string
	resume string
	plugins
}

func (a *app) execCommand() *cobra.Command {
	x := &execution{app: a}
	c := &cobra.Command{
		Use: "exec SPEC", Short: "Train a spec, evaluate it and write the run",
		Long: "Train a spec, evaluate it on the test set and write the run to runs/<name>/<time>.\n" +
			"Ctrl-C saves a checkpoint; --resume continues from it, bit for bit.",
		Args: cobra.MaximumNArgs(1), RunE: ran(x.run),
	}
	c.Flags().StringArrayVarP(&x.sets, "set", "s", nil, "override a key of the spec: -s phase.joint.epochs=1")
	c.Flags().StringVar(&x.out, "out", "", "folder of the run, new or empty (default runs/<name>/<time>)")
	c.Flags().StringVar(&x.resume, "resume", "", "folder of a run to continue; SPEC may be left out")
	x.plugins.flags(c)
	x.plugins.traceFlag(c)
	return c
}

func (x *execution) run(ctx context.Context, args []string) error {
	s, r, err := x.open(args)
	if err == nil && r == nil && x.out != "" {
		err = free(x.out)
	}
	if err != nil {
		return err
	}
	if r != nil { // before anything is started or mapped beside the process that trains it
		unlock, err := r.Lock()
		if err != nil {
			return err
		}
		defer unlock()
	}
	if len(args) > 0 { // a run that continues has its own record of plugins
		x.plugins.spec = args[0]
	}
	session, err := x.plugins.open(ctx, x.app)
	if err != nil {
		return err
	}
	defer session.Close()
	built, err := x.build(ctx, s, r)
	if err != nil {
		return err
	}
	defer built.Close()
	if r == nil { // now that training can start
		r, err = run.Create(x.out, run.Request{Name: s.Name, Spec: s.Resolved(), Plugins: session.used()}, time.Now())
		if err != nil {
			return err
		}
		unlock, err := r.Lock()
		if err != nil {
			return err
		}
		defer unlock()
	}
	return x.train(ctx, built, r)
}

// build makes the pipeline of the spec. Where the call goes on with a run, the spec must
// be the run's.
func (x *execution) build(ctx context.Context, s *spec.Spec, r *run.Run) (*pipeline.Pipeline, error) {
	session := x.plugins.session
	bar := x.reading()
	built, err := pipeline.New(ctx, pipeline.Config{Spec: s, Plugins: session, Log: x.log, Progress: bar.sample,
		VideoProgress: bar.video})
	bar.clear()
	if err != nil {
		return nil, interrupted(ctx, err)
	}
	for _, found := range built.Found {
		x.log.Info().Msg("found: " + found)
	}
	for _, w := range built.Warnings {
		x.log.Warn().Msg(hint.Text(w))
	}
	if r != nil {
		err = x.same(s, r)
	}
	if err == nil {
		err = interrupted(ctx, built.Build())
	}
	if err != nil {
		built.Close()
		return nil, err
	}
	return built, nil
}

// train trains the pipeline and scores the test set.
func (x *execution) train(ctx context.Context, built *pipeline.Pipeline, r *run.Run) error {
	r.Warn = func(err error) { x.log.Warn().Msg(hint.Text(err)) }
	e := built.Engine()
	config := x.policy(built, r)
	skipped := &skipList{app: x.app, built: built, run: r}
	skipped.begin()
	defer skipped.update()
	show, end := x.training()
	e.OnStep = func(step engine.StepReport) {
		if show(step); step.Step == step.Steps {
			skipped.update()
		}
	}
	config.ClearProgress = end
	policy := training.New(e, config)
	if x.resume != "" {
		if err := policy.Resume(); err != nil {
			return err
		}
	}
	if err := policy.Train(ctx); err != nil {
		return err
	}
	x.reportBroken(built)
	if built.Data.Test == nil {
		x.log.Info().Str("run", r.Dir).Msg("done; the spec names no test set to evaluate")
		return nil
	}
	if err := x.evaluate(ctx, built, r, r.Dir); err != nil {
		if ctx.Err() != nil {
			x.log.Warn().Msgf("interrupted: training is done; score it with: runner eval %s", r.Dir)
		}
		return err
	}
	return nil
}

// policy says, from the spec, what the run does between its epochs.
func (x *execution) policy(built *pipeline.Pipeline, r *run.Run) training.Config {
	session := x.plugins.session
	c := training.Config{Run: r, Facts: facts(built), Log: x.log, Plugins: session.used(),
		ValidateEvery: built.Spec.Eval.Every, ProbeEvery: map[string]int{}, Restarts: session.Restarts}
	if built.Data.Valid != nil {
		c.Validate = func(ctx context.Context) (predict.Scores, error) { return x.score(ctx, built, built.Data.Valid) }
	}
	for _, phase := range built.Spec.Phases {
		c.ProbeEvery[phase.Name] = phase.ProbeEvery
	}
	c.Probe = func(ctx context.Context) (probe.Result, error) {
		config := probe.Default
		config.Threshold = built.Spec.Eval.Threshold
		return x.probe(ctx, built, config, [2]*data.Dataset{built.Data.Labeled, built.Data.Valid})
	}
	return c
}

// facts are what a run's checkpoints hold beside the numbers.
func facts(built *pipeline.Pipeline) run.Facts {
	f := run.Facts{Classes: built.Classes, Data: map[string]string{}}
	for name, set := range map[string]*data.Dataset{"labeled": built.Data.Labeled,
		"unlabeled": built.Data.Unlabeled} {
		if set != nil {
			f.Data[name] = set.Digest()
		}
	}
	return f
}

// open loads the spec of the call or, with --resume, that of the run.
func (x *execution) open(args []string) (*spec.Spec, *run.Run, error) {
	if x.resume != "" && x.out != "" {
		return nil, nil, callError{hint.With(errors.New("--resume writes to the run's own folder"), "leave out --out")}
	}
	if x.resume == "" {
		if len(args) == 0 {
			return nil, nil, callError{hint.With(errors.New("exec needs a SPEC"), "runner exec specs/quickstart.toml")}
		}
		s, problems := spec.Load(args[0], x.sets)
		return s, nil, problems.Err()
	}
	r, err := run.Open(x.resume)
	if err != nil {
		return nil, nil, callError{err}
	}
	path := r.Spec()
	if len(args) > 0 {
		path = args[0]
	}
	s, problems := spec.Load(path, x.sets)
	return s, r, problems.Err()
}

// same refuses to continue with another spec than the run's: the numbers would be those
// of neither spec.
func (x *execution) same(s *spec.Spec, r *run.Run) error {
	was, problems := spec.Load(r.Spec(), nil)
	if err := problems.Err(); err != nil {
		return err
	}
	if problems := was.CheckComponents(x.plugins.session.Lookup); len(problems) > 0 {
		return problems
	}
	if err := training.SameSpec(r.Dir, was.Resolved(), s.Resolved()); err != nil {
		return callError{err}
	}
	return nil
}

// interrupted returns the interruption instead of an error that Ctrl-C caused.
func interrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
