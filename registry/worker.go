package registry

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sort"
	"sync"
	"sync/atomic"

	"montage/core"
	"montage/core/hint"
	"montage/core/wire"
	"montage/registry/internal/host"
)

// maxAttempts is how often one call is made, each time on a new process. A call
// that killed five would kill the sixth.
const maxAttempts = 5

// maxHangs is how often a call may pass its deadline, which is long: a second time
// is not an accident.
const maxHangs = 2

// attempted marks the attempts after the first, for the clock.
func attempted(ctx context.Context, n int) context.Context {
	if n == 1 {
		return ctx
	}
	return host.WithAttempt(ctx, n)
}

// worker keeps one plugin running. Because plugins own no state, a process that
// was lost is replaced by one with the same instances and plans, and the call is
// repeated: it gives the same bytes.
type worker struct {
	session *Session
	plugin  *Plugin
	process atomic.Pointer[host.Process] // nil before the first start and after Close

	mu        sync.Mutex // guards the replacement of process, and what follows
	started   bool
	closed    bool
	opened    *host.Process // the one that has the memory
	sum       string
	instances []*remoteInstance
}

// remoteInstance is one component as a worker makes it again.
type remoteInstance struct {
	wire.Instance
	worker  *worker
	options map[string]any
	// input and answer are of the last plan, nil before it; guarded by worker.mu.
	input, answer any
}

// compute makes a call, again after each loss of the process.
func (w *worker) compute(ctx context.Context, call func(context.Context, *host.Process) error) error {
	return w.repeat(ctx, func(ctx context.Context) error {
		w.mu.Lock()
		p, err := w.running(ctx)
		w.mu.Unlock() // calls to different instances run at once
		if err != nil {
			return err
		}
		return call(ctx, p)
	})
}

// setup makes a call that changes what a new process must repeat. Nobody replaces
// the process meanwhile.
func (w *worker) setup(ctx context.Context, call func(context.Context, *host.Process) error) error {
	return w.repeat(ctx, func(ctx context.Context) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		p, err := w.running(ctx)
		if err != nil {
			return err
		}
		return call(ctx, p)
	})
}

func (w *worker) repeat(ctx context.Context, once func(context.Context) error) error {
	ctx, end := w.session.bounded(ctx)
	defer end()
	hangs := 0
	for attempt := 1; ; attempt++ {
		err := once(attempted(ctx, attempt))
		var crash *core.CrashError
		var start *host.StartError
		lost := errors.As(err, &crash)
		if lost && crash.Hung {
			hangs++
		}
		// A process that replaces another may be killed as well before it is ready. A
		// plugin that never started will not start the next time either.
		again := lost || errors.As(err, &start) && w.hasStarted()
		if again && attempt < maxAttempts && hangs < maxHangs && ctx.Err() == nil {
			w.session.registry.config.Log.Warn().Str("plugin", w.plugin.Name).Int("attempt", attempt).
				Str("error", hint.Text(err)).Msg("starting the plugin again")
			continue
		}
		if !lost {
			return err
		}
		final := *crash
		final.Attempts = attempt
		return &final
	}
}

// running returns a process with everything made in it. The caller holds w.mu.
func (w *worker) running(ctx context.Context) (*host.Process, error) {
	if w.closed {
		return nil, fmt.Errorf("plugin %q: the session is closed", w.plugin.Name)
	}
	if p := w.process.Load(); p != nil && !ended(p) {
		return p, nil
	}
	p, err := w.start(ctx)
	if err != nil {
		return nil, err
	}
	if err := w.restore(ctx, p); err != nil {
		p.Kill()
		return nil, err
	}
	w.process.Store(p)
	return p, nil
}

func ended(p *host.Process) bool {
	select {
	case <-p.Done():
		return true
	default:
		return false
	}
}

func (w *worker) hasStarted() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.started
}

func (w *worker) start(ctx context.Context) (*host.Process, error) {
	if w.sum == "" {
		sum, err := w.session.registry.sum(w.plugin)
		if err != nil {
			return nil, err
		}
		if err := w.session.registry.config.Lock.check(w.plugin, sum); err != nil {
			return nil, err
		}
		w.sum = sum
	}
	if w.started {
		w.session.restarts.Add(1)
	}
	c := w.session.registry.command(w.plugin)
	c.State, c.Work = w.session.state, w.session.work
	p, err := host.Start(ctx, c, w.session.registry.config.LogLevels.of(w.session.registry.config.Log, w.plugin))
	if err != nil {
		return nil, err
	}
	w.started = true
	return p, nil
}

// restore brings a new process to where the lost one was.
func (w *worker) restore(ctx context.Context, p *host.Process) error {
	known := *w.plugin // a copy: the handshake fills in what it learns, which is known here
	if err := known.handshake(p.Hello()); err != nil {
		return err
	}
	if err := w.openIn(ctx, p); err != nil {
		return err
	}
	for _, i := range w.instances {
		if err := p.Create(ctx, i.Instance, i.options); err != nil {
			return err
		}
		if err := i.planAgain(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

func (i *remoteInstance) planAgain(ctx context.Context, p *host.Process) error {
	if i.input == nil {
		return nil
	}
	again := reflect.New(reflect.TypeOf(i.answer))
	if err := p.Plan(ctx, i.Instance, i.input, again.Interface()); err != nil {
		return err
	}
	if got := again.Elem().Interface(); !reflect.DeepEqual(got, i.answer) {
		return fmt.Errorf("plugin %q: %s answers the same plan differently after a restart\n"+
			"  before: %+v\n  now:    %+v", i.worker.plugin.Name, i.Instance, i.answer, got)
	}
	return nil
}

func (w *worker) create(ctx context.Context, i *remoteInstance) error {
	return w.setup(ctx, func(ctx context.Context, p *host.Process) error {
		if err := p.Create(ctx, i.Instance, i.options); err != nil {
			return err
		}
		w.instances = append(w.instances, i)
		return nil
	})
}

// open maps the memory in a process that was started before it had its size.
func (w *worker) open(ctx context.Context) error { return w.setup(ctx, w.openIn) }

func (w *worker) openIn(ctx context.Context, p *host.Process) error {
	if w.opened == p || !w.session.mapped.Load() {
		return nil
	}
	if err := p.Open(ctx); err != nil {
		return err
	}
	w.opened = p
	return nil
}

// plan asks an instance, and remembers what for.
func plan[In, Out any](i *remoteInstance, input In) (Out, error) {
	var answer Out
	err := i.worker.setup(i.worker.session.ctx, func(ctx context.Context, p *host.Process) error {
		var fresh Out
		if err := p.Plan(ctx, i.Instance, input, &fresh); err != nil {
			return err
		}
		answer, i.input, i.answer = fresh, input, fresh
		return nil
	})
	return answer, err
}

func (w *worker) use() Use {
	w.mu.Lock()
	defer w.mu.Unlock()
	u := Use{Name: w.plugin.Name, Version: w.plugin.Version, SHA256: w.sum}
	seen := map[string]bool{}
	for _, i := range w.instances {
		if id := i.Instance.String(); !seen[id] {
			seen[id] = true
			u.Components = append(u.Components, id)
		}
	}
	if p := w.process.Load(); p != nil {
		u.Version = p.Hello().Version
	}
	sort.Strings(u.Components)
	return u
}

// close ends the process. The session's context is cancelled by then, so the holder of
// the lock releases it soon.
func (w *worker) close() {
	if p := w.process.Load(); p != nil {
		p.Close()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	if p := w.process.Swap(nil); p != nil {
		p.Close()
	}
}
