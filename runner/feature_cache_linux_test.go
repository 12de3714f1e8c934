package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestFeatureCacheOverProcesses trains with a cold cache, with a warm one while plugins
// are killed, and with one that two interruptions leave behind, all to the same bytes.
func TestFeatureCacheOverProcesses(t *testing.T) {
	t.Parallel()
	text := strings.Replace(small, "width = 8\n", "width = 8\ntrainable = \"layer4\"\nbatchnorm = \"frozen\"\ncache "+
		"= { variants = 2, dir = \"maps\" }\n", 1)
	path := workplace(t, text)
	out := func(name string) string { return filepath.Join(filepath.Dir(path), "runs", name) }
	c, stderr := start(t, out("cold"), nil, path)
	finish(t, c, stderr)
	want := state(t, out("cold"), 5)

	c, stderr = start(t, out("warm"), nil, path)
	waitFor(t, "the training", func() bool { return strings.Contains(stderr.String(), `"message":"training"`) })
	kills := killChildren(c.Process.Pid, 4)
	finish(t, c, stderr)
	if n := <-kills; n < 1 {
		t.Fatalf("only %d plugins were killed", n)
	}
	same(t, "warm", state(t, out("warm"), 5), want)

	other := filepath.Join(filepath.Dir(path), "other.toml")
	write(t, other, strings.Replace(text, `"maps"`, `"interrupted"`, 1))
	interruptTwice(t, other, out("interrupted"))
	same(t, "interrupted", state(t, out("interrupted"), 5), want)
}
