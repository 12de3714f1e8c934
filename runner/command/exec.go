package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"montage/core"
	"montage/core/hint"
	"montage/core/spec"
	"montage/runner/checkpoint"
	"montage/runner/data"
	"montage/runner/engine"
	"montage/runner/pipeline"
	"montage/runner/run"
)

// execution is one call of exec.
type execution struct {
	*app
	sets   []string
	out    string
	resume string
	facts  run.Facts
	warned map[string]bool // of a collapse, by phase and branch
	plugins
}

func (a *app) execCommand() *cobra.Command {
	x := &execution{app: a}
	c := &cobra.Command{
		Use: "exec SPEC", Short: "Train a spec, evaluate it and write the run",
		Long: "Train a spec, evaluate it on the test set and write the run to runs/<name>/<time>.\n" +
			"Ctrl-C saves a checkpoint; --resume goes on from it, bit for bit.",
		Args: cobra.MaximumNArgs(1), RunE: ran(x.run),
	}
	c.Flags().StringArrayVarP(&x.sets, "set", "s", nil, "override a key of the spec: -s phase.joint.epochs=1")
	c.Flags().StringVar(&x.out, "out", "", "folder of the run, new or empty (default runs/<name>/<time>)")
	c.Flags().StringVar(&x.resume, "resume", "", "folder of a run to go on with; SPEC may be left out")
	x.plugins.flags(c)
	x.plugins.traceFlag(c)
	return c
}

func (x *execution) run(ctx context.Context, args []string) error {
	x.warned = map[string]bool{}
	s, r, err := x.open(args)
	if err == nil && r == nil && x.out != "" {
		err = free(x.out)
	}
	if err != nil {
		return err
	}
	if len(args) > 0 { // a run that goes on has its own record of plugins
		x.plugins.spec = args[0]
	}
	session, err := x.plugins.open(ctx, x.app)
	if err != nil {
		return err
	}
	defer session.Close()
	reading := x.meter("reading data", "samples")
	asm, err := pipeline.New(ctx, pipeline.Config{Spec: s, Plugins: session, Log: x.log, Progress: reading.show})
	reading.clear()
	if err != nil {
		return interrupted(ctx, err)
	}
	defer asm.Close()
	for _, w := range asm.Warnings {
		x.log.Warn().Msg(w.Error())
	}
	x.facts = facts(asm)
	if r == nil {
		if r, err = run.Create(x.out, s.Name, time.Now()); err != nil {
			return err
		}
		if err := r.Describe(s.Resolved(), session.used()); err != nil {
			return err
		}
	} else if err := x.same(s, r); err != nil {
		return err
	}
	unlock, err := r.Lock()
	if err != nil {
		return err
	}
	defer unlock()
	return x.train(ctx, asm, r, session)
}

// facts are what a run's checkpoints hold beside the numbers.
func facts(asm *pipeline.Pipeline) run.Facts {
	f := run.Facts{Classes: asm.Classes, Data: map[string]string{}}
	for name, set := range map[string]*data.Dataset{"labeled": asm.Data.Labeled, "unlabeled": asm.Data.Unlabeled} {
		if set != nil {
			f.Data[name] = set.Digest()
		}
	}
	return f
}

// open loads the spec of the call or, with --resume, that of the run.
func (x *execution) open(args []string) (*spec.Spec, *run.Run, error) {
	if x.resume != "" && x.out != "" {
		return nil, nil, callError{hint.With(errors.New("--resume goes on in the run's own folder"),
			"leave --out away")}
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

// same refuses to go on with another spec than the run's: its numbers would be
// those of neither.
func (x *execution) same(s *spec.Spec, r *run.Run) error {
	was, problems := spec.Load(r.Spec(), nil)
	if err := problems.Err(); err != nil {
		return err
	}
	if problems := was.CheckComponents(x.plugins.session.Lookup); len(problems) > 0 {
		return problems
	}
	old, now := bytes.Split(was.Resolved(), []byte("\n")), bytes.Split(s.Resolved(), []byte("\n"))
	for i := range min(len(old), len(now)) {
		if !bytes.Equal(old[i], now[i]) {
			return callError{hint.With(fmt.Errorf("the run in %s was made with another spec: it has %q, not %q", r.Dir,
				old[i], now[i]), "a changed spec is a new run; leave SPEC and -s out to go on with the old one")}
		}
	}
	if len(old) != len(now) {
		return callError{hint.With(fmt.Errorf("the run in %s was made with another spec", r.Dir),
			"leave SPEC and -s out to go on with it")}
	}
	return nil
}

func (x *execution) train(ctx context.Context, asm *pipeline.Pipeline, r *run.Run, session *session) error {
	if err := asm.Build(); err != nil {
		return interrupted(ctx, err)
	}
	e := asm.Engine()
	if err := x.restore(e, r, asm); err != nil {
		return err
	}
	step, clear := x.training()
	e.OnStep = step
	e.OnEpoch = func(report engine.EpochReport) error {
		clear()
		best, err := x.validate(ctx, asm, &report, r)
		if err != nil && ctx.Err() == nil {
			return err
		}
		if err := x.probeEpoch(ctx, asm, &report); err != nil && ctx.Err() == nil {
			x.log.Warn().Str("error", hint.Text(err)).Msg("the features could not be probed")
		}
		x.report(report, session) // an interrupted epoch lacks its score, no more
		if err := r.Record(report); err != nil {
			return err
		}
		if err := r.Save(e, x.facts, best); err != nil {
			return err
		}
		return context.Cause(ctx)
	}
	x.log.Info().Str("run", r.Dir).Int("restored_epochs", e.EpochsDone()).Msg("training")
	err := e.Run(ctx)
	clear()
	if err != nil {
		return x.stopped(ctx, e, r, err)
	}
	x.reportBroken(asm)
	if !r.HasCheckpoint() { // nothing to train: the model is what it began with
		if err := r.Save(e, x.facts, false); err != nil {
			return err
		}
	}
	if asm.Data.Test == nil {
		x.log.Info().Str("run", r.Dir).Msg("done; the spec names no test set to evaluate")
		return nil
	}
	if err := x.evaluate(ctx, asm, r, r.Dir); err != nil {
		if ctx.Err() != nil {
			x.log.Warn().Msgf("interrupted: training is done; score it with: runner eval %s", r.Dir)
		}
		return err
	}
	return nil
}

// restore goes back to the last checkpoint. A run that stopped before its first
// one starts over.
func (x *execution) restore(e *engine.Engine, r *run.Run, asm *pipeline.Pipeline) error {
	if x.resume == "" {
		return nil
	}
	content, was, err := r.Load(checkpoint.Last)
	if errors.Is(err, checkpoint.ErrNone) {
		x.log.Warn().Msg("the run has no checkpoint yet: it starts from the beginning")
		_, err := r.Rewind(0)
		return err
	}
	if err != nil {
		return err
	}
	if err := x.sameFacts(was); err != nil {
		return err
	}
	if err := x.samePlugins(r); err != nil {
		return err
	}
	if err := e.Restore(content); err != nil {
		return err
	}
	_, err = r.Rewind(e.EpochsDone())
	return err
}

// sameFacts refuses to go on with other data: the columns of the heads would mean
// other classes, or the draws be others.
func (x *execution) sameFacts(was run.Facts) error {
	if !slices.Equal(was.Classes, x.facts.Classes) {
		return hint.With(fmt.Errorf("the classes are not those that the run began with: they were %s",
			strings.Join(was.Classes, ", ")), "bring the data back, or begin a new run")
	}
	for name, digest := range was.Data {
		if x.facts.Data[name] != digest {
			return hint.With(fmt.Errorf("the %s data set is not the one that the run began with: its ids, labels or "+
				"frames changed", name), "bring it back, or begin a new run")
		}
	}
	return nil
}

// samePlugins warns of programs that changed since the run began.
func (x *execution) samePlugins(r *run.Run) error {
	was, err := r.Plugins()
	if err != nil {
		return err
	}
	now := map[string]run.UsedPlugin{}
	for _, p := range x.plugins.session.used() {
		now[p.Name] = p
	}
	for _, p := range was {
		if now[p.Name].SHA256 != p.SHA256 {
			x.log.Warn().Str("plugin", p.Name).Str("was", p.Version+" "+p.SHA256).Str("is",
				now[p.Name].Version+" "+now[p.Name].SHA256).
				Msg("not the program that the run began with: what follows may not be what it would have been")
		}
	}
	return nil
}

// stopped saves what is done, whatever ended the training short of divergence.
func (x *execution) stopped(ctx context.Context, e *engine.Engine, r *run.Run, err error) error {
	if errors.Is(err, core.ErrNotFinite) {
		return err // what led there is not worth more than the checkpoint before it
	}
	if saved := r.Save(e, x.facts, false); saved != nil {
		if ctx.Err() != nil {
			err = errors.New("interrupted, and what was done since the last checkpoint could not be saved")
		}
		return fmt.Errorf("%w\n%w", err, saved)
	}
	saved := fmt.Sprintf("saved; go on with: runner exec --resume %s", r.Dir)
	if ctx.Err() != nil {
		x.log.Warn().Msg("interrupted: " + saved)
		return errInterrupted
	}
	return fmt.Errorf("%w\n%s", err, saved)
}

// interrupted turns whatever a call answered to Ctrl-C into the interruption.
func interrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
