package registry

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"montage/core"
	"montage/core/wire"
)

// write puts a lock at its path, as the command does.
func write(t *testing.T, l *Lock) {
	t.Helper()
	document, err := l.Encode()
	if err == nil {
		err = os.WriteFile(l.Path, document, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestLockHoldsPlugins refuses what is not the plugin that was locked.
func TestLockHoldsPlugins(t *testing.T) {
	dir, path := folder(t, "other"), filepath.Join(t.TempDir(), "spec.lock")
	wanted := []Wanted{{core.KindLoss, "sum"}, {core.KindLoss, "sum"}}
	lock, err := open(t, Config{Path: dir}).Lock(path, wanted)
	if err != nil || len(lock.Plugins) != 1 || lock.Plugins[0].Version != "2.0.0" ||
		lock.Plugins[0].Protocol != wire.Version {
		t.Fatalf("%+v, %v", lock, err)
	}
	write(t, lock)
	try := func() error {
		lock, err := ReadLock(path)
		if err != nil {
			t.Fatal(err)
		}
		_, err = session(t, open(t, Config{Path: dir, Lock: lock})).New(core.KindLoss, "sum", core.Values{})
		return err
	}
	if err := try(); err != nil {
		t.Errorf("the locked program was refused: %v", err)
	}
	program := filepath.Join(dir, "montage-other")
	text, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, append(text, "# changed\n"...), 0o755); err != nil {
		t.Fatal(err)
	}
	for edit, want := range map[string]string{"": "its sha256 is", "2.0.0>3.0.0": "wants 3.0.0",
		`"other">"another"`: "is not in the lock", platform() + ">plan9/mips": "is not in the lock " + path + " for "} {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		from, to, _ := strings.Cut(edit, ">")
		if err := os.WriteFile(path, []byte(strings.Replace(string(raw), from, to, 1)), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := try(); err == nil || !strings.Contains(err.Error(), want) ||
			!strings.Contains(err.Error(), "\nhint: ") {
			t.Errorf("%s: %v", want, err)
		}
		if err := os.WriteFile(path, raw, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLockLeavesBundledPluginsAlone(t *testing.T) {
	r := open(t, Config{Bundled: []Bundled{walker()}, Lock: &Lock{Path: "x"}})
	lock, err := r.Lock("x", []Wanted{{core.KindHead, "walk"}})
	if err != nil || len(lock.Plugins) != 0 {
		t.Errorf("%+v, %v", lock, err)
	}
	if _, err := session(t, r).New(core.KindHead, "walk", core.Values{}); err != nil {
		t.Error(err)
	}
	if _, err := r.Lock("x", []Wanted{{core.KindHead, "nobody"}}); err == nil {
		t.Error("a component was locked that is not installed")
	}
}

// TestLockKeepsOtherSystems lets a team on several systems share one file.
func TestLockKeepsOtherSystems(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	sums := func(version, system string) map[string]string {
		l := &Lock{Path: path, Plugins: []Locked{{Name: "focal", Version: version,
			SHA256: map[string]string{system: "1"}}}}
		write(t, l)
		return l.Plugins[0].SHA256
	}
	sums("1.0.0", "a")
	if seen := sums("1.0.0", "b"); len(seen) != 2 {
		t.Errorf("one version has sums %v", seen)
	}
	if seen := sums("1.1.0", "b"); len(seen) != 1 {
		t.Errorf("another version has sums %v", seen)
	}
	if l, err := ReadLock(path + "-missing"); l != nil || err != nil {
		t.Errorf("no file is %v, %v", l, err)
	}
	if err := os.WriteFile(path, []byte(`{"plugins":[],"x":1}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadLock(path); err == nil || !strings.Contains(err.Error(), "hint: ") {
		t.Errorf("a damaged lock: %v", err)
	}
}
