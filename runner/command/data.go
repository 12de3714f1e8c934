package command

import (
	"fmt"

	"github.com/spf13/cobra"

	"montage/core/hint"
)

// dataCommand is the group of commands about data sets.
func (a *app) dataCommand() *cobra.Command {
	c := &cobra.Command{Use: "data", Short: "Work on data sets",
		RunE: func(_ *cobra.Command, args []string) error {
			return callError{hint.With(fmt.Errorf("data needs one of its commands, not %q", args),
				"runner data --help lists them")}
		}}
	c.AddCommand(a.dataCheckCommand(), a.dataSplitCommand())
	return c
}
