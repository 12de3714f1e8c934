package command

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"montage/core"
	"montage/core/hint"
)

func (a *app) pluginCommand() *cobra.Command {
	c := &cobra.Command{Use: "plugin", Short: "List, describe, write, test, debug and lock plugins",
		Long: "List, describe, write, test, debug and lock plugins.\n\n" +
			"Environment variables:\n" +
			pluginPath + " lists further plugins: folders and programs.\n" +
			pluginLog + " sets the log level of plugins: debug, or warn,focal=debug.\n" +
			pluginLock + "=off runs programs that differ from a spec's lock.",
		RunE: func(_ *cobra.Command, args []string) error {
			return callError{hint.With(fmt.Errorf("plugin needs one of its commands, not %q", args),
				"runner plugin --help lists them")}
		}}
	var p plugins
	list := &cobra.Command{Use: "list", Short: "List all installed components", Args: cobra.NoArgs,
		RunE: ran(func(ctx context.Context, _ []string) error { return a.listComponents(ctx, &p) })}
	var asJSON bool
	describe := &cobra.Command{Use: "describe NAME", Short: "Describe a component and its options",
		Args: cobra.ExactArgs(1),
		RunE: ran(func(ctx context.Context, args []string) error { return a.describe(ctx, &p, args[0], asJSON) })}
	describe.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.AddCommand(list, describe, a.newCommand(), a.conformCommand(), a.lockCommand(), a.devCommand())
	return c
}

func (a *app) listComponents(ctx context.Context, p *plugins) error {
	r, err := p.registry(ctx, a)
	if err != nil {
		return err
	}
	serves := map[string]string{} // the plugin's name, by component
	for _, p := range r.Plugins() {
		for _, c := range p.Components {
			serves[c.ID()] = p.Name
		}
	}
	w := tabwriter.NewWriter(a.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "KIND\tNAME\tPLUGIN\tWHAT IT DOES")
	for _, kind := range core.Kinds {
		for _, c := range r.Components(kind) {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", c.Kind, c.Name, serves[c.ID()], c.Summary())
		}
	}
	return w.Flush()
}

// describe prints every component of a name: kinds may share one.
func (a *app) describe(ctx context.Context, p *plugins, name string, asJSON bool) error {
	r, err := p.registry(ctx, a)
	if err != nil {
		return err
	}
	kind, bare, both := strings.Cut(name, "/")
	if !both {
		kind, bare = "", name
	}
	var found []core.Description
	for _, k := range core.Kinds {
		for _, c := range r.Components(k) {
			if c.Name == bare && (kind == "" || kind == string(k)) {
				found = append(found, c)
			}
		}
	}
	if len(found) == 0 {
		return callError{hint.With(fmt.Errorf("no component is named %q", name), "runner plugin list names all")}
	}
	if asJSON {
		encoder := json.NewEncoder(a.Stdout)
		encoder.SetIndent("", "  ")
		return encoder.Encode(found)
	}
	for i, c := range found {
		if i > 0 {
			fmt.Fprintln(a.Stdout)
		}
		if err := writeDescription(a.Stdout, c); err != nil {
			return err
		}
		if p, err := r.Serving(c.Kind, c.Name); err == nil { // two that serve it are an error where it is used
			fmt.Fprintf(a.Stdout, "\nplugin %s %s, protocol %d, capabilities: %s\n", p.Name, p.Version, p.Protocol,
				strings.Join(p.Capabilities, ", "))
		}
	}
	return nil
}

func writeDescription(out io.Writer, c core.Description) error {
	fmt.Fprintf(out, "%s %s\n\n%s\n", c.Kind, c.Name, c.Doc)
	if len(c.Targets) > 0 {
		fmt.Fprintf(out, "\ntargets: %v\n", c.Targets)
	}
	if len(c.Options) == 0 {
		return nil
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nOPTION\tVALUE\tDEFAULT\tMEANING")
	for _, o := range c.Options {
		value, err := json.Marshal(o.Default)
		if err != nil {
			return fmt.Errorf("default of %s: %w", o.Name, err)
		}
		if o.Default == nil {
			value = []byte("required")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", o.Name, o.Wanted(), value, o.Doc)
	}
	return w.Flush()
}
