package command

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"montage/core"
	"montage/runner/scaffold"
)

// creation is one call of plugin new.
type creation struct {
	*app
	language string
	dir      string
	montage  string
}

func (a *app) newCommand() *cobra.Command {
	n := &creation{app: a}
	c := &cobra.Command{
		Use: "new KIND NAME", Short: "Write the folder of a new plugin",
		Long: "Write the folder of a new plugin: a program with one component that works, its test, a spec\n" +
			"that trains with it, and a README. KIND is backbone, head, loss, augmentation or ssl-strategy.",
		Args: cobra.ExactArgs(2), RunE: ran(n.run),
	}
	c.Flags().StringVar(&n.language, "lang", scaffold.Go, "language: go or python")
	c.Flags().StringVar(&n.dir, "dir", "", "folder, new or empty (default ./NAME)")
	c.Flags().StringVar(&n.montage, "montage", "",
		"source tree of montage (default: the one that holds the runner or the working folder)")
	return c
}

func (n *creation) run(_ context.Context, args []string) error {
	p := scaffold.Plugin{Kind: core.Kind(args[0]), Name: args[1], Language: n.language, Dir: n.dir}
	if p.Dir == "" {
		p.Dir = p.Name
	}
	tree, err := n.tree()
	if err != nil {
		return callError{err}
	}
	p.Montage = tree
	files, err := scaffold.Write(p)
	if err != nil {
		return callError{err}
	}
	fmt.Fprintf(n.Stdout, "%s: %s\n%s says what to do next\n", p.Dir, strings.Join(files, ", "),
		filepath.Join(p.Dir, "README.md"))
	return nil
}

// tree finds the source tree that holds the SDK.
func (n *creation) tree() (string, error) {
	var starts []string
	if n.montage != "" {
		starts = []string{n.montage}
	} else if self, err := os.Executable(); err == nil {
		starts = []string{filepath.Dir(self)}
	}
	if here, err := os.Getwd(); err == nil && n.montage == "" {
		starts = append(starts, here)
	}
	for i, p := range starts {
		absolute, err := filepath.Abs(p)
		if err != nil {
			return "", err
		}
		starts[i] = absolute
	}
	return scaffold.Tree(starts...)
}
