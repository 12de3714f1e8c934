package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"montage/core"
)

func read(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// between returns what stands between two marks of a text.
func between(t *testing.T, text, from, to string) string {
	t.Helper()
	_, rest, found := strings.Cut(text, from)
	inside, _, ended := strings.Cut(rest, to)
	if !found || !ended {
		t.Fatalf("no text between %q and %q", from, to)
	}
	return inside
}

// TestReadmeShowsWhatIsThere compares what the README shows with the files and
// components that it speaks of; -update writes them into it.
func TestReadmeShowsWhatIsThere(t *testing.T) {
	const path = "../README.md"
	readme := read(t, path)
	// The README says in words what the spec's first comment does.
	_, spec, _ := strings.Cut(read(t, "../specs/quickstart.toml"), "\n")
	for _, shown := range []struct{ what, from, to, text string }{
		{"spec, specs/quickstart.toml", "```toml\n", "```", spec},
		{"plugin, runner/testdata/focal/main.go", "```go\n", "```", read(t, "testdata/focal/main.go")},
		{"table of components", "<!-- components -->\n", "<!-- end -->", componentTable()},
	} {
		got := between(t, readme, shown.from, shown.to)
		if got != shown.text && !*update {
			t.Errorf("the README's %s is not that of the tree: go test ./runner -run Readme -update\n%s",
				shown.what, got)
		}
		readme = strings.Replace(readme, shown.from+got+shown.to, shown.from+shown.text+shown.to, 1)
	}
	if *update {
		write(t, path, readme)
	}
}

func componentTable() string {
	var b strings.Builder
	b.WriteString("| kind | name | what it does |\n|---|---|---|\n")
	for _, kind := range core.Kinds {
		for _, p := range bundled() {
			for _, c := range p.Components {
				if c.Kind() == kind {
					fmt.Fprintf(&b, "| %s | `%s` | %s |\n", kind, c.Name, strings.ReplaceAll(c.Description().Summary(),
						"|", `\|`))
				}
			}
		}
	}
	return b.String()
}
