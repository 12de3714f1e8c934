package registry

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"montage/core"
	"montage/core/shm"
	"montage/core/tensor"
)

const width = 8

// run is a session with one planned head and the tensors of its call.
type run struct {
	*Session
	head core.Module
	call core.ModuleForward
}

// made is an instance as what it is to the caller.
func made[T any](s *Session, kind core.Kind, name string, options core.Values) (T, error) {
	some, err := s.New(kind, name, options)
	it, _ := some.(T)
	return it, err
}

func begin(t testing.TB, c Config, options core.Values) *run {
	t.Helper()
	if c.Bundled == nil {
		c.Bundled = []Bundled{walker()}
	}
	r := &run{Session: session(t, open(t, c))}
	var err error
	if r.head, err = made[core.Module](r.Session, core.KindHead, "walk", options); err != nil {
		t.Fatal(err)
	}
	plan, err := r.head.Plan(core.ModuleInput{Features: width, Frames: 1, Rows: 1})
	if err != nil || plan.Outputs != width {
		t.Fatalf("plan %+v: %v", plan, err)
	}
	var work shm.Layout
	for range 8 {
		if err := work.Add(tensor.Float32, 1, width); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Map(0, work.Bytes()); err != nil {
		t.Fatal(err)
	}
	r.call = core.ModuleForward{ModuleCall: core.ModuleCall{Features: r.row(t)}, Output: r.row(t)}
	for i := range width {
		r.call.Features.Float32s()[i] = float32(i)
	}
	return r
}

func (r *run) row(t testing.TB) tensor.Tensor {
	t.Helper()
	x, err := r.Work().Alloc(tensor.Float32, 1, width)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// walkOn makes steps, each from the result of the one before.
func (r *run) walkOn(t testing.TB, steps int) []float32 {
	t.Helper()
	for range steps {
		if err := r.head.Forward(t.Context(), r.call); err != nil {
			t.Fatal(err)
		}
		copy(r.call.Features.Float32s(), r.call.Output.Float32s())
	}
	return slices.Clone(r.call.Output.Float32s())
}

// planAgain changes nothing, but needs a process.
func (r *run) planAgain(t testing.TB) {
	t.Helper()
	if _, err := r.head.Plan(core.ModuleInput{Features: width, Frames: 1, Rows: 1}); err != nil {
		t.Fatal(err)
	}
}

func TestKillsDoNotChangeAByte(t *testing.T) {
	kills := 20
	if testing.Short() {
		kills = 3
	}
	want := begin(t, Config{}, core.Values{}).walkOn(t, kills+1)

	r := begin(t, Config{}, core.Values{})
	random := rand.New(rand.NewPCG(1, 2))
	for range kills { // a step takes 4 ms
		pid := r.Processes()[0].PID
		killed := make(chan error, 1)
		time.AfterFunc(time.Duration(random.IntN(3500))*time.Microsecond,
			func() { killed <- syscall.Kill(pid, syscall.SIGKILL) })
		r.walkOn(t, 1)
		if err := <-killed; err != nil {
			t.Fatal(err)
		}
		for p := r.Processes(); len(p) == 1 && p[0].PID == pid; p = r.Processes() { // until it is reaped
			time.Sleep(time.Millisecond)
		}
		r.planAgain(t)
	}
	// On a busy machine some come late and are between two calls; none is lost.
	if got := r.walkOn(t, 1); !slices.Equal(got, want) || r.Restarts() != kills {
		t.Errorf("after %d restarts %v, without %v", r.Restarts(), got, want)
	}
}

func TestCrashIsRepeated(t *testing.T) {
	want := begin(t, Config{}, core.Values{}).walkOn(t, 1)
	var log bytes.Buffer
	r := begin(t, Config{Log: zerolog.New(&log)}, core.Values{"fault": "once", "file": filepath.Join(t.TempDir(), "x")})
	if got := r.walkOn(t, 1); !slices.Equal(got, want) || r.Restarts() != 1 {
		t.Errorf("%v after %d restarts, want %v", got, r.Restarts(), want)
	}
	if !strings.Contains(log.String(), `"level":"warn"`) || !strings.Contains(log.String(), "exit status 1") {
		t.Errorf("the log does not tell: %s", &log)
	}
}

func TestHangIsRepeated(t *testing.T) {
	want := begin(t, Config{}, core.Values{}).walkOn(t, 1)
	r := begin(t, Config{Deadline: 500 * time.Millisecond},
		core.Values{"fault": "hang-once", "file": filepath.Join(t.TempDir(), "x")})
	if got := r.walkOn(t, 1); !slices.Equal(got, want) || r.Restarts() != 1 {
		t.Errorf("%v after %d restarts, want %v", got, r.Restarts(), want)
	}
}

// TestHangIsRepeatedOnce does not wait for a long deadline again and again.
func TestHangIsRepeatedOnce(t *testing.T) {
	r := begin(t, Config{Deadline: 100 * time.Millisecond},
		core.Values{"fault": "hang-once", "file": "/no/such/folder/x"})
	var crash *core.CrashError
	if err := r.head.Forward(t.Context(), r.call); !errors.As(err, &crash) || crash.Attempts != maxHangs ||
		r.Restarts() != maxHangs-1 {
		t.Errorf("%v after %d restarts", err, r.Restarts())
	}
}

func TestCrashAtEveryAttempt(t *testing.T) {
	r := begin(t, Config{}, core.Values{"fault": "always"})
	err := r.head.Forward(t.Context(), r.call)
	var crash *core.CrashError
	if !errors.As(err, &crash) || crash.Attempts != maxAttempts || crash.Status != "exit status 7" {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{`plugin "walker"`, "forward of head/walk", "5 times", "walked into a wall"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
}

func TestErrorOfAComponentIsNotRepeated(t *testing.T) {
	r := begin(t, Config{}, core.Values{"fault": "shape"})
	if err := r.head.Forward(t.Context(), r.call); !errors.Is(err, core.ErrShape) || r.Restarts() != 0 {
		t.Errorf("%v after %d restarts", err, r.Restarts())
	}
}

func TestPlanThatChangesAfterARestart(t *testing.T) {
	r := begin(t, Config{}, core.Values{"fault": "other-plan"})
	if err := syscall.Kill(r.Processes()[0].PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := r.head.Forward(t.Context(), r.call); err == nil || !strings.Contains(err.Error(), "answers the same "+
		"plan differently") {
		t.Errorf("got %v", err)
	}
}

func TestPlanAndMapAfterADeath(t *testing.T) {
	r := &run{Session: session(t, open(t, Config{Bundled: []Bundled{walker()}}))}
	kill := func() {
		if err := syscall.Kill(r.Processes()[0].PID, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}
	head, err := made[core.Module](r.Session, core.KindHead, "walk", core.Values{})
	if err != nil {
		t.Fatal(err)
	}
	kill()
	if _, err := head.Plan(core.ModuleInput{Features: width}); err != nil {
		t.Fatal(err)
	}
	kill()
	if err := r.Map(0, 4096); err != nil {
		t.Fatal(err)
	}
	kill()
	if err := head.Forward(t.Context(), core.ModuleForward{ModuleCall: core.ModuleCall{Features: r.row(t)},
		Output: r.row(t)}); err != nil {
		t.Fatal(err)
	}
	if r.Restarts() != 3 {
		t.Errorf("%d restarts", r.Restarts())
	}
}

func TestManyInstancesShareARestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x")
	r := begin(t, Config{}, core.Values{"fault": "once", "file": file})
	heads := []core.Module{r.head}
	calls := []core.ModuleForward{r.call}
	for range 2 {
		h, err := made[core.Module](r.Session, core.KindHead, "walk", core.Values{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Plan(core.ModuleInput{Features: width}); err != nil {
			t.Fatal(err)
		}
		c := r.call
		c.Output = r.row(t)
		heads, calls = append(heads, h), append(calls, c)
	}
	var wait sync.WaitGroup
	for i, h := range heads {
		wait.Go(func() {
			for range 5 {
				if err := h.Forward(t.Context(), calls[i]); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	if r.Restarts() != 1 || !slices.Equal(calls[0].Output.Float32s(), calls[2].Output.Float32s()) {
		t.Errorf("%d restarts, %v and %v", r.Restarts(), calls[0].Output.Float32s(), calls[2].Output.Float32s())
	}
}

func TestCancelIsNotACrash(t *testing.T) {
	r := begin(t, Config{}, core.Values{"fault": "wait"})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := r.head.Forward(ctx, r.call); !errors.Is(err, context.DeadlineExceeded) || r.Restarts() != 0 {
		t.Errorf("%v after %d restarts", err, r.Restarts())
	}
}

func TestStrategyWithoutMoreCannot(t *testing.T) {
	r := begin(t, Config{}, core.Values{})
	s, err := made[core.Strategy](r.Session, core.KindStrategy, "plain", core.Values{})
	if err != nil {
		t.Fatal(err)
	}
	if p, err := s.Plan(core.StrategyInput{}); err != nil || p.Predict != "supervised" {
		t.Fatalf("%+v, %v", p, err)
	}
	if err := s.(core.ViewTransformer).Transform(t.Context(), core.TransformCall{}); !errors.Is(err,
		core.ErrUnsupported) {
		t.Errorf("transform: %v", err)
	}
	if err := s.(core.TargetMaker).ComputeTargets(t.Context(), core.TargetCall{}); !errors.Is(err,
		core.ErrUnsupported) {
		t.Errorf("targets: %v", err)
	}
	if len(r.Processes()) != 1 {
		t.Errorf("one program runs as %+v", r.Processes())
	}
}

func TestCloseEndsEverything(t *testing.T) {
	r := begin(t, Config{}, core.Values{"fault": "wait"})
	pid := r.Processes()[0].PID
	failed := make(chan error, 1)
	go func() { failed <- r.head.Forward(context.Background(), r.call) }()
	time.Sleep(20 * time.Millisecond)
	begin := time.Now()
	if err := errors.Join(r.Close(), r.Close()); err != nil {
		t.Error(err)
	}
	if took := time.Since(begin); took > 2*time.Second {
		t.Errorf("took %v", took)
	}
	if err := <-failed; err == nil {
		t.Error("the call succeeded")
	}
	if syscall.Kill(pid, 0) == nil {
		t.Error("the plugin is still there")
	}
	if err := r.head.Forward(context.Background(), r.call); err == nil || len(r.Processes()) != 0 {
		t.Errorf("a call to a closed session: %v, %v", err, r.Processes())
	}
}

func BenchmarkCall(b *testing.B) {
	r := begin(b, Config{}, core.Values{})
	loss, err := made[core.Loss](r.Session, core.KindLoss, "sum", core.Values{})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := loss.Plan(core.LossInput{}); err != nil {
		b.Fatal(err)
	}
	call := core.LossCall{Predictions: r.call.Features}
	for b.Loop() {
		if _, err := loss.Evaluate(b.Context(), call); err != nil {
			b.Fatal(err)
		}
	}
}

// TestPluginsOfOneNameKeepTheirOrder whatever the order of a map.
func TestPluginsOfOneNameKeepTheirOrder(t *testing.T) {
	s := &Session{workers: map[*Plugin]*worker{}}
	for _, file := range []string{"/d", "/b", "/a", "/e", "/c"} {
		p := &Plugin{Name: "twin", Command: []string{file}}
		s.workers[p] = &worker{plugin: p}
	}
	for range 50 {
		var files []string
		for _, w := range s.all() {
			files = append(files, w.plugin.Command[0])
		}
		if !slices.Equal(files, []string{"/a", "/b", "/c", "/d", "/e"}) {
			t.Fatalf("the order is %v", files)
		}
	}
}
