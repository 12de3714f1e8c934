package main

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var markdownLink = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// TestLinks follows every link from a page of the repository to one of its files.
func TestLinks(t *testing.T) {
	out, err := exec.Command("git", "-C", "..", "ls-files", "*.md").Output()
	if err != nil {
		t.Skip("not a git checkout: links are followed where it is one")
	}
	followed := 0
	for _, page := range strings.Fields(string(out)) {
		page = filepath.Join("..", page)
		for _, link := range markdownLink.FindAllStringSubmatch(read(t, page), -1) {
			target, err := url.Parse(link[1])
			if err != nil {
				t.Errorf("%s: link %q: %v", page, link[1], err)
				continue
			}
			if target.IsAbs() || target.Path == "" {
				continue // elsewhere, or in the page
			}
			followed++
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), target.Path)); err != nil {
				t.Errorf("%s links to %s: %v", page, link[1], err)
			}
		}
	}
	if followed < 10 {
		t.Errorf("only %d links to files were found", followed)
	}
}
