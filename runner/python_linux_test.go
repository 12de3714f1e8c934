package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestPythonRunsAreBitIdentical trains with a loss in Python, undisturbed and with
// its process killed at random: the weights are the same bytes.
func TestPythonRunsAreBitIdentical(t *testing.T) {
	python(t)
	path := workplace(t)
	text := strings.Replace(small, `"cross-entropy"`, `"label-smoothing", smoothing = 0.2`, 1)
	if text == small {
		t.Fatal("the spec has no loss to replace")
	}
	write(t, path, text)
	plugin, err := filepath.Abs("../plugins/python/example/smoothing.py")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("RUNNER_PLUGIN_PATH", plugin)
	out := func(name string) string { return filepath.Join(filepath.Dir(path), name) }

	c, stderr := start(t, out("plain"), nil, path)
	finish(t, c, stderr)
	want := state(t, out("plain"))

	c, stderr = start(t, out("killed"), nil, path)
	waitFor(t, "the training", func() bool { return strings.Contains(stderr.String(), `"message":"training"`) })
	kills := killPython(c.Process.Pid)
	finish(t, c, stderr)
	if n := <-kills; n < 3 {
		t.Fatalf("only %d processes were killed", n)
	}
	same(t, "killed", state(t, out("killed")), want)
}

// killPython kills the plugin some time after each of its starts, three times: a
// start takes longer than the work.
func killPython(pid int) <-chan int {
	killed := make(chan int, 1)
	go func() {
		n, random := 0, rand.New(rand.NewPCG(3, 4))
		for n < 3 && syscall.Kill(pid, 0) == nil {
			time.Sleep(time.Duration(random.IntN(300)) * time.Millisecond)
			for _, child := range children(pid) {
				line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", child))
				if bytes.Contains(line, []byte("smoothing.py")) && syscall.Kill(child, syscall.SIGKILL) == nil {
					n++
				}
			}
		}
		killed <- n
	}()
	return killed
}

// TestPythonIgnoresInterrupt: Ctrl-C reaches the whole group of a terminal, and is
// for the runner alone.
func TestPythonIgnoresInterrupt(t *testing.T) {
	python(t)
	c := exec.Command(binary, "plugin", "test", "testdata/python/broken.py", "--only", "patient")
	var stdout bytes.Buffer
	c.Stdout = &stdout
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	var found int
	waitFor(t, "the computing plugin", func() bool {
		for _, child := range children(c.Process.Pid) {
			if left, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", child)); err == nil && len(left) > 4 {
				found = child
			}
		}
		return found != 0
	})
	if err := syscall.Kill(found, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err != nil || strings.Contains(stdout.String(), "FAIL") {
		t.Errorf("%v\n%s", err, stdout.String())
	}
}
