package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/spf13/cobra"

	"montage/core"
	"montage/core/conform"
	"montage/core/hint"
	"montage/registry"
)

// conformance is one call of plugin test.
type conformance struct {
	*app
	bundled string
	only    string
	sets    []string
	size    int
	asJSON  bool
}

func (a *app) conformCommand() *cobra.Command {
	t := &conformance{app: a}
	c := &cobra.Command{
		Use: "test PROGRAM", Short: "Check a plugin's components against their contracts",
		Long: "Start a plugin's program as a run would, and check each of its components: that calls are\n" +
			"pure and repeatable, gradients right, bad options and calls refused. One line for each check.",
		Args: cobra.MaximumNArgs(1), RunE: ran(t.run),
	}
	c.Flags().StringVar(&t.bundled, "bundled", "", "test this bundled plugin in place of a program")
	c.Flags().StringVar(&t.only, "only", "", "test this component alone: NAME or KIND/NAME")
	c.Flags().StringArrayVarP(&t.sets, "set", "s", nil, "set an option: -s hidden=[16,8]; the rest have their defaults")
	c.Flags().IntVar(&t.size, "size", 0, "side of the frames that backbones are given (default: several small ones)")
	c.Flags().BoolVar(&t.asJSON, "json", false, "print JSON")
	return c
}

func (t *conformance) run(ctx context.Context, args []string) error {
	r, err := t.registry(ctx, args)
	if err != nil {
		return err
	}
	components, err := t.components(r)
	if err != nil {
		return err
	}
	options, err := readOptions(t.sets, components)
	if err != nil {
		return err
	}
	var reports []conform.Report
	failed := 0
	for _, d := range components {
		report, err := t.test(ctx, r, d, options[d.ID()])
		if err != nil {
			return interrupted(ctx, err)
		}
		failed += len(report.Failed())
		reports = append(reports, report)
		if !t.asJSON {
			fmt.Fprint(t.Stdout, report)
		}
	}
	if t.asJSON {
		encoder := json.NewEncoder(t.Stdout)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(reports); err != nil {
			return err
		}
	}
	if failed > 0 {
		return interrupted(ctx, fmt.Errorf("%d checks failed", failed))
	}
	return nil
}

// registry holds the one program under test.
func (t *conformance) registry(ctx context.Context, args []string) (*registry.Registry, error) {
	if (len(args) == 1) == (t.bundled != "") {
		return nil, callError{hint.With(errors.New("plugin test needs a PROGRAM, or --bundled NAME"),
			"runner plugin test ./myplugin")}
	}
	c := registry.Config{Deadline: registry.CallDeadline, Log: t.log}
	if len(args) == 1 {
		path, err := programPath(args[0])
		if err != nil {
			return nil, callError{err}
		}
		c.Path = path
	} else {
		b, ok := t.bundledPlugin(t.bundled)
		if !ok {
			return nil, callError{fmt.Errorf("no bundled plugin is named %q", t.bundled)}
		}
		c.Bundled = []registry.Bundled{{Name: b.Name, Version: t.Version}}
	}
	r, err := registry.Open(ctx, c)
	if err != nil {
		return nil, interrupted(ctx, err)
	}
	return r, r.Problems()
}

// programPath refuses what the plugin path would take for something else.
func programPath(given string) (string, error) {
	path, err := filepath.Abs(given)
	if err != nil {
		return "", fmt.Errorf("%s: %w", given, err)
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", err
	case info.IsDir():
		return "", hint.With(fmt.Errorf("%s is a folder, not a program", given),
			"build the plugin first: go build -o %s %s", filepath.Join(given, "plugin"), given)
	case len(filepath.SplitList(path)) != 1:
		return "", fmt.Errorf("the path %s holds the character that separates paths", path)
	}
	return path, nil
}

func (a *app) bundledPlugin(name string) (Bundled, bool) {
	i := slices.IndexFunc(a.Bundled, func(b Bundled) bool { return b.Name == name })
	if i < 0 {
		return Bundled{}, false
	}
	return a.Bundled[i], true
}

// components are those to test, in the program's order.
func (t *conformance) components(r *registry.Registry) (out []core.Description, err error) {
	for _, p := range r.Plugins() {
		for _, d := range p.Components {
			if t.only == "" || t.only == d.Name || t.only == d.ID() {
				out = append(out, d)
			}
		}
	}
	if len(out) == 0 {
		return nil, callError{fmt.Errorf("the plugin serves nothing named %q", t.only)}
	}
	return out, nil
}

// readOptions gives every component those of the options that it declares.
func readOptions(sets []string, components []core.Description) (map[string]map[string]any, error) {
	out := map[string]map[string]any{}
	for _, d := range components {
		out[d.ID()] = map[string]any{}
	}
	for _, set := range sets {
		key, text, ok := strings.Cut(set, "=")
		if !ok {
			return nil, callError{fmt.Errorf("--set %s has no =, expected key=value", set)}
		}
		key = strings.TrimSpace(key)
		taken := false
		for _, d := range components {
			if slices.ContainsFunc(d.Options, func(o core.Option) bool { return o.Name == key }) {
				out[d.ID()][key], taken = optionValue(text), true
			}
		}
		if !taken {
			return nil, callError{fmt.Errorf("--set %s: no component that is tested has an option %q", set, key)}
		}
	}
	return out, nil
}

// optionValue reads a TOML value, or takes the text as it is.
func optionValue(text string) any {
	var document struct{ Value any }
	if err := toml.Unmarshal([]byte("value = "+text), &document); err != nil {
		return text
	}
	return document.Value
}

// test runs the kit on one component, in a process of its own.
func (t *conformance) test(ctx context.Context, r *registry.Registry, d core.Description,
	options map[string]any) (conform.Report, error) {
	s, err := r.Session(ctx)
	if err != nil {
		return conform.Report{}, err
	}
	defer s.Close()
	return conform.Run(ctx, conform.Subject{
		Component: d.StandIn(func(v core.Values) (any, error) { return s.New(d.Kind, d.Name, v) }), Options: options,
		Connection: connection{s}, Size: t.size,
	}), nil
}
