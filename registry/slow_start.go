package registry

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/google/renameio/v2"

	"montage/core/hint"
	"montage/core/wire"
)

const (
	// shortReady is how long a plugin may take to describe itself after it exceeded
	// wire.StartDeadline before. Otherwise every command would wait that long.
	shortReady = 2 * time.Second
	// forgetting is when it is given the whole time again: the machine may have been at fault.
	forgetting = 24 * time.Hour
)

// slowStart remembers the plugins that hung instead of describing themselves, in a JSON
// file: when each hung, by the sha256 of its program, so that a mended one counts as
// new. Without a path it remembers nothing. A file that cannot be read or written counts
// as empty.
type slowStart struct {
	path string
	mu   sync.Mutex
}

func (s *slowStart) load() map[string]time.Time {
	hung := map[string]time.Time{}
	raw, err := os.ReadFile(s.path)
	if s.path == "" || err != nil || json.Unmarshal(raw, &hung) != nil {
		return map[string]time.Time{}
	}
	maps.DeleteFunc(hung, func(_ string, at time.Time) bool { return time.Since(at) > forgetting })
	return hung
}

// ready returns how long a plugin may take, 0 for wire.StartDeadline.
func (s *slowStart) ready(sum string) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, hung := s.load()[sum]; hung {
		return shortReady
	}
	return 0
}

// learn remembers how a plugin's start ended.
func (s *slowStart) learn(sum string, err error) {
	if s.path == "" || sum == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	hung := s.load()
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
	if err == nil && os.MkdirAll(filepath.Dir(s.path), 0o755) == nil {
		_ = renameio.WriteFile(s.path, document, 0o644)
	}
}

// explain adds why a plugin had so little time.
func (s *slowStart) explain(err error) error {
	if !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return hint.With(err, "it was not ready within %v before, so it has less time until its file changes; "+
		"to give it the whole time again, remove %s", wire.StartDeadline, s.path)
}
