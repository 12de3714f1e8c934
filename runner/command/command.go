// Package command is the command line of runner. It alone prints and chooses the exit
// status. Results go to stdout, all else to stderr.
package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/mattn/go-isatty"
	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"montage/core"
	"montage/core/hint"
	"montage/core/spec"
)

// The exit statuses.
const (
	exitDone        = 0
	exitFailed      = 1
	exitBadCall     = 2 // a wrong spec or call
	exitInterrupted = 130
)

// Bundled is one of the plugins that the binary holds.
type Bundled struct {
	Name       string
	Components []core.Component
}

// Host is what main passes to Run.
type Host struct {
	Version string
	Commit  string // of the source; "" takes what the Go command recorded
	Bundled []Bundled
	Stdout  *os.File
	Stderr  *os.File
}

// errInterrupted is the cause of a context that Ctrl-C ended.
var errInterrupted = errors.New("interrupted")

// callError is a mistake in the command line.
type callError struct{ error }

func (e callError) Unwrap() error { return e.error }

// app is the state that all commands share.
type app struct {
	Host
	log      zerolog.Logger
	logLevel string
	logForm  string
}

// Run executes the command line and returns the exit status.
func Run(p Host, args []string) int {
	a := &app{Host: p}
	root := a.root()
	root.SetArgs(args)
	ctx, stop := interruptible()
	defer stop()
	err := root.ExecuteContext(ctx)
	return a.exit(err)
}

// interruptible returns a context that ends at the first Ctrl-C, SIGTERM or, as when
// the terminal is closed, SIGHUP. A second one ends the program as if it were not caught.
func interruptible() (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	if caught := endings(); len(caught) > 0 { // Notify without signals would catch all
		signal.Notify(signals, caught...)
	}
	go func() {
		if _, ok := <-signals; ok {
			signal.Stop(signals)
			cancel(errInterrupted)
		}
	}()
	return ctx, func() { signal.Stop(signals); close(signals); cancel(nil) }
}

// endings are the signals that end a training early, less those that the program was
// started to ignore: nohup ignores SIGHUP, and a shell SIGINT for what runs in the
// background. Of SIGTERM Go does not say whether it was ignored.
func endings() []os.Signal {
	return slices.DeleteFunc([]os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}, signal.Ignored)
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use: "runner", Short: "Train semi- and self-supervised image models from a spec",
		Version: a.build(), SilenceUsage: true, SilenceErrors: true,
		PersistentPreRunE: func(*cobra.Command, []string) error { return a.openLog() },
	}
	root.SetVersionTemplate("runner {{.Version}}\n")
	root.SetOut(a.Stdout)
	root.SetErr(a.Stderr)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return callError{hint.With(err, "%s --help lists the flags", c.CommandPath())}
	})
	root.PersistentFlags().StringVar(&a.logForm, "log", "auto",
		"form of the log on stderr: auto (console on a terminal, else json), console or json")
	root.PersistentFlags().StringVar(&a.logLevel, "log-level", "info",
		"lowest level to log: debug, info, warn or error")
	root.AddCommand(a.execCommand(), a.planCommand(), a.evalCommand(), a.predictCommand(), a.benchCommand(),
		a.probeCommand(), a.embedCommand(), a.compareCommand(), a.previewCommand(), a.pluginCommand(), a.synthCommand(),
		a.keyframesCommand(), a.dataCommand(), a.docsCommand(), a.schemaCommand(), a.serveCommand(), a.versionCommand())
	a.complete(root)
	return root
}

func (a *app) openLog() error {
	level, err := zerolog.ParseLevel(a.logLevel)
	if err != nil {
		return callError{fmt.Errorf("--log-level %q is not debug, info, warn or error", a.logLevel)}
	}
	out := io.Writer(a.Stderr)
	switch a.logForm {
	case "auto", "console":
		if a.logForm == "console" || terminal(a.Stderr) {
			out = zerolog.ConsoleWriter{Out: a.Stderr, TimeFormat: "15:04:05", NoColor: !terminal(a.Stderr)}
		}
	case "json":
	default:
		return callError{fmt.Errorf("--log %q is not auto, console or json", a.logForm)}
	}
	a.log = zerolog.New(out).Level(level).With().Timestamp().Logger()
	return nil
}

func terminal(f *os.File) bool { return isatty.IsTerminal(f.Fd()) }

// exit prints the error, if any, and chooses the status.
func (a *app) exit(err error) int {
	var problems spec.Problems
	var call callError
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errInterrupted):
		return exitInterrupted
	case errors.As(err, &problems), errors.As(err, &call), isUsage(err):
		fmt.Fprintln(a.Stderr, strings.TrimSpace(hint.Text(err)))
		return exitBadCall
	}
	fmt.Fprintln(a.Stderr, "error: "+strings.TrimSpace(hint.Text(err)))
	return exitFailed
}

// isUsage recognises cobra's own errors, which have no type: those that come before a
// command of ours runs.
func isUsage(err error) bool {
	var ran ranError
	return !errors.As(err, &ran)
}

// ranError marks an error of a command that ran.
type ranError struct{ error }

func (e ranError) Unwrap() error { return e.error }

// ran marks the errors of a command's function, so that they are not taken for cobra's.
func ran(f func(ctx context.Context, args []string) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) error {
		if err := f(c.Context(), args); err != nil {
			return ranError{err}
		}
		return nil
	}
}
