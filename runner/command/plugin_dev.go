package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"montage/core/hint"
	"montage/runner/develop"
)

// stopGrace is for an interrupted command to save what it has.
const stopGrace = 30 * time.Second

// development is one call of plugin dev.
type development struct {
	*app
	plugin  *develop.Project
	args    []string
	running *exec.Cmd  // nil before the first build that succeeds
	ended   chan error // of running, once
}

func (a *app) devCommand() *cobra.Command {
	d := &development{app: a}
	return &cobra.Command{
		Use: "dev PATH -- COMMAND...", Short: "Run a command again whenever a plugin's sources change",
		Long: "Build the plugin in a folder (Go sources, or plugin.py, which needs no build) and run a command of\n" +
			"the runner with it. Do both again when a source changes. While the sources do not compile, the last\n" +
			"run continues.\n\n" +
			"  runner plugin dev ./focal -- exec spec.toml\n\n" +
			"Locks are off meanwhile. Ctrl-C ends everything.",
		Args: cobra.MinimumNArgs(2), RunE: ran(d.run),
	}
}

func (d *development) run(ctx context.Context, args []string) error {
	work, err := os.MkdirTemp("", "montage-dev-")
	if err != nil {
		return fmt.Errorf("folder for builds: %w", err)
	}
	defer func() { _ = os.RemoveAll(work) }()
	if d.plugin, err = develop.Open(args[0], work); err != nil {
		return callError{err}
	}
	d.args = args[1:]
	d.log.Warn().Str("plugin", d.plugin.Program).
		Msg("DEVELOPMENT: locks are off, the plugin changes during the run, and no result can be repeated")
	defer func() { _ = d.stop() }()
	for {
		stamp, err := d.plugin.Stamp()
		if err != nil {
			return err
		}
		if err := d.next(ctx); err != nil {
			return err
		}
		if err := d.wait(ctx, stamp); err != nil {
			return err
		}
	}
}

// next builds the plugin, and starts the command anew where that succeeds.
func (d *development) next(ctx context.Context) error {
	if err := d.plugin.Build(ctx); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		d.log.Error().Msg("the plugin does not build; waiting for a change\n" + hint.Text(err))
		return nil
	}
	if err := d.stop(); err != nil {
		return err
	}
	if err := d.plugin.Install(); err != nil {
		return err
	}
	return d.start()
}

func (d *development) start() error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("path of the runner: %w", err)
	}
	paths := append([]string{d.plugin.Program}, filepath.SplitList(os.Getenv(pluginPath))...)
	c := exec.Command(self, d.args...)
	c.Stdout, c.Stderr = d.Stdout, d.Stderr
	c.Env = append(os.Environ(), pluginPath+"="+strings.Join(paths, string(os.PathListSeparator)), pluginLock+"=off")
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for us; we pass it on once
	if err := c.Start(); err != nil {
		return fmt.Errorf("start %s: %w", strings.Join(d.args, " "), err)
	}
	d.log.Info().Str("command", strings.Join(d.args, " ")).Msg("started")
	d.running, d.ended = c, make(chan error, 1)
	go func() { d.ended <- c.Wait() }()
	return nil
}

// wait returns at a change of the sources.
func (d *development) wait(ctx context.Context, stamp string) error {
	changed := make(chan error, 1)
	go func() { changed <- d.plugin.Changed(ctx, stamp) }()
	for {
		select {
		case err := <-changed:
			if err == nil {
				d.log.Info().Msg("the sources changed")
			}
			return err
		case err := <-d.ended: // never of a nil channel
			d.running, d.ended = nil, nil
			d.log.Info().Str("command", strings.Join(d.args, " ")).Str("outcome", outcome(err)).
				Msg("ended; waiting for a change")
		}
	}
}

func outcome(err error) string {
	if err == nil {
		return "done"
	}
	return hint.Text(err)
}

// stop interrupts the command, so that it saves what it has.
func (d *development) stop() error {
	if d.running == nil {
		return nil
	}
	group := -d.running.Process.Pid
	if err := syscall.Kill(group, syscall.SIGINT); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("stop the command: %w", err)
	}
	select {
	case <-d.ended:
	case <-time.After(stopGrace):
		_ = syscall.Kill(group, syscall.SIGKILL)
		<-d.ended
	}
	d.running, d.ended = nil, nil
	return nil
}
