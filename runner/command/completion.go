package command

import (
	"strings"

	"github.com/spf13/cobra"

	"montage/core"
)

// complete lets the shell complete the arguments of every command below c, by
// the words of its usage line: SPEC is a spec file, RUN and DIR are folders.
func (a *app) complete(c *cobra.Command) {
	for _, child := range c.Commands() {
		a.complete(child)
	}
	words := strings.Fields(c.Use)
	if len(words) < 2 || c.ValidArgsFunction != nil {
		return
	}
	c.ValidArgsFunction = func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		word := words[min(len(args)+1, len(words)-1)]
		if bare, repeats := strings.CutSuffix(word, "..."); repeats {
			word = bare
		} else if len(args)+1 >= len(words) {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return a.candidates(word, c.Name())
	}
}

func (a *app) candidates(word, command string) ([]string, cobra.ShellCompDirective) {
	switch word {
	case "SPEC":
		return []string{"toml"}, cobra.ShellCompDirectiveFilterFileExt
	case "RUN", "DIR", "FOLDER":
		return nil, cobra.ShellCompDirectiveFilterDirs
	case "KIND":
		var kinds []string
		for _, kind := range core.Kinds {
			kinds = append(kinds, string(kind))
		}
		return kinds, cobra.ShellCompDirectiveNoFileComp
	case "NAME":
		if command == "describe" {
			return a.bundledNames(), cobra.ShellCompDirectiveNoFileComp
		}
		return nil, cobra.ShellCompDirectiveNoFileComp // a new name
	}
	return nil, cobra.ShellCompDirectiveDefault
}

// bundledNames lists the components of the binary with their summaries: a shell that
// waits for plugins to start would be no help.
func (a *app) bundledNames() (names []string) {
	for _, b := range a.Bundled {
		for _, c := range b.Components {
			d := c.Description()
			names = append(names, string(d.Kind)+"/"+d.Name+"\t"+d.Summary())
		}
	}
	return names
}
