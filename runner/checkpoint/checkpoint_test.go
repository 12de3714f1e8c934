package checkpoint

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
	if err := Save(dir, label, content(step), label == "e1"); err != nil {
		t.Fatal(err)
	}
}

func step(t *testing.T, dir, link string) float32 {
	t.Helper()
	c, err := Load(dir, link)
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
	if _, err := Load(dir, Last); !errors.Is(err, ErrNone) {
		t.Errorf("no checkpoint: %v", err)
	}
	save(t, dir, "e1", 1)
	path := filepath.Join(dir, "e1", "backbone.safetensors")
	raw, _ := os.ReadFile(path)
	raw[len(raw)-1] ^= 1
	if err := os.WriteFile(path, raw, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(dir, Last); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("flipped bit: %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(dir, Last); err == nil || errors.Is(err, ErrNone) {
		t.Errorf("a missing file: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "e1", stateFile), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(dir, Last); err == nil || !strings.Contains(err.Error(), stateFile) {
		t.Errorf("broken manifest: %v", err)
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
