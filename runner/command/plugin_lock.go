package command

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"montage/core/hint"
	"montage/core/spec"
	"montage/registry"
	"montage/runner/output"
)

// pluginLock is the environment variable that switches locks off.
const pluginLock = "RUNNER_PLUGIN_LOCK"

// lockFile is the lock of a spec, beside it.
func lockFile(spec string) string { return strings.TrimSuffix(spec, filepath.Ext(spec)) + ".lock" }

// lock reads what the programs of the command are held to, nil for nothing.
func (p *plugins) lock(log zerolog.Logger) (*registry.Lock, error) {
	if p.spec == "" {
		return nil, nil
	}
	switch value := os.Getenv(pluginLock); value {
	case "":
		lock, err := registry.ReadLock(lockFile(p.spec))
		if err != nil {
			return nil, callError{err}
		}
		return lock, nil
	case "off":
		if _, err := os.Stat(lockFile(p.spec)); err == nil {
			log.Warn().Str("lock", lockFile(p.spec)).Msg("THE LOCK IS OFF: the plugins of this run may be any programs")
		}
		return nil, nil
	default:
		return nil, callError{hint.With(fmt.Errorf("%s=%s means nothing", pluginLock, value),
			"off runs programs that differ from the lock")}
	}
}

// locking is one call of plugin lock.
type locking struct {
	*app
	sets []string
	plugins
}

func (a *app) lockCommand() *cobra.Command {
	x := &locking{app: a}
	c := &cobra.Command{
		Use: "lock SPEC", Short: "Record which programs a spec runs with",
		Long: "Write name, version, protocol and sha256 of the plugins that a spec uses beside it: spec.toml has " +
			"spec.lock.\n" +
			"exec, plan and bench refuse other programs from then on. Bundled plugins are not in it: they are the " +
			"runner.\n" +
			"Of a script the sha256 is the script's, not that of what it imports. Sums of other systems are kept.",
		Args: cobra.ExactArgs(1), RunE: ran(x.run),
	}
	c.Flags().StringArrayVarP(&x.sets, "set", "s", nil, "override a key of the spec: -s "+
		"branch.supervised.loss.plugin=focal")
	return c
}

func (x *locking) run(ctx context.Context, args []string) error {
	s, problems := spec.Load(args[0], x.sets)
	if err := problems.Err(); err != nil {
		return err
	}
	r, err := x.plugins.registry(ctx, x.app)
	if err != nil {
		return err
	}
	if problems := s.CheckComponents(r.Describe); len(problems) > 0 {
		return problems.Err()
	}
	var wanted []registry.Wanted
	for _, c := range s.Components() {
		wanted = append(wanted, registry.Wanted{Kind: c.Kind, Name: c.Plugin})
	}
	lock, err := r.Lock(lockFile(args[0]), wanted)
	if err != nil {
		return err
	}
	document, err := lock.Encode()
	if err != nil {
		return err
	}
	if err := output.Write(lock.Path, document); err != nil {
		return err
	}
	for _, p := range lock.Plugins {
		fmt.Fprintf(x.Stdout, "%s %s\n", p.Name, p.Version)
	}
	if len(lock.Plugins) == 0 {
		x.log.Warn().Str("lock", lock.Path).Msg("all plugins of the spec are bundled: the lock refuses any other")
	}
	return nil
}
