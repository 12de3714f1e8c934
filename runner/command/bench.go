package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"montage/core/hint"
	"montage/core/spec"
	"montage/registry/clock"
	"montage/runner/bench"
	"montage/runner/layout"
	"montage/runner/output"
	"montage/runner/pipeline"
)

// measurement is one call of bench.
type measurement struct {
	*app
	sets                  []string
	warmup, steps, rounds int
	against               []string
	eval, asJSON          bool
	table, title          string
	plugins
}

func (a *app) benchCommand() *cobra.Command {
	x := &measurement{app: a}
	c := &cobra.Command{
		Use: "bench SPEC", Short: "Measure the training steps of a spec, alone or in turns with rivals",
		Long: "Train a few steps of the first phase without keeping anything. Print how long they took, by parts of\n" +
			"a step and by stages of the backbone.\n" +
			"A rival is a program that takes steps on request (see runner/bench/reference). It takes turns with the\n" +
			"runner.",
		Args: cobra.ExactArgs(1), RunE: ran(x.run),
	}
	f := c.Flags()
	f.StringArrayVarP(&x.sets, "set", "s", nil, "override a key of the spec: -s data.batch=2")
	f.BoolVar(&x.eval, "eval", false, "measure scoring of the test set instead of training; a step is a batch")
	f.IntVar(&x.warmup, "warmup", 2, "steps before measuring")
	f.IntVar(&x.steps, "steps", 3, "steps of a round")
	f.IntVar(&x.rounds, "rounds", 3, "rounds, of which the medians are printed")
	f.StringArrayVar(&x.against, "against", nil, "a rival: NAME=COMMAND, with arguments separated by spaces")
	f.BoolVar(&x.asJSON, "json", false, "print JSON")
	f.StringVar(&x.table, "table", "", "also add rows to the Markdown table in this file")
	f.StringVar(&x.title, "title", "", "name of the rows (default the spec's name)")
	x.plugins.flags(c)
	x.plugins.traceFlag(c)
	return c
}

func (x *measurement) run(ctx context.Context, args []string) error {
	if x.warmup < 0 || x.steps < 1 || x.rounds < 1 {
		return callError{fmt.Errorf("--warmup %d, --steps %d and --rounds %d must be at least 0, 1 and 1", x.warmup,
			x.steps, x.rounds)}
	}
	if x.table != "" {
		if err := output.Check(x.table); err != nil {
			return callError{fmt.Errorf("--table: %w", err)}
		}
	}
	x.plugins.spec = args[0]
	s, problems := spec.Load(args[0], x.sets)
	if err := problems.Err(); err != nil {
		return err
	}
	if x.eval && !layout.New(s.Data).Has(layout.Test) {
		return callError{hint.With(errors.New("the spec names no test set"), "-s data.test=path/to/test.csv")}
	}
	if x.title == "" {
		x.title = s.Name
	}
	rivals, err := x.rivals(ctx)
	if err != nil {
		return err
	}
	for _, r := range rivals {
		defer r.Stop()
	}
	result, err := x.measure(ctx, s, rivals)
	if err != nil {
		return interrupted(ctx, err)
	}
	return x.write(result)
}

// measure builds the spec's pipeline and measures it.
func (x *measurement) measure(ctx context.Context, s *spec.Spec, rivals []*bench.Rival) (bench.Result, error) {
	x.plugins.clock = &clock.Clock{}
	session, err := x.plugins.open(ctx, x.app)
	if err != nil {
		return bench.Result{}, err
	}
	defer session.Close()
	built, err := pipeline.New(ctx, pipeline.Config{Spec: s, Plugins: session, Log: x.log, Profile: true})
	if err == nil {
		err = built.Build()
	}
	if err != nil {
		return bench.Result{}, err
	}
	work := bench.Work(bench.Training{Engine: built.Engine()})
	if x.eval {
		work = bench.Evaluation{Predictor: built.Predictor, Set: built.Data.Test}
	}
	bar := x.meter("measuring", "steps")
	defer bar.clear()
	return bench.Run(ctx, bench.Config{Work: work, Clock: x.plugins.clock, Backbone: built.Backbone.Plan,
		Warmup: x.warmup, Steps: x.steps, Rounds: x.rounds,
		Rivals: rivals, Sample: session.memory, Progress: bar.show})
}

func (x *measurement) write(r bench.Result) error {
	if x.table != "" {
		if err := x.addRows(r); err != nil {
			return err
		}
	}
	if x.asJSON {
		encoder := json.NewEncoder(x.Stdout)
		encoder.SetIndent("", "  ")
		return encoder.Encode(r)
	}
	return r.WriteText(x.Stdout, x.title+" on "+machine())
}

// addRows adds rows to the table, and first its header where the file is new or empty.
func (x *measurement) addRows(r bench.Result) error {
	file, err := os.OpenFile(x.table, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("table: %w", err)
	}
	info, err := file.Stat()
	if err == nil && info.Size() == 0 {
		err = r.WriteHeader(file)
	}
	if err == nil {
		err = r.WriteRows(file, x.title)
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("table: %w", err)
	}
	return nil
}

// rivals starts the rivals, one after the other.
func (x *measurement) rivals(ctx context.Context) (rivals []*bench.Rival, err error) {
	for _, text := range x.against {
		name, command, ok := strings.Cut(text, "=")
		if !ok || len(strings.Fields(command)) == 0 {
			return nil, callError{fmt.Errorf("--against %q is not NAME=COMMAND", text)}
		}
		r := &bench.Rival{Name: name, Command: strings.Fields(command)}
		if err := r.Start(ctx); err != nil {
			for _, started := range rivals {
				started.Stop()
			}
			return nil, err
		}
		rivals = append(rivals, r)
	}
	return rivals, nil
}
