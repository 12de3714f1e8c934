// Package document generates reference pages and a JSON Schema of specs, from the descriptions
// of the installed components and from the tables of package spec. It knows no key by itself,
// so the pages cannot differ from what the runner accepts.
package document

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"montage/core"
	"montage/core/spec"
	"montage/runner/output"
)

// Write writes the pages below dir, which it makes: README.md as the index, spec.md
// with the tables of a spec, and <kind>/<name>.md for every component. Each file is
// replaced as a whole; others are left alone. It returns the number of files.
func Write(dir string, components []core.Description) (int, error) {
	pages := map[string]string{"README.md": index(components), "spec.md": specPage(spec.Sections())}
	for _, c := range components {
		page, err := componentPage(c)
		if err != nil {
			return 0, err
		}
		pages[filepath.Join(string(c.Kind), c.Name+".md")] = page
	}
	for _, name := range slices.Sorted(maps.Keys(pages)) { // of several that fail, the first is named
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return 0, fmt.Errorf("folder of page %s: %w", name, err)
		}
		if err := output.Write(path, []byte(pages[name])); err != nil {
			return 0, fmt.Errorf("page %s: %w", name, err)
		}
	}
	return len(pages), nil
}

func index(components []core.Description) string {
	var b bytes.Buffer
	b.WriteString("# Components\n\nThe tables of a spec are in [spec.md](spec.md).\n")
	for _, kind := range core.Kinds {
		fmt.Fprintf(&b, "\n## %s\n\n| name | what it does |\n|---|---|\n", kind)
		for _, c := range components {
			if c.Kind == kind {
				fmt.Fprintf(&b, "| [%s](%s/%s.md) | %s |\n", c.Name, kind, c.Name, cell(c.Summary()))
			}
		}
	}
	return b.String()
}

func componentPage(c core.Description) (string, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s `%s`\n\n%s\n", c.Kind, c.Name, c.Doc)
	if len(c.Targets) > 0 {
		fmt.Fprintf(&b, "\nTargets: %s.\n", words(c.Targets))
	}
	example, err := exampleOf(c)
	if err != nil {
		return "", err
	}
	fmt.Fprintf(&b, "\n```toml\n%s```\n", example)
	optionTable(&b, c.Options)
	return b.String(), nil
}

func specPage(sections []spec.Section) string {
	var b bytes.Buffer
	b.WriteString("# The tables of a spec\n\nX, Y and CLASS stand for names. A key without a default is required.\n")
	for _, s := range sections {
		title := "[" + s.Name + "]"
		if s.Name == "" {
			title = "The top"
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", title, s.Doc)
		optionTable(&b, s.Options)
		if len(s.Tables) > 0 {
			fmt.Fprintf(&b, "\nFurther tables in it: %s.\n", words(s.Tables))
		}
	}
	return b.String()
}

func optionTable(b *bytes.Buffer, options []core.Option) {
	if len(options) == 0 {
		return
	}
	b.WriteString("\n| key | value | default | meaning |\n|---|---|---|---|\n")
	for _, o := range options {
		value := "required"
		if o.Default != nil {
			value = "`" + valueOf(o) + "`"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", o.Name, cell(o.Wanted()), cell(value), cell(o.Doc))
	}
}

// cell makes a text fit into a cell of a Markdown table.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ").Replace(text)
}

func words[T ~string](list []T) string {
	quoted := make([]string, len(list))
	for i, word := range list {
		quoted[i] = "`" + string(word) + "`"
	}
	return strings.Join(quoted, ", ")
}
