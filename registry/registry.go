// Package registry finds plugins, says what they offer, and runs those that a run
// uses. It starts a plugin on first use, starts it again when it dies, and ends it with
// the run.
//
// A bundled plugin is a process like any other: the runner's own executable, started
// again. The one difference is that the runner may hand over its description, so that
// looking up a name does not start a dozen processes. When the plugin is started, it
// must describe itself in the same way.
package registry

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"montage/core"
	"montage/core/wire"
	"montage/registry/clock"
	"montage/registry/internal/host"
)

// ServeCommand is the hidden command of the runner that serves the bundled
// plugin named by its argument.
const ServeCommand = "plugin-serve"

// CallDeadline is how long one call that computes may take, where a Config says
// nothing else.
const CallDeadline = wire.CallDeadline

// Config says where plugins are.
type Config struct {
	Bundled []Bundled
	// Dirs are plugin folders: every executable file in them is a plugin. One that
	// does not exist is empty.
	Dirs []string
	// Path lists further folders and files, separated as in PATH.
	Path string
	// Env is added to the environment of every plugin.
	Env []string
	// Deadline is for one call that computes, CallDeadline when 0.
	Deadline time.Duration
	// LogLevels is how much of the plugins' logs is shown.
	LogLevels LogLevels
	// Lock, when set, names the plugins that may be used; others are refused.
	Lock *Lock
	// Attach names, by plugin, the socket of a plugin that a person started by hand. It
	// is used instead of an installed one of that name.
	Attach map[string]string
	// SlowStarts is a file that remembers which plugins hung when they were asked what
	// they serve, so that the next command waits for them only shortly. It may be empty.
	SlowStarts string
	// Clock, when set, measures all calls.
	Clock *clock.Clock
	Log   zerolog.Logger
}

// Bundled is a plugin inside the runner's own executable.
type Bundled struct {
	Name    string
	Version string
	// Command starts it. Empty means the running executable with ServeCommand and Name.
	Command []string
	// Components, when given, describe the plugin, so that it need not be started for that.
	Components []core.Description
}

// Plugin is a plugin that was found.
type Plugin struct {
	Name       string
	Version    string
	Bundled    bool
	Command    []string
	Components []core.Description
	// Protocol is the version of the protocol that was spoken, 0 before.
	Protocol int
	// Capabilities are the optional features of the protocol that the plugin has.
	Capabilities []string

	attach string // the socket at which it waits, instead of a command
}

// Registry is what Open found. It may be used from several goroutines.
type Registry struct {
	config   Config
	plugins  []*Plugin
	problems []error
	slow     slowStart

	mu   sync.Mutex
	sums map[string]string // sha256 by path
}

// Open finds all plugins. Those that do not work do not fail it: they are
// Problems, named again where a component is missing.
func Open(ctx context.Context, c Config) (*Registry, error) {
	r := &Registry{config: c, sums: map[string]string{}, slow: slowStart{path: c.SlowStarts}}
	for _, b := range c.Bundled {
		p, err := b.plugin()
		if err != nil {
			return nil, err
		}
		r.plugins = append(r.plugins, p)
	}
	paths, problems := discover(c.Dirs, c.Path)
	for _, path := range paths {
		r.plugins = append(r.plugins, &Plugin{Command: []string{path}})
	}
	described, faults := r.describe(ctx, r.plugins)
	r.plugins, r.problems = described, append(problems, faults...)
	if err := r.attach(ctx); err != nil {
		return nil, err
	}
	for _, name := range c.LogLevels.unknown(r.plugins) {
		c.Log.Warn().Str("plugin", name).Msg("a log level is set for a plugin that was not found")
	}
	return r, ctx.Err()
}

func (b Bundled) plugin() (*Plugin, error) {
	p := &Plugin{Name: b.Name, Version: b.Version, Bundled: true, Command: b.Command, Components: b.Components,
		Protocol: wire.Version, Capabilities: wire.Capabilities()}
	if len(p.Command) > 0 {
		return p, nil
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("bundled plugin %q: where the runner lies: %w", b.Name, err)
	}
	p.Command = []string{self, ServeCommand, b.Name}
	return p, nil
}

// describing is how many plugins are asked at once: a start is mostly waiting.
const describing = 4

// describe asks the plugins that are not described yet, and returns those that work.
func (r *Registry) describe(ctx context.Context, found []*Plugin) (works []*Plugin, problems []error) {
	faults := make([]error, len(found))
	slots := make(chan struct{}, describing)
	var wait sync.WaitGroup
	for i, p := range found {
		if len(p.Components) > 0 {
			continue
		}
		wait.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			faults[i] = r.ask(ctx, p)
		})
	}
	wait.Wait()
	for i, p := range found {
		if faults[i] != nil {
			problems = append(problems, faults[i])
			continue
		}
		works = append(works, p)
	}
	return works, problems
}

func (r *Registry) ask(ctx context.Context, p *Plugin) error {
	command, sum := r.command(p), ""
	if p.attach == "" && r.config.SlowStarts != "" {
		sum, _ = r.sum(p) // a file that cannot be read cannot be started either, which says more
		command.Ready = r.slow.ready(sum)
	}
	hello, err := host.Describe(ctx, command, r.config.LogLevels.of(r.config.Log, p))
	if ctx.Err() != nil {
		return err
	}
	r.slow.learn(sum, err)
	if err != nil && command.Ready != 0 {
		return r.slow.explain(err)
	}
	if err != nil {
		return err
	}
	p.Protocol, p.Capabilities = hello.Protocol, hello.Capabilities
	return p.handshake(hello)
}

func (r *Registry) command(p *Plugin) host.Command {
	if p.attach != "" {
		return host.Command{Name: p.Name, Attach: p.attach, Clock: r.config.Clock}
	}
	name := p.Name
	if name == "" {
		name = p.Command[0]
	}
	return host.Command{
		Name: name, Path: p.Command[0], Args: p.Command[1:],
		Env: r.config.Env, Deadline: r.config.Deadline, Clock: r.config.Clock,
	}
}

// Plugins returns all plugins that work, the bundled ones first.
func (r *Registry) Plugins() []Plugin {
	out := make([]Plugin, len(r.plugins))
	for i, p := range r.plugins {
		out[i] = *p
	}
	return out
}

// Problems says which plugins do not work, and why.
func (r *Registry) Problems() error { return errors.Join(r.problems...) }

// sum returns the sha256 of a plugin's file. For a script that is the script's,
// not its interpreter's.
func (r *Registry) sum(p *Plugin) (string, error) {
	if p.attach != "" {
		// We cannot know which file a debugger runs, so no two sums are equal.
		return "attached at " + time.Now().Format(time.RFC3339Nano), nil
	}
	path := p.Command[0]
	r.mu.Lock()
	defer r.mu.Unlock()
	if s, ok := r.sums[path]; ok {
		return s, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("plugin %q: %w", p.Name, err)
	}
	defer file.Close()
	h := sha256.New()
	if _, err := io.Copy(h, file); err != nil {
		return "", fmt.Errorf("plugin %q: %w", p.Name, err)
	}
	r.sums[path] = hex.EncodeToString(h.Sum(nil))
	return r.sums[path], nil
}
