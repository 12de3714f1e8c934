package command

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{Use: "version", Short: "Print version, commit and Go version", Args: cobra.NoArgs,
		RunE: ran(func(context.Context, []string) error {
			_, err := fmt.Fprintln(a.Stdout, "runner", a.build())
			return err
		})}
}

// build names version, commit, Go version and system, as a report of a fault should.
func (a *app) build() string {
	commit := a.Commit
	if info, ok := debug.ReadBuildInfo(); ok && commit == "" {
		commit = revision(info.Settings)
	}
	if commit == "" {
		commit = "unknown"
	}
	return fmt.Sprintf("%s, commit %s, %s, %s/%s", a.Version, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// revision is the commit that the Go command recorded, with a word where files differed
// from it; "" without a record, as with -buildvcs=false.
func revision(settings []debug.BuildSetting) string {
	values := map[string]string{}
	for _, s := range settings {
		values[s.Key] = s.Value
	}
	commit := values["vcs.revision"]
	if commit != "" && values["vcs.modified"] == "true" {
		commit += " (modified)"
	}
	return commit
}
