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
// components that it speaks of.
func TestReadmeShowsWhatIsThere(t *testing.T) {
	readme := read(t, "../README.md")
	spec := read(t, "../specs/quickstart.toml")
	_, spec, _ = strings.Cut(spec, "\n") // the README says in words what the comment does
	if got := between(t, readme, "```toml\n", "```"); got != spec {
		t.Errorf("the README's spec is not specs/quickstart.toml:\n%s", got)
	}
	if got, want := between(t, readme, "```go\n", "```"), read(t, "testdata/focal/main.go"); got != want {
		t.Errorf("the README's plugin is not runner/testdata/focal/main.go:\n%s", got)
	}
	if got, want := between(t, readme, "<!-- components -->\n", "<!-- end -->"), componentTable(); got != want {
		t.Errorf("the README's table of components should be:\n%s", want)
	}
}

func componentTable() string {
	var b strings.Builder
	b.WriteString("| kind | name | what it does |\n|---|---|---|\n")
	for _, kind := range core.Kinds {
		for _, p := range bundled() {
			for _, c := range p.Components {
				if c.Kind() == kind {
					fmt.Fprintf(&b, "| %s | `%s` | %s |\n", kind, c.Name, strings.ReplaceAll(c.Description().Summary(), "|", `\|`))
				}
			}
		}
	}
	return b.String()
}
