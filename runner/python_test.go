package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"montage/core/rng"
)

// python finds an interpreter with what the SDK needs, and makes it the one that
// scripts start. Where there is none the test is left out, naming what is missing,
// unless MONTAGE_PYTHON says that it must be there.
func python(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts interpreters")
	}
	if missing := interpreter(); missing != "" {
		lacking(t, "no Python with numpy and grpcio (apt-get install python3-numpy python3-grpcio):\n"+missing)
	}
}

// interpreter looks for Python once and puts what it finds into the environment of
// all tests, which run side by side. It returns what is missing.
var interpreter = sync.OnceValue(func() (missing string) {
	sdk, err := filepath.Abs("../plugins/python")
	if err != nil {
		return err.Error()
	}
	setenv("PYTHONPATH", sdk)
	setenv("PYTHONDONTWRITEBYTECODE", "1")
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		path, err := exec.LookPath(name)
		if err != nil {
			missing += err.Error() + "\n"
			continue
		}
		out, err := exec.Command(path, "-c", "import numpy, grpc, montage").CombinedOutput()
		if err == nil {
			return first(path)
		}
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		missing += path + ": " + lines[len(lines)-1] + "\n"
	}
	return missing
})

// first makes an interpreter the python3 that is found first, beside the binary.
func first(path string) (missing string) {
	dir := filepath.Join(filepath.Dir(binary), "python")
	if err := errors.Join(os.Mkdir(dir, 0o755), os.Symlink(path, filepath.Join(dir, "python3"))); err != nil {
		return err.Error()
	}
	setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	return ""
}

func setenv(name, value string) {
	if err := os.Setenv(name, value); err != nil {
		panic(err) // the names are our own
	}
}

// lacking leaves a test out whose programs are missing, but where CI installed them.
func lacking(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("MONTAGE_PYTHON") == "required" {
		t.Fatal(what)
	}
	t.Skip(what)
}

func TestPythonPluginsConform(t *testing.T) {
	t.Parallel()
	python(t)
	loss := conforms(t, []string{"../plugins/python/example/smoothing.py"})
	others := conforms(t, []string{"../plugins/python/example/kinds.py"})
	if len(loss) != 1 || len(others) != 4 {
		t.Errorf("%d losses and %d others were tested, expected 1 and 4", len(loss), len(others))
	}
}

// testPlugin runs plugin test on one component of the broken plugin.
func testPlugin(t *testing.T, only string) string {
	t.Helper()
	out, err := exec.Command(binary, "plugin", "test", "testdata/python/broken.py", "--only", only).CombinedOutput()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatal(err)
	}
	return string(out)
}

func TestPythonFailuresAreNamed(t *testing.T) {
	t.Parallel()
	python(t)
	for only, want := range map[string]string{
		"failing":  `broken.py", line 15, in failing`,
		"writing":  "ValueError: assignment destination is read-only",
		"nan":      "FAIL finite: none targets, 4 rows in 1 views: the value is NaN",
		"loud":     "said so",
		"refusing": "no film is in the camera\n       hint: load one",
	} {
		out := testPlugin(t, only)
		if !strings.Contains(out, want) {
			t.Errorf("%s: no %q in\n%s", only, want, out)
		}
		if only == "failing" && strings.Contains(out, "service.py") {
			t.Errorf("the SDK's own frames are shown:\n%s", out)
		}
		if lives := !strings.Contains(out, "FAIL"); lives != (only == "loud") {
			t.Errorf("%s passes: %v\n%s", only, lives, out)
		}
	}
}

func TestPythonHearsCancel(t *testing.T) {
	t.Parallel()
	python(t)
	for only, want := range map[string]string{"patient": "ok   cancel",
		"deaf": "FAIL cancel: 5 frames of 16 px: the call did not return within"} {
		if out := testPlugin(t, only); !strings.Contains(out, want) {
			t.Errorf("%s: no %q in\n%s", only, want, out)
		}
	}
}

// TestPythonDrawsAsGo: a component draws the same numbers in either language.
func TestPythonDrawsAsGo(t *testing.T) {
	t.Parallel()
	python(t)
	out, err := exec.Command("python3", "-c", "import montage; print(*montage.rng.uniform([1, 2, 2**63], [0, 7, "+
		"2**40]).tolist())").CombinedOutput()
	want := fmt.Sprintln(rng.Key(1).Uniform(0), rng.Key(2).Uniform(7), rng.Key(1<<63).Uniform(1<<40))
	var got, exact [3]float32
	if _, e := fmt.Sscan(string(out), &got[0], &got[1], &got[2]); e != nil || err != nil {
		t.Fatalf("%v, %v, %s", err, e, out)
	}
	if _, e := fmt.Sscan(want, &exact[0], &exact[1], &exact[2]); e != nil || got != exact {
		t.Errorf("got %v, want %v, %v", got, exact, e)
	}
}

// TestPythonInstalls: pip installs the SDK without a network, and what it installs
// is whole.
func TestPythonInstalls(t *testing.T) {
	t.Parallel()
	python(t)
	if out, err := exec.Command("python3", "-c", "import setuptools, pip").CombinedOutput(); err != nil {
		lacking(t, "no pip and setuptools (apt-get install python3-pip python3-setuptools): "+string(out))
	}
	source, target := filepath.Join(t.TempDir(), "sdk"), t.TempDir() // pip builds beside the source
	if err := os.CopyFS(source, os.DirFS("../plugins/python")); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("python3", "-m", "pip", "install", "--no-index", "--no-deps", "--no-build-isolation",
		"--target", target, source).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if conforms(t, []string{"../plugins/python/example/smoothing.py"}, "PYTHONPATH="+target) == nil {
		t.Error("the installed SDK serves nothing")
	}
}

// TestPythonForgetsLateCancels holds the service in Python to what the one in Go does:
// a cancel waits for its call, and not for ever for one that has ended.
func TestPythonForgetsLateCancels(t *testing.T) {
	python(t)
	out, err := exec.Command("python3", "testdata/python/cancel.py").CombinedOutput()
	if want := "late: 0 0\nearly: 10\nended: 0 0\n"; err != nil || string(out) != want {
		t.Errorf("got %v\n%s\nexpected\n%s", err, out, want)
	}
}
