//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"montage/core/spec"
	"montage/runner/pipeline"
	"montage/runner/run"
)

// small is a spec that uses what could make runs differ: dropout, augmentation,
// transforms, batch statistics, two optimizers.
const small = `
name = "small"
[data]
labeled = "data/train.csv"
unlabeled = "data/unlabeled.csv"
test = "data/test.csv"
frames = 3
size = 32
batch = 4
[backbone]
plugin = "resnet18"
width = 8
[strategy]
plugin = "sesemi"
[branch.supervised]
augment = [{ plugin = "affine" }, { plugin = "mirror" }]
head = { plugin = "mlp", hidden = [16], dropout = 0.3 }
loss = { plugin = "asymmetric" }
optimizer = { kind = "adamw", lr = 1e-3, schedule = { kind = "cosine", warmup_epochs = 1 } }
[branch.proxy]
head = { plugin = "mlp", hidden = [16], dropout = 0.3 }
loss = { plugin = "cross-entropy" }
[phase.joint]
epochs = 8
`

// workplace makes a folder with the spec and data, and returns the spec's path.
func workplace(t *testing.T, text string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("trains over processes")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "small.toml")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(binary, "synth", filepath.Join(dir, "data"), "--train", "20", "--test", "6", "--unlabeled",
		"32", "--classes", "4", "--max-frames", "6").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// start begins a run of the spec into out.
func start(t *testing.T, out string, env []string, args ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	c := exec.Command(binary, append([]string{"exec", "--out", out}, args...)...)
	if len(args) > 0 && args[0] == "--resume" {
		c = exec.Command(binary, append([]string{"exec"}, args...)...)
	}
	c.Env = append(os.Environ(), env...)
	var stderr bytes.Buffer
	c.Stderr = &stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return c, &stderr
}

func finish(t *testing.T, c *exec.Cmd, stderr *bytes.Buffer) {
	t.Helper()
	if err := c.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, stderr)
	}
}

// state returns all bytes of the last checkpoint, which has so many files, and the
// predictions of a run.
func state(t *testing.T, dir string, layersAndOptimizers int) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "checkpoint", "last", "*.safetensors"))
	if err != nil || len(files) != layersAndOptimizers {
		t.Fatalf("%d files in the checkpoint, %v", len(files), err)
	}
	state := map[string][]byte{}
	for _, f := range append(files, filepath.Join(dir, "predictions.csv"), filepath.Join(dir, "report.json")) {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		state[filepath.Base(f)] = raw
	}
	return state
}

func same(t *testing.T, what string, got, want map[string][]byte) {
	t.Helper()
	for name := range want {
		if !bytes.Equal(got[name], want[name]) {
			t.Errorf("%s: %s differs from that of the undisturbed run", what, name)
		}
	}
}

// children returns the processes that a process started.
func children(pid int) (pids []int) {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, task := range tasks {
		raw, _ := os.ReadFile(task)
		for _, field := range strings.Fields(string(raw)) {
			if child, err := strconv.Atoi(field); err == nil {
				pids = append(pids, child)
			}
		}
	}
	return pids
}

// TestRunsAreBitIdentical runs one spec undisturbed, on one thread, with plugins
// killed at random, interrupted and resumed, and without processes at all: the
// weights, the moments and the predictions are the same bytes.
func TestRunsAreBitIdentical(t *testing.T) {
	t.Parallel()
	path := workplace(t, small)
	dir := filepath.Dir(path)
	const files = 5 // a backbone, two heads, two optimizers
	out := func(name string) string { return filepath.Join(dir, name) }

	c, stderr := start(t, out("plain"), nil, path)
	finish(t, c, stderr)
	want := state(t, out("plain"), files)

	t.Run("one thread", func(t *testing.T) {
		c, stderr := start(t, out("one"), []string{"GOMAXPROCS=1"}, path)
		finish(t, c, stderr)
		same(t, "GOMAXPROCS=1", state(t, out("one"), files), want)
	})
	t.Run("plugins killed", func(t *testing.T) {
		c, stderr := start(t, out("killed"), nil, path)
		waitFor(t, "the training", func() bool { return strings.Contains(stderr.String(), `"message":"training"`) })
		kills := killChildren(c.Process.Pid, 12)
		finish(t, c, stderr)
		if n := <-kills; n < 4 {
			t.Fatalf("only %d plugins were killed", n)
		}
		if !strings.Contains(stderr.String(), "restart") {
			t.Errorf("no restart was logged:\n%s", stderr)
		}
		same(t, "killed", state(t, out("killed"), files), want)
	})
	t.Run("interrupted and resumed", func(t *testing.T) {
		interruptTwice(t, path, out("resumed"))
		same(t, "resumed", state(t, out("resumed"), files), want)
	})
	t.Run("in process", func(t *testing.T) {
		inOneProcess(t, path, out("inprocess"))
		got := map[string][]byte{}
		for name := range want {
			if raw, err := os.ReadFile(filepath.Join(out("inprocess"), "checkpoint", "last", name)); err == nil {
				got[name] = raw
			}
		}
		delete(want, "predictions.csv")
		delete(want, "report.json")
		same(t, "in process", got, want)
	})
}

// TestBalancedRunsAreBitIdentical does so where classes are drawn in turn and weighed, as the
// samples of a step then depend on all that were drawn before it in the pass.
func TestBalancedRunsAreBitIdentical(t *testing.T) {
	t.Parallel()
	path := workplace(t, strings.Replace(small, `loss = { plugin = "asymmetric" }`,
		"loss = { plugin = \"asymmetric\" }\nsampler = \"balanced\"\nclass_weights = \"effective\"", 1))
	out := func(name string) string { return filepath.Join(filepath.Dir(path), name) }
	const files = 5 // a backbone, two heads, two optimizers
	c, stderr := start(t, out("plain"), nil, path)
	finish(t, c, stderr)
	want := state(t, out("plain"), files)
	interruptTwice(t, path, out("resumed"))
	same(t, "resumed", state(t, out("resumed"), files), want)
}

// TestTwoPhasesAreBitIdentical does so with a run that pretrains and fine-tunes, and
// interrupts it on both sides of the boundary and at it.
func TestTwoPhasesAreBitIdentical(t *testing.T) {
	t.Parallel()
	path := workplace(t, twoPhases)
	out := func(name string) string { return filepath.Join(filepath.Dir(path), name) }
	const files = 7 // a backbone, three heads, two optimizers, what one of them accumulates
	c, stderr := start(t, out("plain"), nil, path)
	finish(t, c, stderr)
	want := state(t, out("plain"), files)

	t.Run("used", func(t *testing.T) { // of the contrast, the kept head alone
		if log, err := exec.Command(binary, "eval", out("plain"), "--out", out("used")).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, log)
		}
		if again, err := os.ReadFile(filepath.Join(out("used"), "predictions.csv")); err != nil ||
			!bytes.Equal(again, want["predictions.csv"]) {
			t.Errorf("the run and eval predict otherwise, %v", err)
		}
	})
	t.Run("plugins killed", func(t *testing.T) {
		c, stderr := start(t, out("killed"), nil, path)
		waitFor(t, "the training", func() bool { return strings.Contains(stderr.String(), `"message":"training"`) })
		kills := killChildren(c.Process.Pid, 16)
		finish(t, c, stderr)
		if n := <-kills; n < 4 {
			t.Fatalf("only %d plugins were killed", n)
		}
		same(t, "killed", state(t, out("killed"), files), want)
	})
	t.Run("interrupted and resumed", func(t *testing.T) {
		c, stderr := start(t, out("resumed"), nil, path)
		// Where the machine was too slow to see a line, the phase after it does too.
		for _, line := range []string{`"phase":"pretrain","epoch":1`, `"phase":"pretrain","epoch":6`,
			`"phase":"finetune"`} {
			waitFor(t, line, func() bool {
				return strings.Contains(stderr.String(), line) ||
					strings.Contains(stderr.String(), `"phase":"finetune"`)
			})
			interrupt(t, c, stderr)
			c, stderr = start(t, out("resumed"), nil, "--resume", out("resumed"))
		}
		finish(t, c, stderr)
		same(t, "resumed", state(t, out("resumed"), files), want)
	})
}

// killChildren kills random children of a process, again and again.
func killChildren(pid, times int) <-chan int {
	killed := make(chan int, 1)
	go func() {
		n, random := 0, rand.New(rand.NewPCG(1, 2))
		for n < times {
			time.Sleep(time.Duration(30+random.IntN(120)) * time.Millisecond)
			pids := children(pid)
			if syscall.Kill(pid, 0) != nil || len(pids) == 0 && n > 0 {
				break
			}
			if len(pids) > 0 && syscall.Kill(pids[random.IntN(len(pids))], syscall.SIGKILL) == nil {
				n++
			}
		}
		killed <- n
	}()
	return killed
}

// interruptTwice stops a run by Ctrl-C, continues, stops it again and ends it.
func interruptTwice(t *testing.T, path, out string) {
	t.Helper()
	c, stderr := start(t, out, nil, path)
	for try := 0; ; try++ {
		waitFor(t, "the training", func() bool { return strings.Contains(stderr.String(), `"message":"training"`) })
		time.Sleep(150 * time.Millisecond)
		interrupt(t, c, stderr)
		c, stderr = start(t, out, nil, "--resume", out)
		if try == 1 {
			break
		}
	}
	finish(t, c, stderr)
}

// interrupt presses Ctrl-C, once, and waits until the run has saved itself.
func interrupt(t *testing.T, c *exec.Cmd, stderr *bytes.Buffer) {
	t.Helper()
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	err := c.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 130 {
		t.Fatalf("an interrupted run ended with %v\n%s", err, stderr)
	}
}

// alive distinguishes a running process from one that is gone or that its new parent has
// not reaped yet.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, fields, _ := strings.Cut(string(stat), ") ")
	return err == nil && !strings.HasPrefix(fields, "Z")
}

func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if done() {
			return
		}
	}
	t.Fatalf("%s did not come", what)
}

// inOneProcess trains the spec with the components called directly.
func inOneProcess(t *testing.T, path, out string) {
	t.Helper()
	s, problems := spec.Load(path, nil)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	built, err := pipeline.New(ctx, pipeline.Config{Spec: s, Plugins: inProcess{}, Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	if err := built.Build(); err != nil {
		t.Fatal(err)
	}
	e := built.Engine()
	if err := e.Run(ctx); err != nil {
		t.Fatal(err)
	}
	r, err := run.Create(out, run.Request{Name: s.Name, Spec: s.Resolved()}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Save(e, run.Facts{Classes: built.Classes}, false); err != nil {
		t.Fatal(err)
	}
}

// TestKilledRunnerLeavesNothing kills the runner with -9 in the middle of training:
// within a second no plugin, socket or shared memory of it is left. It runs beside no
// other test of this package: their shared memory would be taken for its own.
func TestKilledRunnerLeavesNothing(t *testing.T) {
	path := workplace(t, small)
	temp := t.TempDir()
	c, stderr := start(t, filepath.Join(temp, "run"), []string{"TMPDIR=" + temp}, path)
	waitFor(t, "the training", func() bool { return strings.Contains(stderr.String(), `"message":"training"`) })
	plugins := children(c.Process.Pid)
	if len(plugins) < 5 {
		t.Fatalf("only %d plugins run", len(plugins))
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait() // killed
	time.Sleep(time.Second)
	for _, pid := range plugins {
		if alive(pid) {
			t.Errorf("plugin %d outlived the runner", pid)
		}
	}
	if left, _ := filepath.Glob("/dev/shm/montage*"); len(left) > 0 {
		t.Errorf("shared memory is left: %v", left)
	}
	err := filepath.WalkDir(temp, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type()&os.ModeSocket != 0 {
			t.Errorf("socket %s is left", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
