package registry

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"montage/core/hint"
)

func TestSlowStartsAreRemembered(t *testing.T) {
	s := &slowStart{path: filepath.Join(t.TempDir(), "new", "slow-starts.json")}
	if s.ready("a") != 0 {
		t.Error("nothing happened, and the time is short")
	}
	s.learn("a", errors.New("something else"))
	if s.ready("a") != 0 {
		t.Error("a crash is no hang")
	}
	s.learn("a", context.DeadlineExceeded)
	if s.ready("a") != shortReady || s.ready("b") != 0 {
		t.Errorf("%v for a program that hung, %v for another", s.ready("a"), s.ready("b"))
	}
	s.learn("a", nil)
	if s.ready("a") != 0 {
		t.Error("it was ready and is still remembered")
	}
	old, err := json.Marshal(map[string]time.Time{"a": time.Now().Add(-2 * forgetting)})
	if err != nil || os.WriteFile(s.path, old, 0o644) != nil {
		t.Fatal(err)
	}
	if s.ready("a") != 0 {
		t.Error("it is remembered for ever")
	}
	if err := os.WriteFile(s.path, []byte("{"), 0o644); err != nil || s.ready("a") != 0 {
		t.Errorf("a damaged file: %v, %v", err, s.ready("a"))
	}
	none := &slowStart{}
	if none.learn("a", context.DeadlineExceeded); none.ready("a") != 0 {
		t.Error("without a path something is remembered")
	}
}

// TestHungPluginCostsLittleTheNextTime, and works again when it is mended.
func TestHungPluginCostsLittleTheNextTime(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for a program that hangs")
	}
	dir, file := folder(t, "sleeper"), filepath.Join(t.TempDir(), "slow-starts.json")
	r := &Registry{sums: map[string]string{}}
	sum, err := r.sum(&Plugin{Command: []string{filepath.Join(dir, "montage-sleeper")}})
	if err != nil {
		t.Fatal(err)
	}
	(&slowStart{path: file}).learn(sum, context.DeadlineExceeded)
	begin := time.Now()
	problems := open(t, Config{Path: dir, SlowStarts: file}).Problems()
	if took := time.Since(begin); took > 2*shortReady || problems == nil ||
		!strings.Contains(problems.Error(), "was not ready within 2s") ||
		!strings.Contains(hint.Text(problems), "remove "+file) {
		t.Errorf("after %v: %v", took, problems)
	}
}
