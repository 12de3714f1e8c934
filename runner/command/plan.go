package command

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"montage/core/spec"
	"montage/runner/pipeline"
	"montage/runner/plan"
)

// planning is one call of plan.
type planning struct {
	*app
	sets   []string
	asJSON bool
	plugins
}

func (a *app) planCommand() *cobra.Command {
	x := &planning{app: a}
	c := &cobra.Command{
		Use: "plan SPEC", Short: "Check a spec with its plugins and data, without training",
		Long: "Start the plugins and check options and shapes end to end. Print stages, parameters, branches,\n" +
			"phases and the memory that training will take.",
		Args: cobra.ExactArgs(1), RunE: ran(x.run),
	}
	c.Flags().StringArrayVarP(&x.sets, "set", "s", nil, "override a key of the spec: -s data.size=64")
	c.Flags().BoolVar(&x.asJSON, "json", false, "print JSON")
	x.plugins.flags(c)
	return c
}

func (x *planning) run(ctx context.Context, args []string) error {
	s, problems := spec.Load(args[0], x.sets)
	if s == nil {
		return problems.Err()
	}
	x.plugins.spec = args[0]
	session, err := x.plugins.open(ctx, x.app)
	if err != nil {
		return err
	}
	defer session.Close()
	if len(problems) > 0 { // all that is wrong at once, that of components too
		return append(append(problems, s.CheckFiles()...), s.CheckComponents(session.Lookup)...).Err()
	}
	bar := x.reading()
	built, err := pipeline.New(ctx, pipeline.Config{Spec: s, Plugins: session, Log: x.log, Progress: bar.sample,
		VideoProgress: bar.video})
	bar.clear()
	if err != nil {
		return interrupted(ctx, err)
	}
	described := plan.New(built, session.processes())
	if !x.asJSON {
		return described.WriteText(x.Stdout)
	}
	encoder := json.NewEncoder(x.Stdout)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(described); err != nil {
		return fmt.Errorf("print the plan: %w", err)
	}
	return nil
}
