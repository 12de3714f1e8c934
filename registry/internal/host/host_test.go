package host

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"montage/core"
	"montage/core/shm"
	"montage/core/tensor"
	"montage/core/wire"
)

// rig is a started test plugin with memory of both kinds.
type rig struct {
	*Process
	state, work *shm.Segment
	log         *safeBuffer
	next        uint64
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func ill(kind string) Command {
	return Command{Name: kind, Path: os.Args[0], Args: []string{"ill", kind}}
}

// start starts a plugin with memory and opens it.
func start(t testing.TB, c Command) *rig {
	t.Helper()
	r := &rig{log: &safeBuffer{}}
	var err error
	if r.state, err = shm.Create("STATE", shm.ReadOnly); err != nil {
		t.Fatal(err)
	}
	if r.work, err = shm.Create("WORK", shm.ReadWrite); err != nil {
		t.Fatal(err)
	}
	c.State, c.Work = r.state, r.work
	if r.Process, err = Start(t.Context(), c, zerolog.New(r.log)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.Kill()
		_ = r.state.Close()
		_ = r.work.Close()
	})
	for _, s := range []*shm.Segment{r.state, r.work} {
		if err := s.Grow(1 << 16); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	return r
}

func alloc(t testing.TB, s *shm.Segment, d tensor.DType, shape ...int) tensor.Tensor {
	t.Helper()
	x, err := s.Alloc(d, shape...)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// head creates and plans the test head in a mode.
func (r *rig) head(t testing.TB, mode string) wire.Instance {
	t.Helper()
	r.next++
	i := wire.Instance{ID: r.next, Kind: core.KindHead, Name: "scale"}
	if err := r.Create(t.Context(), i, core.Values{"mode": mode}); err != nil {
		t.Fatal(err)
	}
	var plan core.ModulePlan
	if err := r.Plan(t.Context(), i, core.ModuleInput{Features: 3, Frames: 2, Rows: 2}, &plan); err != nil {
		t.Fatal(err)
	}
	if plan.Outputs != 3 || len(plan.Params) != 1 || plan.Params[0].Name != "w" {
		t.Fatalf("the plan changed on the way: %+v", plan)
	}
	return i
}

func (r *rig) forward(t testing.TB) core.ModuleForward {
	t.Helper()
	w := alloc(t, r.state, tensor.Float32, 1)
	w.Float32s()[0] = 2
	x := alloc(t, r.work, tensor.Float32, 2, 3)
	copy(x.Float32s(), []float32{1, 2, 3, 4, 5, 6})
	return core.ModuleForward{
		ModuleCall: core.ModuleCall{ForwardID: 1, Features: x, Params: []tensor.Tensor{w}},
		Output:     alloc(t, r.work, tensor.Float32, 2, 3),
		Updates:    []tensor.Tensor{{}},
	}
}

func TestEveryCallReachesItsComponent(t *testing.T) {
	r := start(t, ill("good"))
	ctx := t.Context()
	head := r.head(t, "")
	f := r.forward(t)
	if err := r.Forward(ctx, head, f); err != nil {
		t.Fatal(err)
	}
	if got := f.Output.Float32s(); got[0] != 2 || got[5] != 12 {
		t.Errorf("forward wrote %v", got)
	}
	b := core.ModuleBackward{ModuleCall: f.ModuleCall, GradOutput: f.Output,
		GradParams: []tensor.Tensor{alloc(t, r.work, tensor.Float32, 1)}}
	if err := r.Backward(ctx, head, b); err != nil {
		t.Fatal(err)
	}
	if got := b.GradParams[0].Float32s()[0]; got != 2*(1+4+9+16+25+36) {
		t.Errorf("backward wrote %v", got)
	}

	loss := wire.Instance{ID: 100, Kind: core.KindLoss, Name: "sum"}
	var lossPlan core.LossPlan
	must(t, r.Create(ctx, loss, nil))
	must(t, r.Plan(ctx, loss, core.LossInput{}, &lossPlan))
	value, err := r.Evaluate(ctx, loss, core.LossCall{Predictions: f.Output, Targets: tensor.New(tensor.Float32, 2, 0)})
	if err != nil || value != 42 || lossPlan.Bytes != 12 {
		t.Errorf("loss %v, %v, plan %+v", value, err, lossPlan)
	}

	augmentation := wire.Instance{ID: 101, Kind: core.KindAugmentation, Name: "invert"}
	var augmentPlan core.AugmentationPlan
	must(t, r.Create(ctx, augmentation, nil))
	must(t, r.Plan(ctx, augmentation, core.AugmentationInput{Size: 2}, &augmentPlan))
	frames, changed, keys := alloc(t, r.work, tensor.Uint8, 1, 2, 2, 3), alloc(t, r.work, tensor.Uint8, 1, 2, 2, 3),
		alloc(t, r.work, tensor.Uint64, 1)
	keys.Uint64s()[0] = 0xf0
	must(t, r.Augment(ctx, augmentation, core.AugmentationCall{Frames: frames, Keys: keys, Output: changed}))
	if changed.Uint8s()[11] != 0xf0 || augmentPlan.Destroys[0] != core.Handedness {
		t.Errorf("augment wrote %v, plan %+v", changed.Uint8s(), augmentPlan)
	}
}

func TestStrategyCalls(t *testing.T) {
	r := start(t, ill("good"))
	ctx := t.Context()
	strategy := wire.Instance{ID: 1, Kind: core.KindStrategy, Name: "twice"}
	var program core.StrategyPlan
	must(t, r.Create(ctx, strategy, nil))
	must(t, r.Plan(ctx, strategy, core.StrategyInput{Classes: 85}, &program))
	if program.Predict != "supervised" || program.Branches[0].Outputs != 85 {
		t.Errorf("program %+v", program)
	}
	frames := alloc(t, r.work, tensor.Uint8, 1, 1, 1, 3)
	copy(frames.Uint8s(), []byte{7, 8, 9})
	c := core.TransformCall{
		StepContext: core.StepContext{Branch: "proxy", Step: 3, Progress: 0.5}, View: "v", Frames: frames,
		Output: alloc(t, r.work, tensor.Uint8, 2, 1, 1, 3), Targets: alloc(t, r.work, tensor.Float32, 2, 6),
	}
	must(t, r.Transform(ctx, strategy, c))
	if c.Output.Uint8s()[5] != 9 || c.Targets.Float32s()[11] != 11 {
		t.Errorf("transform wrote %v and %v", c.Output.Uint8s(), c.Targets.Float32s())
	}
	if err := r.ComputeTargets(ctx, strategy, core.TargetCall{}); !errors.Is(err, core.ErrUnsupported) {
		t.Errorf("computing targets gave %v", err)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestErrorsKeepTheirIdentity(t *testing.T) {
	r := start(t, ill("good"))
	ctx := t.Context()
	var plan core.ModulePlan
	fresh := wire.Instance{ID: 50, Kind: core.KindHead, Name: "scale"}
	must(t, r.Create(ctx, fresh, core.Values{"mode": "exact", "factor": 0.1}))
	f := r.forward(t)
	for _, c := range []struct {
		name string
		err  error
		want error
	}{
		{"plan that does not fit", r.Plan(ctx, fresh, core.ModuleInput{}, &plan), core.ErrShape},
		{"before the plan", r.Forward(ctx, fresh, f), core.ErrNotPlanned},
		{"unknown instance", r.Forward(ctx, wire.Instance{ID: 99, Kind: core.KindHead, Name: "x"}, f),
			core.ErrNotPlanned},
		{"unknown component", r.Create(ctx, wire.Instance{ID: 51, Kind: core.KindHead, Name: "mlp"}, nil),
			core.ErrUnsupported},
		{"call of another kind", r.Augment(ctx, fresh, core.AugmentationCall{}), core.ErrUnsupported},
		{"not finite", r.Forward(ctx, r.head(t, "not-finite"), f), core.ErrNotFinite},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%s: %v is not %v", c.name, c.err, c.want)
		}
	}
	var option *core.OptionError
	err := r.Create(ctx, wire.Instance{ID: 52, Kind: core.KindHead, Name: "scale"}, core.Values{"mode": "refuse"})
	if !errors.As(err, &option) || option.Path != "sizes[1]" || option.Hint != "take one" {
		t.Errorf("option error %+v of %v", option, err)
	}
	err = r.Create(ctx, wire.Instance{ID: 53, Kind: core.KindHead, Name: "scale"}, core.Values{"factr": 1.0})
	if !errors.As(err, &option) || !option.Unknown || option.Path != "factr" {
		t.Errorf("unknown option %+v of %v", option, err)
	}
}

func TestPanicIsAnErrorOfTheCall(t *testing.T) {
	r := start(t, ill("good"))
	f := r.forward(t)
	for _, mode := range []string{"panic", "state"} { // the latter writes to memory that it may only read
		err := r.Forward(t.Context(), r.head(t, mode), f)
		var crash *core.CrashError
		if !errors.Is(err, core.ErrPanic) || errors.As(err, &crash) || !strings.Contains(err.Error(), "panic: ") ||
			!strings.Contains(err.Error(), "at montage/registry/internal/host.(*scale).Forward (") ||
			!strings.Contains(err.Error(), "plugin_test.go:") {
			t.Errorf("%s: %v", mode, err)
		}
	}
	must(t, r.Forward(t.Context(), r.head(t, ""), f)) // still there
	if log := r.log.String(); strings.Contains(log, `"level":"error"`) || !strings.Contains(log, "plugin_test.go") {
		t.Errorf("the stack is not in the log: %s", log)
	}
}

func TestComponentCannotPretendToBeLost(t *testing.T) {
	r := start(t, ill("good"))
	err := r.Forward(t.Context(), r.head(t, "pretend"), r.forward(t))
	var crash *core.CrashError
	if err == nil || errors.As(err, &crash) {
		t.Errorf("got %v", err)
	}
}

func TestCancelReachesTheCall(t *testing.T) {
	r := start(t, ill("good"))
	f := r.forward(t)
	for mode, survives := range map[string]bool{"obey": true, "hang": false} {
		i := r.head(t, mode)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		begin := time.Now()
		err := r.Forward(ctx, i, f)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", mode, err)
		}
		if took := time.Since(begin); took > 3*time.Second {
			t.Errorf("%s: took %v", mode, took)
		}
		select {
		case <-r.Done():
			if survives {
				t.Errorf("%s: the plugin obeyed and was killed", mode)
			}
		default:
			if !survives {
				t.Errorf("%s: the plugin keeps writing", mode)
			}
		}
		if !survives {
			r = start(t, ill("good"))
			f = r.forward(t)
		}
	}
}

func TestReferencesAreCheckedOnBothSides(t *testing.T) {
	r := start(t, ill("good"))
	i := r.head(t, "")
	good := r.forward(t)
	outside := good
	outside.Output = tensor.New(tensor.Float32, 2, 3)
	if err := r.Forward(t.Context(), i, outside); err == nil || !strings.Contains(err.Error(), "output") {
		t.Errorf("memory that is not shared: %v", err)
	}
	readOnly := good
	readOnly.Output = alloc(t, r.state, tensor.Float32, 2, 3)
	if err := r.Forward(t.Context(), i, readOnly); err == nil {
		t.Error("the state was offered to be written")
	}
}

func TestInstancesRunAtOnceAndCallsTakeTurns(t *testing.T) {
	c := ill("good")
	c.Deadline = 5 * time.Second
	r := start(t, c)
	f := r.forward(t)
	alone := r.head(t, "alone")
	for name, together := range map[string][]wire.Instance{
		"two instances": {r.head(t, "meet"), r.head(t, "meet")},
		"one instance":  {alone, alone, alone},
	} {
		var wait sync.WaitGroup
		for _, i := range together {
			wait.Go(func() {
				if err := r.Forward(t.Context(), i, f); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			})
		}
		wait.Wait()
	}
}

func TestStdoutAfterTheHandshakeDoesNotBlock(t *testing.T) {
	r := start(t, ill("good"))
	must(t, r.Forward(t.Context(), r.head(t, "print"), r.forward(t)))
	r.Close()
	for _, want := range []string{"by fmt", "by descriptor"} {
		if !strings.Contains(r.log.String(), want) {
			t.Errorf("%q is not in the log", want)
		}
	}
}

// report runs a mode of the test head that writes into a file, and returns that.
func (r *rig) report(t testing.TB, mode string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report")
	r.next++
	i := wire.Instance{ID: r.next, Kind: core.KindHead, Name: "scale"}
	var plan core.ModulePlan
	must(t, r.Create(t.Context(), i, core.Values{"mode": mode, "file": file}))
	must(t, r.Plan(t.Context(), i, core.ModuleInput{Features: 3}, &plan))
	must(t, r.Forward(t.Context(), i, r.forward(t)))
	text, err := os.ReadFile(file)
	must(t, err)
	return string(text)
}

func TestChildrenOfAPluginDoNotHoldItsDescriptors(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("looks into /proc")
	}
	if list := start(t, ill("good")).report(t, "descriptors"); list == "" || strings.Contains(list, "montage") {
		t.Errorf("a child of the plugin has:\n%s", list)
	}
}

func TestPluginsSeeLittleOfTheEnvironment(t *testing.T) {
	t.Setenv("CLOUD_SECRET", "hidden")
	t.Setenv("GOMAXPROCS", "2")
	c := ill("good")
	c.Env = []string{"GOMAXPROCS=1", "OWN=yes"}
	seen := "\n" + start(t, c).report(t, "environment") + "\n"
	for _, want := range []string{"\nPATH=", "\nGOMAXPROCS=1\n", "\nOWN=yes\n"} {
		if !strings.Contains(seen, want) {
			t.Errorf("%q is not in %s", want, seen)
		}
	}
	if strings.Contains(seen, "hidden") || strings.Contains(seen, "GOMAXPROCS=2") {
		t.Errorf("a plugin sees %s", seen)
	}
}

func TestChildrenOfAPluginEndWithIt(t *testing.T) {
	r := start(t, ill("good"))
	pid, err := strconv.Atoi(r.report(t, "child"))
	must(t, err)
	if !alive(pid) {
		t.Fatal("the child did not start")
	}
	must(t, syscall.Kill(r.PID(), syscall.SIGKILL))
	<-r.Done()
	for range 100 {
		if !alive(pid) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("the child is still there")
}

func TestInterruptIsNotForPlugins(t *testing.T) {
	r := start(t, ill("good"))
	must(t, syscall.Kill(r.PID(), syscall.SIGINT))
	time.Sleep(20 * time.Millisecond)
	must(t, r.Forward(t.Context(), r.head(t, ""), r.forward(t)))
}

// The kernel ends a plugin with the thread that started it.
func TestPluginOutlivesTheCallersThread(t *testing.T) {
	started := make(chan *Process)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with this goroutine
		p, err := Start(t.Context(), ill("good"), zerolog.Nop())
		if err != nil {
			t.Error(err)
		}
		started <- p
	}()
	p := <-started
	if p == nil {
		return
	}
	defer p.Kill()
	select {
	case <-p.Done():
		t.Error("the plugin ended with a thread of the host")
	case <-time.After(100 * time.Millisecond):
	}
}
