package command

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"montage/core"
	"montage/core/spec"
	"montage/runner/document"
	"montage/runner/output"
)

func (a *app) docsCommand() *cobra.Command {
	var p plugins
	return &cobra.Command{Use: "docs DIR", Args: cobra.ExactArgs(1),
		Short: "Write a page for every installed component, and one for the spec's tables",
		RunE: ran(func(ctx context.Context, args []string) error {
			components, err := a.installed(ctx, &p)
			if err != nil {
				return err
			}
			n, err := document.Write(args[0], components)
			if err != nil {
				return err
			}
			fmt.Fprintf(a.Stdout, "%s: %d pages\n", args[0], n)
			return nil
		})}
}

func (a *app) schemaCommand() *cobra.Command {
	var p plugins
	var out string
	c := &cobra.Command{Use: "schema", Short: "Write a JSON Schema with which editors complete and check specs",
		Args: cobra.NoArgs,
		Long: "Write a JSON Schema of specs with the options of every installed component.\n\n" +
			"In editors that use taplo, the first line of a spec names it:\n\n    #:schema ./montage.schema.json",
		RunE: ran(func(ctx context.Context, _ []string) error {
			if out != "" {
				if err := output.Check(out); err != nil {
					return callError{fmt.Errorf("--out: %w", err)}
				}
			}
			components, err := a.installed(ctx, &p)
			if err != nil {
				return err
			}
			text, err := document.Schema(components)
			if err != nil {
				return err
			}
			if out == "" {
				_, err = a.Stdout.Write(text)
				return err
			}
			return output.Write(out, text)
		})}
	c.Flags().StringVar(&out, "out", "", "file to write instead of stdout")
	return c
}

// installed describes all components, kind after kind, and the backbone that is no plugin.
func (a *app) installed(ctx context.Context, p *plugins) (all []core.Description, err error) {
	r, err := p.registry(ctx, a)
	if err != nil {
		return nil, err
	}
	for _, kind := range core.Kinds {
		all = append(all, r.Components(kind)...)
		if kind == core.KindBackbone {
			all = append(all, spec.FeatureBackboneDescription())
		}
	}
	return all, nil
}
