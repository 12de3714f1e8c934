package engine

import (
	"context"
	"errors"
	"maps"
	"math"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"montage/core"
	"montage/core/tensor"
	"montage/runner/checkpoint"
	"montage/runner/optim"
)

// reference computes in float64, from the formulas, what the engine is to do: backbone w,
// heads v of follow and u of shrink, and the teacher's.
type reference struct{ w, v, u, tw, tv, tu float64 }

const x = float64(pixel) / 255

// gradients returns those of follow by w and v, and of shrink by w and u.
func (r reference) gradients() (fw, fv, sw, su, follow, shrink float64) {
	p, target, q := r.v*r.w*x, r.tv*r.tw*x/2, r.u*r.w*x
	d := 2 * (p - target)
	return d * r.v * x, d * r.w * x, weight2 * 2 * q * r.u * x, weight2 * 2 * q * r.w * x, (p - target) * (p - target),
		weight2 * q * q
}

// step does one step of each optimizer, or of the one that both branches share.
func (r *reference) step(shared bool) (losses map[string]float64) {
	fw, fv, sw, su, follow, shrink := r.gradients()
	if shared {
		r.w, r.v, r.u = r.w-rate*(fw+sw), r.v-rate*fv, r.u-rate*su
	} else {
		r.w, r.v = r.w-rate*fw, r.v-rate*fv
		_, _, sw, su, _, shrink = r.gradients() // of the parameters that the first one left
		r.w, r.u = r.w-rate*sw, r.u-rate*su
	}
	r.tw, r.tv, r.tu = decay*r.tw+(1-decay)*r.w, decay*r.tv+(1-decay)*r.v, decay*r.tu+(1-decay)*r.u
	return map[string]float64{"follow": follow, "shrink": shrink}
}

func begin() reference { return reference{2, 1.5, -1, 2, 1.5, -1} }

func near(a float32, b float64) bool { return math.Abs(float64(a)-b) <= 1e-5*(1+math.Abs(b)) }

// TestStepsFollowTheFormulas trains two epochs of two steps, with an optimizer for each
// branch and with one for both.
func TestStepsFollowTheFormulas(t *testing.T) {
	for _, shared := range []bool{false, true} {
		s, r := newSmall(t, options{shared: shared, epochs: 2}), begin()
		steps, sums := 0, map[string]float64{}
		s.OnStep = func(report StepReport) {
			steps++
			for branch, loss := range r.step(shared) {
				sums[branch] += loss
			}
			want := []float64{r.w, r.tw, float64(2 * steps), float64(2 * steps), r.v, r.tv, r.u, r.tu}
			for i, v := range s.values() {
				if !near(v, want[i]) {
					t.Errorf("shared %v, step %d: value %d is %v, want %v", shared, steps, i, v, want[i])
				}
			}
			n := float64((steps-1)%2 + 1)
			for branch, loss := range report.Losses {
				if !near(float32(loss), sums[branch]/n) || len(report.Losses) != 2 {
					t.Errorf("step %d: losses %v, want means of %v", steps, report.Losses, sums)
				}
			}
			if n == 2 {
				clear(sums)
			}
			if report.Phase != "joint" || report.Epoch != (steps-1)/2 || report.Epochs != 2 || report.Steps != 2 ||
				report.Step != int(n) || report.Samples != 4 || report.Frames != 4 {
				t.Errorf("step %d: %+v", steps, report)
			}
		}
		var epochs []EpochReport
		s.OnEpoch = func(_ context.Context, e EpochReport) error { epochs = append(epochs, e); return nil }
		if err := s.Run(t.Context()); err != nil || steps != 4 || !s.Done() {
			t.Fatal(steps, err)
		}
		if len(epochs) != 2 || epochs[0].Last || !epochs[1].Last || epochs[1].Epoch != 2 || epochs[1].Frames != 8 ||
			s.EpochsDone() != 2 {
			t.Errorf("epochs %+v", epochs)
		}
		if e := epochs[0].Embeddings; len(e) != 2 || e["shrink"]["spread"] != 0 {
			t.Errorf("equal embeddings are described as %v", e)
		}
	}
}

// TestTheStrategyGetsTheStep: its number in the phase, and how much of the phase is done.
func TestTheStrategyGetsTheStep(t *testing.T) {
	s := newSmall(t, options{epochs: 2})
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, c := range s.strategy.calls {
		if c.Branch != "follow" || c.Step != int64(i) || c.Progress != float64(i)/4 {
			t.Errorf("call %d: %+v", i, c)
		}
	}
	if len(s.strategy.calls) != 4 {
		t.Errorf("%d calls", len(s.strategy.calls))
	}
	s.Strategy = struct{ core.Strategy }{}
	s.position = Position{Losses: map[string]Mean{}}
	if err := s.Run(t.Context()); !errors.Is(err, core.ErrUnsupported) {
		t.Errorf("a strategy without targets: %v", err)
	}
}

// TestAStepThatFailsLeavesNoTrace breaks each call of the last branch's step in turn.
func TestAStepThatFailsLeavesNoTrace(t *testing.T) {
	broken := errors.New("broken")
	nan := func(float64) float64 { return math.NaN() }
	for name, c := range map[string]struct {
		breakIt func(s *small)
		want    string
	}{
		"backward": {func(s *small) { s.shrink.Module.(*multiplier).fail = broken }, "shrink.head: backward: broken"},
		"loss":     {func(s *small) { s.loss(1).value = nan }, "loss is NaN though all outputs are finite"},
		"output": {func(s *small) {
			s.shrink.State[0].Float32s()[0] = float32(math.Inf(1))
		}, "as output +Inf is in row 0"},
	} {
		for _, shared := range []bool{true, false} {
			s := newSmall(t, options{shared: shared, epochs: 2})
			var before []float32
			s.OnStep = func(report StepReport) {
				if report.Step == 1 && report.Epoch == 1 {
					c.breakIt(s)
					before = s.values()
				}
			}
			err := s.Run(t.Context())
			var at *StepError
			if !errors.As(err, &at) || at.Phase != "joint" || at.Epoch != 1 || at.Step != 1 || at.Branch != "shrink" ||
				len(at.Samples) != 2 || !strings.Contains(err.Error(), "phase joint, epoch 2, step 2, branch shrink, "+
				"samples ") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s, shared %v: %v", name, shared, err)
			}
			after := s.values()
			if !shared { // the first optimizer's step is done and stays: its head changed, and the backbone
				after[0], after[4] = before[0], before[4]
				before[2]++ // its forward is counted
			}
			if !slices.Equal(after, before) {
				t.Errorf("%s, shared %v: values %v, before the step %v", name, shared, after, before)
			}
		}
	}
}

// TestBadNumbersAreReportedInOrder has a bad gradient and a bad buffer in two parameters.
func TestBadNumbersAreReportedInOrder(t *testing.T) {
	s := newSmall(t, options{epochs: 1})
	nan := float32(math.NaN())
	for range 20 {
		s.backbone.Grads[0].Float32s()[0], s.backbone.Updates[1].Float32s()[0] = nan, nan
		err := checkModule(s.backbone)
		if !errors.Is(err, core.ErrNotFinite) || !strings.HasPrefix(err.Error(), "backbone: gradient of w is NaN at "+
			"element 0") {
			t.Fatal(err)
		}
		s.backbone.Plan.Params[0].Buffer = true
		s.backbone.Updates[0] = tensor.FromFloat32([]float32{nan})
		if err := checkModule(s.backbone); !strings.HasPrefix(err.Error(), "backbone: gradient of w") {
			t.Fatal(err)
		}
	}
	s.backbone.Grads[0].Float32s()[0] = 0
	s.backbone.Updates[0] = tensor.Tensor{}
	if err := checkModule(s.backbone); err == nil || !strings.Contains(err.Error(), "new value of steps") {
		t.Error(err)
	}
}

// TestAnyStepCanBeTheLast interrupts after each step, continues in another engine, and ends
// with the bits of a training that nobody disturbed.
func TestAnyStepCanBeTheLast(t *testing.T) {
	for _, o := range []options{{epochs: 3, momentum: 0.9}, {epochs: 3, momentum: 0.9, accumulate: 4, shared: true}} {
		straight := newSmall(t, o)
		if err := straight.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		for stop := 1; stop <= 5; stop++ {
			first, steps := newSmall(t, o), 0
			reason := errors.New("enough")
			ctx, cancel := context.WithCancelCause(t.Context())
			first.OnStep = func(StepReport) {
				if steps++; steps == stop {
					cancel(reason)
				}
			}
			if err := first.Run(ctx); !errors.Is(err, reason) {
				t.Fatal(err)
			}
			content, err := first.Content()
			if err != nil {
				t.Fatal(err)
			}
			second := newSmall(t, o)
			if err := second.Restore(content); err != nil {
				t.Fatal(err)
			}
			if second.Label() != first.Label() || !slices.Equal(second.values(), first.values()) {
				t.Errorf("restored to %s, saved %s", second.Label(), first.Label())
			}
			if err := second.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(second.values(), straight.values()) {
				t.Errorf("%+v, stopped after step %d: %v, want %v", o, stop, second.values(), straight.values())
			}
		}
	}
}

// TestAccumulationStepsByTheMean: batches that are alike make the steps of single ones,
// at every second batch.
func TestAccumulationStepsByTheMean(t *testing.T) {
	s, r := newSmall(t, options{shared: true, epochs: 2, accumulate: 2}), begin()
	batches := 0
	s.OnStep = func(StepReport) {
		if batches++; batches%2 == 0 {
			r.step(true)
		}
		if w := s.backbone.State[0].Float32s()[0]; !near(w, r.w) {
			t.Errorf("after batch %d w is %v, want %v", batches, w, r.w)
		}
		if tw := s.backbone.Teacher[0].Float32s()[0]; !near(tw, r.tw) {
			t.Errorf("after batch %d the teacher's w is %v, want %v", batches, tw, r.tw)
		}
	}
	if err := s.Run(t.Context()); err != nil || batches != 4 {
		t.Fatal(batches, err)
	}
}

// TestClippedStepsHaveTheirLength: a step of SGD is as long as rate times the limit.
func TestClippedStepsHaveTheirLength(t *testing.T) {
	s := newSmall(t, options{shared: true, epochs: 1, limit: 1, clip: 0.01})
	before := s.values()
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, i := range []int{0, 4, 6} { // w, v, u
		d := float64(s.values()[i] - before[i])
		sum += d * d
	}
	if got := math.Sqrt(sum); math.Abs(got-rate*0.01) > 1e-6 {
		t.Errorf("the step is %v long, want %v", got, rate*0.01)
	}
}

// TestLimitsAndRates ends a phase in the middle of its second epoch, and checks the
// rates of the last steps.
func TestLimitsAndRates(t *testing.T) {
	s := newSmall(t, options{epochs: 5, limit: 3, schedule: optim.Schedule{Kind: "cosine"}})
	var epochs []EpochReport
	s.OnEpoch = func(_ context.Context, e EpochReport) error { epochs = append(epochs, e); return nil }
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(epochs) != 2 || epochs[0].Steps != 2 || epochs[1].Steps != 1 || !epochs[1].Last || s.EpochsDone() != 2 {
		t.Fatalf("epochs %+v", epochs)
	}
	for i, step := range []float64{1, 2} { // of 3
		want := rate * (1 + math.Cos(math.Pi*step/3)) / 2
		got := epochs[i].Rates
		if len(got) != 2 || math.Abs(got["joint.follow"]-want) > 1e-9 || got["joint.follow"] != got["joint.shrink"] {
			t.Errorf("epoch %d: rates %v, want about %v", i+1, got, want)
		}
	}
	if epochs[1].Rates["joint.follow"] >= epochs[0].Rates["joint.follow"] {
		t.Error("the rate does not fall")
	}
}

// TestBatchesThatCannotBeRead are warned of and change nothing.
func TestBatchesThatCannotBeRead(t *testing.T) {
	s := newSmall(t, options{epochs: 1})
	for _, sample := range s.data.Samples {
		if err := os.WriteFile(sample.Path(0), []byte("no picture"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	before := s.values()
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(s.values(), before) || strings.Count(s.log.String(),
		"no sample of this batch could be read") != 4 {
		t.Errorf("values %v, before %v; log %s", s.values(), before, s.log)
	}
}

// TestDataThatIsGone ends the training with the branch and what is wrong.
func TestDataThatIsGone(t *testing.T) {
	s := newSmall(t, options{epochs: 1})
	for _, sample := range s.data.Samples {
		if err := os.Remove(sample.Path(0)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "step 1, branch follow") {
		t.Errorf("the error is %v", err)
	}
}

func TestFirstBatches(t *testing.T) {
	s := newSmall(t, options{epochs: 2})
	batches, at, err := s.First(t.Context(), 0)
	if err != nil || len(batches) != 2 || at.Epoch != 0 || batches["follow"].WithGradient.Rows() != 2 ||
		len(batches["follow"].NoGradient) != 1 || batches["shrink"].WithGradient.Frames.Uint8s()[0] != pixel {
		t.Errorf("batches %v at %v, %v", batches, at, err)
	}
	if _, at, _ = s.First(t.Context(), 1); at.Epoch != 2 {
		t.Errorf("the second phase begins at epoch %d", at.Epoch)
	}
}

func TestOnTimeGetsEveryTime(t *testing.T) {
	s, times := newSmall(t, options{epochs: 1}), map[string]int{}
	s.OnTime = func(what string, _ time.Duration) { times[what]++ }
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := map[string]int{"waiting for data": 2, "checks": 4, "optimizer": 4}; !maps.Equal(times, want) {
		t.Errorf("got %v, want %v", times, want)
	}
}

// TestAnEpochsErrorEndsTheTraining leaves the state at the next epoch.
func TestAnEpochsErrorEndsTheTraining(t *testing.T) {
	s, full := newSmall(t, options{epochs: 2}), errors.New("disk full")
	s.OnEpoch = func(context.Context, EpochReport) error { return full }
	if err := s.Run(t.Context()); err != full || s.EpochsDone() != 1 || s.Label() != "phase1-epoch001-step000000" {
		t.Errorf("%v, %d epochs, %s", err, s.EpochsDone(), s.Label())
	}
}

// TestForeignCheckpointsAreRefused changes one thing of a good one at a time.
func TestForeignCheckpointsAreRefused(t *testing.T) {
	s := newSmall(t, options{epochs: 2, accumulate: 2})
	const other = "the checkpoint belongs to a run with other phases or another data set"
	state := func(text string) func(*checkpoint.Content) {
		return func(c *checkpoint.Content) { c.State = []byte(text) }
	}
	for _, c := range []struct {
		change func(c *checkpoint.Content)
		want   string
	}{
		{state(`{`), "the checkpoint's position is damaged"},
		{state(`{}`), other},
		{state(`{"phase":3,"losses":{}}`), other},
		{state(`{"phase":2,"epoch":1,"losses":{}}`), other},
		{state(`{"step":2,"losses":{}}`), other},
		{state(`{"epoch":3,"losses":{}}`), other},
		{state(`{"optimizer":3,"losses":{}}`), other},
		{state(`{"accumulated":{"x":1},"losses":{}}`), "accumulates gradients differently"},
		{func(c *checkpoint.Content) { c.Files["shrink.head"] = nil }, "shrink.head: "},
		{func(c *checkpoint.Content) { delete(c.Files, "teacher.backbone") }, "teacher.backbone: "},
		{func(c *checkpoint.Content) { delete(c.Files, "gradients.joint.shrink") }, "gradients.joint.shrink: "},
		{func(c *checkpoint.Content) {
			c.Files["optimizer.joint.shrink"] = c.Files["backbone"]
		}, "optimizer joint.shrink: "},
	} {
		content, err := s.Content()
		if err != nil {
			t.Fatal(err)
		}
		content.Files = maps.Clone(content.Files)
		c.change(&content)
		if err := s.Restore(content); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want %q: %v", c.want, err)
		}
	}
	content, err := s.Content()
	if err == nil {
		content.State = []byte(`{"phase":2,"losses":{}}`)
		err = s.Restore(content)
	}
	if err != nil || !s.Done() || !reflect.DeepEqual(s.position, Position{Phase: 2, Losses: map[string]Mean{}}) {
		t.Errorf("a run that is done: %v, %+v", err, s.position)
	}
}

func TestOptimizersThatCannotBeMade(t *testing.T) {
	s := newSmall(t, options{})
	if _, err := NewOptimizer(OptimizerConfig{Name: "p.o", Branches: s.branches}); err == nil ||
		!strings.HasPrefix(err.Error(), "optimizer p.o: ") {
		t.Errorf("an optimizer of no kind: %v", err)
	}
}
