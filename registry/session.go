package registry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"montage/core"
	"montage/core/shm"
	"montage/core/wire"
)

// Session is the plugins of one run and the memory that they share.
//
// Make the components first and plan them, add up what their calls need in two
// shm.Layouts, call Map with the sums, take tensors from State and Work, and only
// then make calls that carry tensors, all of which lie in these two.
type Session struct {
	registry *Registry
	ctx      context.Context // ends with Close
	cancel   context.CancelFunc
	state    *shm.Segment
	work     *shm.Segment
	restarts atomic.Int64
	mapped   atomic.Bool
	ended    sync.Once
	fault    error // of Close

	mu      sync.Mutex // guards what follows
	workers map[*Plugin]*worker
	nextID  uint64
}

// Session begins a run. The context bounds all of it.
func (r *Registry) Session(ctx context.Context) (*Session, error) {
	state, err := shm.Create("STATE", shm.ReadOnly)
	if err != nil {
		return nil, err
	}
	work, err := shm.Create("WORK", shm.ReadWrite)
	if err != nil {
		_ = state.Close()
		return nil, err
	}
	s := &Session{registry: r, state: state, work: work, workers: map[*Plugin]*worker{}}
	s.ctx, s.cancel = context.WithCancel(ctx)
	return s, nil
}

// State is memory that plugins only read.
func (s *Session) State() *shm.Segment { return s.state }

// Work is memory that plugins write.
func (s *Session) Work() *shm.Segment { return s.work }

// Map gives the memory its sizes and opens it in all plugins. It is called once,
// after planning.
func (s *Session) Map(stateBytes, workBytes int64) error {
	if err := s.state.Grow(stateBytes); err != nil {
		return err
	}
	if err := s.work.Grow(workBytes); err != nil {
		return err
	}
	s.mapped.Store(true) // from here on, restarts open it themselves
	for _, w := range s.all() {
		if err := w.open(s.ctx); err != nil {
			return err
		}
	}
	return nil
}

// instance makes one component, in the process of its plugin.
func (s *Session) instance(kind core.Kind, name string, options core.Values) (*remoteInstance, error) {
	p, _, err := s.registry.find(kind, name)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	w := s.workers[p]
	if w == nil {
		w = &worker{session: s, plugin: p}
		s.workers[p] = w
	}
	s.nextID++
	i := &remoteInstance{Instance: wire.Instance{ID: s.nextID, Kind: kind, Name: name}, worker: w, options: options}
	s.mu.Unlock()
	if err := w.create(s.ctx, i); err != nil {
		return nil, err
	}
	return i, nil
}

// Restarts counts how often a plugin had to be started again.
func (s *Session) Restarts() int { return int(s.restarts.Load()) }

// RunningPlugin is a plugin with a process.
type RunningPlugin struct {
	Name string `json:"name"`
	PID  int    `json:"pid"`
	// RSS is its memory in bytes, shared memory included; 0 where the system does not say.
	RSS int64 `json:"rss"`
}

// Processes returns the running plugins, by name.
func (s *Session) Processes() []RunningPlugin {
	var out []RunningPlugin
	for _, w := range s.all() {
		if p := w.process.Load(); p != nil && !ended(p) {
			out = append(out, RunningPlugin{Name: w.plugin.Name, PID: p.PID(), RSS: residentBytes(p.PID())})
		}
	}
	return out
}

// Use is one plugin that the run used, as plugins.json records it.
type Use struct {
	Name       string   `json:"name"`
	Version    string   `json:"version"`
	SHA256     string   `json:"sha256"`
	Components []string `json:"components"`
}

// Used returns the plugins that were started, by name, with the components that
// the run made of them.
func (s *Session) Used() []Use {
	var out []Use
	for _, w := range s.all() {
		out = append(out, w.use())
	}
	return out
}

func (s *Session) all() []*worker {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*worker
	for _, w := range s.workers {
		out = append(out, w)
	}
	slices.SortFunc(out, func(a, b *worker) int { // two plugins may have one name
		return cmp.Or(cmp.Compare(a.plugin.Name, b.plugin.Name), cmp.Compare(a.plugin.address(), b.plugin.address()))
	})
	return out
}

// Close ends all plugins and gives the memory back. Calls that still run are
// cancelled; tensors of the session must not be used afterwards.
func (s *Session) Close() error {
	s.ended.Do(func() {
		s.cancel()
		var wait sync.WaitGroup
		for _, w := range s.all() {
			wait.Go(w.close)
		}
		wait.Wait()
		s.fault = errors.Join(s.state.Close(), s.work.Close())
	})
	return s.fault
}

// bounded is a context that also ends with the session.
func (s *Session) bounded(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(s.ctx, func() { cancel(fmt.Errorf("the session ended: %w", s.ctx.Err())) })
	return ctx, func() { stop(); cancel(nil) }
}
