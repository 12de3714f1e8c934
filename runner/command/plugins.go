package command

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"montage/core"
	"montage/core/wire"
	"montage/registry"
	"montage/runner/model"
	"montage/runner/plan"
	"montage/runner/run"
)

// pluginPath is the environment variable with further plugins.
const pluginPath = "RUNNER_PLUGIN_PATH"

// plugins finds and starts plugins for a command.
type plugins struct {
	deadline time.Duration
	clock    *wire.Clock // measures the calls, when set
	session  *session
}

func (p *plugins) flags(c *cobra.Command) {
	c.Flags().DurationVar(&p.deadline, "call-timeout", wire.CallDeadline, "longest time for one call of a plugin before it counts as hung")
}

// session is the plugins of one command, as the assembly wants them.
type session struct {
	*registry.Session
	registry *registry.Registry
}

// registry finds all plugins: the bundled ones, those in the user's folder and
// those that the environment names.
func (p *plugins) registry(ctx context.Context, a *app) (*registry.Registry, error) {
	if p.deadline < 0 {
		return nil, callError{fmt.Errorf("--call-timeout %v is less than nothing", p.deadline)}
	}
	c := registry.Config{Path: os.Getenv(pluginPath), Deadline: p.deadline, Clock: p.clock, Log: a.log}
	if config, err := os.UserConfigDir(); err == nil {
		c.Dirs = []string{filepath.Join(config, "montage", "plugins")}
	}
	for _, b := range a.Bundled {
		bundled := registry.Bundled{Name: b.Name, Version: a.Version}
		for _, component := range b.Components {
			bundled.Components = append(bundled.Components, component.Description())
		}
		c.Bundled = append(c.Bundled, bundled)
	}
	r, err := registry.Open(ctx, c)
	if err != nil {
		return nil, interrupted(ctx, err)
	}
	if problems := r.Problems(); problems != nil {
		a.log.Warn().Msg("some plugins do not work: " + problems.Error())
	}
	return r, nil
}

// open starts a session, which the caller closes.
func (p *plugins) open(ctx context.Context, a *app) (*session, error) {
	r, err := p.registry(ctx, a)
	if err != nil {
		return nil, err
	}
	s, err := r.Session(ctx)
	if err != nil {
		return nil, interrupted(ctx, err)
	}
	p.session = &session{Session: s, registry: r}
	return p.session, nil
}

// Lookup finds a component's description.
func (s *session) Lookup(kind core.Kind, name string) (core.Description, error) {
	return s.registry.Describe(kind, name)
}

// Map makes the shared memory.
func (s *session) Map(state, work int64) (model.Allocator, model.Allocator, error) {
	if err := s.Session.Map(state, work); err != nil {
		return nil, nil, err
	}
	return s.State(), s.Work(), nil
}

// used lists the plugins for plugins.json.
func (s *session) used() (list []run.Plugin) {
	for _, u := range s.Used() {
		list = append(list, run.Plugin{Name: u.Name, Version: u.Version, SHA256: u.SHA256})
	}
	return list
}

// processes lists the running plugins for plan.
func (s *session) processes() (list []plan.Process) {
	versions := map[string]string{}
	for _, u := range s.Used() {
		versions[u.Name] = u.Version
	}
	for _, p := range s.Processes() {
		list = append(list, plan.Process{Name: p.Name, Version: versions[p.Name], PID: p.PID})
	}
	return list
}

// serveCommand is how the runner starts itself as a bundled plugin.
func (a *app) serveCommand() *cobra.Command {
	return &cobra.Command{
		Use: registry.ServeCommand + " NAME", Hidden: true, Args: cobra.ExactArgs(1),
		RunE: ran(func(_ context.Context, args []string) error {
			for _, b := range a.Bundled {
				if b.Name == args[0] {
					return wire.Serve(b.Name, a.Version, b.Components)
				}
			}
			return callError{fmt.Errorf("no bundled plugin is named %q", args[0])}
		}),
	}
}
