package main

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"montage/core/conform"
)

// block is a piece of code in the guide and the mark that stands before it.
type block struct{ mark, language, text string }

var blocks = regexp.MustCompile("(?m)^(?:<!-- (.*) -->\n)?```(\\w+)\n((?s:.*?))^```\n")

func guide(t *testing.T) (text string, found []block) {
	t.Helper()
	text = read(t, "../plugins/README.md")
	for _, m := range blocks.FindAllStringSubmatch(text, -1) {
		found = append(found, block{m[1], m[2], m[3]})
	}
	if len(found) < 8 || strings.Count(text, "```") != 2*len(found) {
		t.Fatalf("%d pieces of code were read", len(found))
	}
	return text, found
}

// TestGuideQuotesFiles: every piece of source in the guide is a file that is
// compiled and tested.
func TestGuideQuotesFiles(t *testing.T) {
	text, found := guide(t)
	for _, b := range found {
		file, quotes := strings.CutPrefix(b.mark, "file: ")
		switch {
		case b.mark == "":
			t.Errorf("nothing checks this piece of %s:\n%s", b.language, b.text)
		case !quotes:
			continue
		}
		file, part := strings.CutSuffix(file, ", in part")
		source := read(t, "../plugins/"+file)
		if source != b.text && !(part && strings.Contains(source, b.text)) {
			t.Errorf("the guide's %s is not that of the tree:\n%s", file, b.text)
		}
	}
	for _, name := range conform.Names() {
		if !strings.Contains(text, "| `"+name+"`: ") {
			t.Errorf("the guide does not name the check %s", name)
		}
	}
}

// TestGuideRuns does what the guide says, in its order.
func TestGuideRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and trains")
	}
	t.Parallel()
	tree, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	_, found := guide(t)
	var commands []string
	want := ""
	for _, b := range found {
		switch b.mark {
		case "run":
			commands = append(commands, b.text)
		case "output":
			want = b.text
		case "run python":
			t.Run("python", func(t *testing.T) { python(t); shell(t, tree, b.text) })
		}
	}
	out := shell(t, tree, strings.Join(commands, "\n"))
	if want == "" || !strings.Contains(out, want) {
		t.Errorf("the guide shows\n%s\nbut its commands print\n%s", want, out)
	}
}

// shell runs commands in a new folder and returns what they print.
func shell(t *testing.T, tree, commands string) string {
	t.Helper()
	c := exec.Command("bash", "-euc", commands)
	c.Dir = t.TempDir()
	c.Env = append(c.Environ(), "MONTAGE="+tree, "PATH="+filepath.Dir(binary)+":"+envPath())
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, commands, out)
	}
	return string(out)
}
