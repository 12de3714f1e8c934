package command

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"montage/core"
	"montage/core/hint"
	"montage/core/sdk"
	"montage/registry"
	"montage/registry/clock"
	"montage/runner/model"
	"montage/runner/plan"
	"montage/runner/run"
	"montage/runner/trace"
)

// pluginPath is the environment variable with further plugins.
const pluginPath = "RUNNER_PLUGIN_PATH"

// pluginLog is the environment variable with the levels of plugins' logs.
const pluginLog = "RUNNER_PLUGIN_LOG"

// plugins finds and starts plugins for a command.
type plugins struct {
	deadline time.Duration
	attached []string     // NAME=FILE
	trace    string       // file for a trace, or empty
	spec     string       // file whose lock holds, or empty
	clock    *clock.Clock // measures the calls, when set
	session  *session
}

func (p *plugins) flags(c *cobra.Command) {
	c.Flags().DurationVar(&p.deadline, "call-timeout", registry.CallDeadline,
		"longest time for one call of a plugin before it counts as hung")
	c.Flags().StringArrayVar(&p.attached, "attach", nil,
		"use a plugin that was started by hand with --attach FILE, for example in a debugger: NAME=FILE")
}

// session is the plugins of one command, as a pipeline takes them.
type session struct {
	*registry.Session
	registry *registry.Registry
	trace    *trace.Writer // nil where none was asked for
	log      zerolog.Logger
}

// Close ends the plugins and the trace of their calls.
func (s *session) Close() error {
	err := s.Session.Close()
	if s.trace != nil {
		if err := s.trace.Close(); err != nil {
			s.log.Warn().Str("error", hint.Text(err)).Msg("the trace is not complete")
		}
	}
	return err
}

// registry finds all plugins: the bundled ones, those in the user's folder and
// those that the environment names.
func (p *plugins) registry(ctx context.Context, a *app) (*registry.Registry, error) {
	if p.deadline < 0 {
		return nil, callError{fmt.Errorf("--call-timeout %v is negative", p.deadline)}
	}
	levels, err := registry.ParseLogLevels(os.Getenv(pluginLog))
	if err != nil {
		return nil, callError{fmt.Errorf("%s: %w", pluginLog, err)}
	}
	attached, err := p.sockets(a.log)
	if err != nil {
		return nil, err
	}
	lock, err := p.lock(a.log)
	if err != nil {
		return nil, err
	}
	c := registry.Config{Path: os.Getenv(pluginPath), Deadline: p.deadline, Clock: p.clock, Log: a.log,
		LogLevels: levels, Attach: attached, Lock: lock}
	if cache, err := os.UserCacheDir(); err == nil {
		c.SlowStarts = filepath.Join(cache, "montage", "slow-starts.json")
	}
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
		a.log.Warn().Msg("some plugins do not work: " + hint.Text(problems))
	}
	return r, nil
}

// open starts a session, which the caller closes.
func (p *plugins) open(ctx context.Context, a *app) (*session, error) {
	traced, err := p.tracing()
	if err != nil {
		return nil, err
	}
	opened, err := p.start(ctx, a)
	if err != nil {
		if traced != nil {
			_ = traced.Close() // what is wrong is said already
		}
		return nil, err
	}
	opened.trace, p.session = traced, opened
	return opened, nil
}

func (p *plugins) start(ctx context.Context, a *app) (*session, error) {
	r, err := p.registry(ctx, a)
	if err != nil {
		return nil, err
	}
	s, err := r.Session(ctx)
	if err != nil {
		return nil, interrupted(ctx, err)
	}
	return &session{Session: s, registry: r, log: a.log}, nil
}

// Lookup finds a component's description.
func (s *session) Lookup(kind core.Kind, name string) (core.Description, error) {
	return s.registry.Describe(kind, name)
}

// Identity is the digest of the program that serves a component.
func (s *session) Identity(kind core.Kind, name string) string {
	for _, u := range s.Used() {
		if slices.Contains(u.Components, core.Description{Kind: kind, Name: name}.ID()) {
			return u.SHA256
		}
	}
	return ""
}

// Map makes the shared memory.
func (s *session) Map(state, work int64) (model.Allocator, model.Allocator, error) {
	if err := s.Session.Map(state, work); err != nil {
		return nil, nil, err
	}
	return s.State(), s.Work(), nil
}

// used lists the plugins for plugins.json.
func (s *session) used() (list []run.UsedPlugin) {
	for _, u := range s.Used() {
		list = append(list, run.UsedPlugin{Name: u.Name, Version: u.Version, SHA256: u.SHA256})
	}
	return list
}

// processes lists the running plugins for plan.
func (s *session) processes() (list []plan.PluginProcess) {
	versions := map[string]string{}
	for _, u := range s.Used() {
		versions[u.Name] = u.Version
	}
	for _, p := range s.Processes() {
		list = append(list, plan.PluginProcess{Name: p.Name, Version: versions[p.Name], PID: p.PID})
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
					sdk.Serve(b.Name, a.Version, b.Components...)
					return nil
				}
			}
			return callError{fmt.Errorf("no bundled plugin is named %q", args[0])}
		}),
	}
}
