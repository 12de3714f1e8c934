package host

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"montage/core/hint"
	"montage/core/shm"
	"montage/core/wire"
)

func TestHello(t *testing.T) {
	r := start(t, ill("good"))
	h := r.Hello()
	if h.Name != "test" || h.Version != "1.2.3" || len(h.Components) != 4 || h.Components[0].ID() != "head/scale" ||
		h.Protocol != wire.Version || !slices.Equal(h.Capabilities, wire.Capabilities()) {
		t.Errorf("hello %+v", h)
	}
}

// TestNewestCommonVersionIsTaken of a plugin that speaks newer ones, too.
func TestNewestCommonVersionIsTaken(t *testing.T) {
	if h := start(t, ill("future")).Hello(); h.Protocol != wire.Version {
		t.Errorf("they speak version %d", h.Protocol)
	}
}

func TestStartIsExplained(t *testing.T) {
	dir := t.TempDir()
	script := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, []byte(text), mode))
		return path
	}
	speaks := func(version int) string { return "speaks version " + strconv.Itoa(version) }
	older, newer := speaks(wire.MinVersion-1), speaks(wire.Version+1)
	ours := "this runner speaks " + spoken.String()
	for _, c := range []struct {
		name    string
		command Command
		want    []string
	}{
		{"crash", ill("crash"), []string{"ended before it was ready", "exit status 3", "no module named torch"}},
		{"noise", ill("noise"), []string{`printed "loading model…" on stdout`, "hint: print to stderr"}},
		{"version", ill("version"), []string{"speaks version 7", ours, "hint: "}},
		{"older", ill("older"), []string{older, ours, "hint: it is older", "montage module"}},
		{"older alone", ill("past-only"), []string{older, ours, "hint: it is older"}},
		{"newer", ill("newer"), []string{newer, "hint: it is newer", "update the runner"}},
		{"newer alone", ill("future-only"), []string{newer, "hint: it is newer"}},
		{"garbage", ill("garbage"), []string{`claims version "one"`, "hint: "}},
		{"early", ill("early"), []string{"ended before it was ready", "exit status 5"}},
		{"requires", ill("requires"), []string{`requires "telepathy" of the runner`, "hint: update the runner"}},
		{"certificate", ill("tls"), []string{"TLS"}},
		{"other socket", ill("elsewhere"), []string{"listens on tcp 127.0.0.1:1"}},
		{"too big", ill("big"), []string{"16777216 bytes"}},
		{"missing", Command{Path: filepath.Join(dir, "nothing")}, []string{"was not found"}},
		{"no interpreter", Command{Path: script("a", "#!/no/such/python\n", 0o755)},
			[]string{"interpreter", "first line"}},
		{"not executable", Command{Path: script("b", "#!/bin/sh\n", 0o644)}, []string{"hint: chmod +x"}},
		{"not a program", Command{Path: script("c", "\x01\x02\x03", 0o755)},
			[]string{"not a program for this machine"}},
		{"not a plugin", Command{Path: "/bin/echo", Args: []string{"hello"}}, []string{`printed "hello"`}},
		{"silent program", Command{Path: "/bin/true"}, []string{"ended before it was ready", "exit status 0"}},
	} {
		c.command.Name = c.name
		_, err := Start(t.Context(), c.command, zerolog.Nop())
		var start *StartError
		if !errors.As(err, &start) {
			t.Errorf("%s: %v is no StartError", c.name, err)
			continue
		}
		for _, want := range append(c.want, strconv.Quote(c.name), "command: "+c.command.Path) {
			if !strings.Contains(hint.Text(err), want) {
				t.Errorf("%s: %q is not in:\n%v", c.name, want, err)
			}
		}
	}
}

func TestStartCanBeCancelled(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	begin := time.Now()
	_, err := Start(ctx, ill("silent"), zerolog.Nop())
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) > 3*time.Second {
		t.Errorf("after %v: %v", time.Since(begin), err)
	}
}

func TestStartLeavesNoSocket(t *testing.T) {
	t.Setenv("TMPDIR", shortFolder(t))
	r := start(t, ill("good"))
	dir, err := socketFolder()
	must(t, err)
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("%v is left while the plugin runs", left)
	}
	must(t, r.Forward(t.Context(), r.head(t, ""), r.forward(t)))
}

// shortFolder is a temporary folder whose name leaves room for a socket's.
func shortFolder(t *testing.T) string {
	dir, err := os.MkdirTemp("/tmp", "w")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func TestSocketFolderIsShortPrivateAndSwept(t *testing.T) {
	t.Setenv("TMPDIR", shortFolder(t))
	dir, err := socketFolder()
	must(t, err)
	stale, young := filepath.Join(dir, "plugin-dir1"), filepath.Join(dir, "plugin-dir2")
	must(t, os.Mkdir(stale, 0o700))
	must(t, os.Mkdir(young, 0o700))
	old := time.Now().Add(-2 * staleSocket)
	must(t, os.Chtimes(stale, old, old))
	_, err = socketFolder()
	must(t, err)
	if _, err := os.Stat(stale); err == nil {
		t.Error("a stale folder was not swept")
	}
	if _, err := os.Stat(young); err != nil {
		t.Error("the folder of a start was swept")
	}
	must(t, os.Chmod(dir, 0o755))
	_, err = socketFolder()
	must(t, err)
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("others can read %s: %v, %v", dir, info.Mode(), err)
	}
	must(t, os.RemoveAll(dir))
	must(t, os.Symlink("/", dir))
	if _, err := socketFolder(); err == nil {
		t.Error("a link was accepted")
	}
	t.Setenv("TMPDIR", "/tmp/"+strings.Repeat("long", 30))
	if dir, err := socketFolder(); err != nil || len(dir) > longestFolder {
		t.Errorf("%s, %v", dir, err)
	}
}

func TestOutputOfAllKindsReachesTheLog(t *testing.T) {
	r := start(t, ill("stderr"))
	r.Close()
	log := r.log.String()
	for _, want := range []string{`{\"@message\":5}`, strings.Repeat("x", 60<<10),
		`"level":"error","plugin":"stderr","n":1,"message":"odd"`} {
		if !strings.Contains(log, want) {
			t.Errorf("%.40q is not in the log: %.300s", want, log)
		}
	}
}

func TestGrandchildWithThePipesDoesNotHoldUs(t *testing.T) {
	r := start(t, ill("grandchild"))
	begin := time.Now()
	r.Kill()
	if took := time.Since(begin); took > 2*time.Second {
		t.Errorf("the end took %v", took)
	}
	for line := range strings.Lines(r.log.String()) { // it left the group, so we end it here
		if _, after, ok := strings.Cut(line, "grandchild "); ok {
			pid, err := strconv.Atoi(strings.TrimRight(after, "\"}\n"))
			must(t, err)
			must(t, syscall.Kill(pid, syscall.SIGKILL))
			return
		}
	}
	t.Error("the grandchild did not start")
}

func TestServedByHand(t *testing.T) {
	out, err := exec.Command(os.Args[0], "ill", "good").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "not by hand") || !strings.Contains(string(out), "hint: ") {
		t.Errorf("%v: %s", err, out)
	}
}

// hostUntilKilled starts a plugin with memory and waits to be killed.
func hostUntilKilled(kind string) {
	state, _ := shm.Create("STATE", shm.ReadOnly)
	work, _ := shm.Create("WORK", shm.ReadWrite)
	c := ill(kind)
	c.State, c.Work = state, work
	p, err := Start(context.Background(), c, zerolog.Nop())
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(p.PID())
	select {}
}

func TestNothingSurvivesAKilledHost(t *testing.T) {
	tmp := shortFolder(t)
	host := exec.Command(os.Args[0], "host", "good")
	host.Env = append(os.Environ(), "TMPDIR="+tmp)
	stdout, err := host.StdoutPipe()
	must(t, err)
	must(t, host.Start())
	line, err := bufio.NewReader(stdout).ReadString('\n')
	must(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(line)
	}
	must(t, host.Process.Kill())
	_ = host.Wait()
	deadline := time.Now().Add(time.Second)
	for alive(pid) {
		if time.Now().After(deadline) {
			t.Fatal("the plugin outlived its host by a second")
		}
		time.Sleep(10 * time.Millisecond)
	}
	err = filepath.WalkDir(tmp, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			t.Errorf("%s is left", path)
		}
		return err
	})
	must(t, err)
}

// alive reports whether a process runs. A zombie that nobody reaps does not.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || !strings.Contains(string(stat), ") Z ")
}
