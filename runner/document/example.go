package document

import (
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"montage/core"
)

// headers are the tables in which a spec names a component of each kind.
var headers = map[core.Kind]string{
	core.KindBackbone:     "[backbone]",
	core.KindHead:         "[branch.X.head]",
	core.KindLoss:         "[branch.X.loss]",
	core.KindAugmentation: "[[branch.X.augment]]",
	core.KindStrategy:     "[strategy]",
}

// exampleOf returns the component's table as a spec has it, with all defaults. An option
// without a default is a comment.
func exampleOf(c core.Description) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nplugin = %q\n", headers[c.Kind], c.Name)
	for _, o := range c.Options {
		if o.Default == nil {
			fmt.Fprintf(&b, "# %s = …  %s\n", o.Name, o.Wanted())
			continue
		}
		line, err := assignment(o)
		if err != nil {
			return "", fmt.Errorf("%s: option %s: %w", c.ID(), o.Name, err)
		}
		b.WriteString(line)
	}
	return b.String(), nil
}

// assignment returns "name = default" as a line of TOML.
func assignment(o core.Option) (string, error) {
	value, err := o.Accept(o.Default) // which gives what came as JSON its own type again
	if err != nil {
		return "", err
	}
	var b strings.Builder
	encoder := toml.NewEncoder(&b)
	encoder.SetTablesInline(true)
	if err := encoder.Encode(map[string]any{o.Name: value}); err != nil {
		return "", err
	}
	return b.String(), nil
}

// valueOf returns the default as TOML writes it.
func valueOf(o core.Option) string {
	line, err := assignment(o)
	if err != nil {
		return fmt.Sprint(o.Default)
	}
	_, value, _ := strings.Cut(line, " = ")
	return strings.TrimSpace(value)
}
