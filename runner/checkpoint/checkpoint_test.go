package checkpoint

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"montage/core/hint"
	"montage/core/tensor"
	"montage/runner/weight"
)

func content(step int) Content {
	state, _ := json.Marshal(map[string]int{"step": step})
	return Content{State: state, Files: map[string][]weight.Named{
		"backbone": {{Name: "w", Tensor: tensor.FromFloat32([]float32{float32(step)}, 1)}},
	}}
}

func save(t *testing.T, dir, label string, step int) {
	t.Helper()
	if err := (Folder{Dir: dir}).Save(label, content(step), label == "e1"); err != nil {
		t.Fatal(err)
	}
}

func step(t *testing.T, dir, link string) float32 {
	t.Helper()
	c, err := Folder{Dir: dir}.Load(link)
	if err != nil {
		t.Fatal(err)
	}
	var state struct{ Step int }
	value := c.Files["backbone"][0].Tensor.Float32s()[0]
	if err := json.Unmarshal(c.State, &state); err != nil || float32(state.Step) != value {
		t.Errorf("state %s beside weight %v, %v", c.State, value, err)
	}
	return value
}

func TestSaveReplacesTheLastAndKeepsTheBest(t *testing.T) {
	dir := t.TempDir()
	save(t, dir, "e1", 1)
	save(t, dir, "e2", 2)
	save(t, dir, "e3", 3)
	save(t, dir, "e3", 4) // a resumed run comes to the same label again
	save(t, dir, "e3", 4)
	if step(t, dir, Last) != 4 || step(t, dir, Best) != 1 {
		t.Error("links point to the wrong checkpoints")
	}
	entries, _ := os.ReadDir(dir)
	if len(entries) != 4 { // e1, e3-N, last, best
		t.Errorf("left behind: %v", entries)
	}
}

func TestLoadFindsDamage(t *testing.T) {
	dir := t.TempDir()
	if _, err := (Folder{Dir: dir}).Load(Last); !errors.Is(err, ErrNone) {
		t.Errorf("no checkpoint: %v", err)
	}
	save(t, dir, "e1", 1)
	path := filepath.Join(dir, "e1", "backbone.safetensors")
	raw, _ := os.ReadFile(path)
	raw[len(raw)-1] ^= 1
	if err := os.WriteFile(path, raw, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := (Folder{Dir: dir}).Load(Last); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("flipped bit: %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := (Folder{Dir: dir}).Load(Last); err == nil || errors.Is(err, ErrNone) {
		t.Errorf("a missing file: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "e1", stateFile), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := (Folder{Dir: dir}).Load(Last); err == nil || !strings.Contains(err.Error(), stateFile) {
		t.Errorf("broken manifest: %v", err)
	}
}

// TestOtherVersions refuses whole checkpoints whose names this program does not know.
func TestOtherVersions(t *testing.T) {
	dir := t.TempDir()
	save(t, dir, "e1", 1)
	path := filepath.Join(dir, "e1", stateFile)
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for seen, want := range map[string]string{"1": "older", "2": "", "3": "newer"} {
		other := strings.Replace(string(raw), `"version": 2`, `"version": `+seen, 1)
		if err := os.WriteFile(path, []byte(other), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := Folder{Dir: dir}.Load(Last)
		if (err == nil) != (want == "") {
			t.Errorf("version %s: %v", seen, err)
		}
		if text := want + " version of Montage: expected checkpoint version 2, seen " + seen; want != "" &&
			(!strings.Contains(err.Error(), text) || !strings.Contains(hint.Text(err), "\nhint: use it with the")) {
			t.Errorf("version %s: %v", seen, err)
		}
	}
}

// TestInterruptedSave leaves what a crash in the middle of a save leaves.
func TestInterruptedSave(t *testing.T) {
	dir := t.TempDir()
	save(t, dir, "e1", 1)
	rest := filepath.Join(dir, pending+"rest")
	if err := os.MkdirAll(rest, 0o755); err != nil {
		t.Fatal(err)
	}
	if step(t, dir, Last) != 1 {
		t.Error("the last whole checkpoint is not the last")
	}
	save(t, dir, "e2", 2)
	if _, err := os.Stat(rest); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the rest of the interrupted save is still there: %v", err)
	}
}

// TestOldCheckpointsThatStay: the new checkpoint is good, whatever becomes of old ones.
func TestOldCheckpointsThatStay(t *testing.T) {
	dir := t.TempDir()
	save(t, dir, "e1", 1)
	save(t, dir, "e2", 2)
	if err := os.MkdirAll(filepath.Join(dir, pending+"rest"), 0o755); err != nil {
		t.Fatal(err)
	}
	var tried []string
	var warning error
	f := Folder{Dir: dir, Warn: func(err error) { warning = err }, remove: func(path string) error {
		tried = append(tried, filepath.Base(path))
		return errors.New("held: " + path)
	}}
	if err := f.Save("e3", content(3), false); err != nil {
		t.Fatalf("a good checkpoint is an error: %v", err)
	}
	if step(t, dir, Last) != 3 || step(t, dir, Best) != 1 {
		t.Error("links point to the wrong checkpoints")
	}
	if len(tried) != 2 || warning == nil || !strings.Contains(warning.Error(), "e2") ||
		!strings.Contains(warning.Error(), pending) {
		t.Errorf("tried to remove %v, warning: %v", tried, warning)
	}
	save(t, dir, "e4", 4) // which makes up for it
	if entries, _ := os.ReadDir(dir); len(entries) != 4 {
		t.Errorf("left behind: %v", entries)
	}
}

// TestDamageIsReportedInOrder damages every file: the error names the first, each time.
func TestDamageIsReportedInOrder(t *testing.T) {
	c := content(1)
	for _, name := range []string{"d", "a", "c", "b"} {
		c.Files[name] = c.Files["backbone"]
	}
	f := Folder{Dir: t.TempDir()}
	if err := f.Save("e1", c, false); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(f.Dir, "e1", "*.safetensors"))
	for _, file := range files {
		if err := os.Truncate(file, 3); err != nil {
			t.Fatal(err)
		}
	}
	for range 20 {
		if _, err := f.Load(Last); err == nil || !strings.Contains(err.Error(), "a.safetensors") {
			t.Fatalf("%d damaged files: %v", len(files), err)
		}
	}
}
