package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/google/renameio/v2"

	"montage/core/wire"
)

const (
	// shortReady is what a program gets to describe itself after it let a whole
	// wire.StartDeadline pass before: otherwise every command would wait that long.
	shortReady = 2 * time.Second
	// forgetting is when it is given the whole time again: the machine may have been at fault.
	forgetting = 24 * time.Hour
)

// patience remembers the programs that hung instead of describing themselves, by the
// sha256 of their files, so that one that was mended is a new one. Without a path it
// remembers nothing. What cannot be read or written is as good as forgotten.
type slowStart struct {
	path string
	mu   sync.Mutex
}

func (p *slowStart) load() map[string]time.Time {
	hung := map[string]time.Time{}
	raw, err := os.ReadFile(p.path)
	if p.path == "" || err != nil || json.Unmarshal(raw, &hung) != nil {
		return map[string]time.Time{}
	}
	maps.DeleteFunc(hung, func(_ string, at time.Time) bool { return time.Since(at) > forgetting })
	return hung
}

// ready returns how long a program may take, 0 for what wire gives.
func (p *slowStart) ready(sum string) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, hung := p.load()[sum]; hung {
		return shortReady
	}
	return 0
}

// learn remembers how a program's start ended.
func (p *slowStart) learn(sum string, err error) {
	if p.path == "" || sum == "" {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	hung := p.load()
	_, was := hung[sum]
	switch now := errors.Is(err, context.DeadlineExceeded); {
	case now == was, err != nil && !now:
		return
	case now:
		hung[sum] = time.Now()
	default:
		delete(hung, sum)
	}
	document, err := json.Marshal(hung)
	if err == nil && os.MkdirAll(filepath.Dir(p.path), 0o755) == nil {
		_ = renameio.WriteFile(p.path, document, 0o644)
	}
}

// explain adds why a program had so little time.
func (p *slowStart) explain(err error) error {
	if !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fmt.Errorf("%w\nhint: it was not ready within %v before and is given less until its file changes; to ask "+
		"anew, remove %s", err, wire.StartDeadline, p.path)
}
