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
	t.Parallel()
	python(t)
	path := workplace(t, small)
	text := strings.Replace(small, `"cross-entropy"`, `"label-smoothing", smoothing = 0.2`, 1)
	if text == small {
		t.Fatal("the spec has no loss to replace")
	}
	write(t, path, text)
	plugin, err := filepath.Abs("../plugins/python/example/smoothing.py")
	if err != nil {
		t.Fatal(err)
	}
	env := []string{"RUNNER_PLUGIN_PATH=" + plugin}
	out := func(name string) string { return filepath.Join(filepath.Dir(path), name) }

	const epochs = "phase.joint.epochs=40" // long enough for all kills
	c, stderr := start(t, out("plain"), env, path, "-s", epochs)
	finish(t, c, stderr)
	want := state(t, out("plain"), 5)

	c, stderr = start(t, out("killed"), env, path, "-s", epochs)
	waitFor(t, "the training", func() bool { return strings.Contains(stderr.String(), `"message":"training"`) })
	kills := killPython(c.Process.Pid)
	finish(t, c, stderr)
	if n := <-kills; n < mostKills {
		t.Fatalf("only %d processes were killed, expected %d", n, mostKills)
	}
	same(t, "killed", state(t, out("killed"), 5), want)
}

// mostKills is how often the plugin is killed: a start takes longer than the work.
const mostKills = 50

// killPython kills the plugin some time after it serves, every fourth time while it
// starts: a plugin that never lives to a call is, rightly, given up.
func killPython(pid int) <-chan int {
	killed := make(chan int, 1)
	go func() {
		n, last, random := 0, 0, rand.New(rand.NewPCG(3, 4))
		for n < mostKills && syscall.Kill(pid, 0) == nil {
			time.Sleep(time.Millisecond)
			for _, child := range children(pid) {
				line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", child))
				if child == last || !bytes.Contains(line, []byte("smoothing.py")) || n%4 != 0 && !serves(child) {
					continue
				}
				time.Sleep(time.Duration(random.IntN(150)) * time.Millisecond)
				if syscall.Kill(child, syscall.SIGKILL) == nil {
					n, last = n+1, child
				}
			}
		}
		killed <- n
	}()
	return killed
}

// serves reports whether a plugin in Python has begun to serve, judged by its threads.
func serves(pid int) bool {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid))
	return err == nil && len(threads) > 4
}

// TestPythonIgnoresInterrupt: Ctrl-C reaches the whole group of a terminal, and is
// for the runner alone.
func TestPythonIgnoresInterrupt(t *testing.T) {
	t.Parallel()
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
			if serves(child) {
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
