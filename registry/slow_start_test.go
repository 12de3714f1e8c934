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
)

func TestPatienceRemembersWhatHung(t *testing.T) {
	p := &slowStart{path: filepath.Join(t.TempDir(), "new", "hung.json")}
	if p.ready("a") != 0 {
		t.Error("nothing happened, and the time is short")
	}
	p.learn("a", errors.New("something else"))
	if p.ready("a") != 0 {
		t.Error("a crash is no hang")
	}
	p.learn("a", context.DeadlineExceeded)
	if p.ready("a") != shortReady || p.ready("b") != 0 {
		t.Errorf("%v for a program that hung, %v for another", p.ready("a"), p.ready("b"))
	}
	p.learn("a", nil)
	if p.ready("a") != 0 {
		t.Error("it was ready and is still remembered")
	}
	old, err := json.Marshal(map[string]time.Time{"a": time.Now().Add(-2 * forgetting)})
	if err != nil || os.WriteFile(p.path, old, 0o644) != nil {
		t.Fatal(err)
	}
	if p.ready("a") != 0 {
		t.Error("it is remembered for ever")
	}
	if err := os.WriteFile(p.path, []byte("{"), 0o644); err != nil || p.ready("a") != 0 {
		t.Errorf("a damaged file: %v, %v", err, p.ready("a"))
	}
	none := &slowStart{}
	if none.learn("a", context.DeadlineExceeded); none.ready("a") != 0 {
		t.Error("without a path something is remembered")
	}
}

// TestHungProgramCostsLittleTheNextTime, and works again when it is mended.
func TestHungProgramCostsLittleTheNextTime(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for a program that hangs")
	}
	dir, file := folder(t, "sleeper"), filepath.Join(t.TempDir(), "hung.json")
	r := &Registry{sums: map[string]string{}}
	sum, err := r.sum(&Plugin{Command: []string{filepath.Join(dir, "montage-sleeper")}})
	if err != nil {
		t.Fatal(err)
	}
	(&slowStart{path: file}).learn(sum, context.DeadlineExceeded)
	begin := time.Now()
	problems := open(t, Config{Path: dir, Hung: file}).Problems()
	if took := time.Since(begin); took > 2*shortReady || problems == nil ||
		!strings.Contains(problems.Error(), "was not ready within 2s") ||
		!strings.Contains(problems.Error(), "remove "+file) {
		t.Errorf("after %v: %v", took, problems)
	}
}
