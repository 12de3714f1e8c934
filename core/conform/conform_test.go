package conform

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"montage/core"
	"montage/core/graph"
	"montage/core/sdk"
)

func TestSoundComponentsPass(t *testing.T) {
	run := map[string]bool{}
	for _, c := range []core.Component{backbone(), head(), squared(), augment(shift), strategy(invert)} {
		report := Run(context.Background(), Subject{Component: c})
		if !report.OK {
			t.Error(report)
		}
		for _, line := range report.Checks {
			run[line.Check] = true
		}
	}
	for _, name := range Names() {
		if !run[name] {
			t.Errorf("%s never ran", name)
		}
	}
}

// TestBrokenComponentsFail has a component for each check that fails it and no other.
func TestBrokenComponentsFail(t *testing.T) {
	seen := map[string]bool{}
	for name, c := range broken() {
		check, _, _ := strings.Cut(name, " ")
		seen[check] = true
		t.Run(name, func(t *testing.T) {
			t.Parallel() // some wait
			report := Run(context.Background(), Subject{Component: c})
			if got := report.Failed(); !slices.Equal(got, []string{check}) {
				t.Errorf("failed %v\n%s", got, report)
			}
		})
	}
	for _, name := range Names() {
		if !seen[name] {
			t.Errorf("nothing broken for %s", name)
		}
	}
}

func broken() map[string]core.Component {
	out := map[string]core.Component{
		"writes a pixel is left out": augment(func(f sdk.Frame) {
			last := f.Output[len(f.Output)-1]
			shift(f)
			f.Output[len(f.Output)-1] = last
		}),
	}
	out["description without a full stop"] = described("no sentence")
	out["options a bound is an error"] = bounded()
	out["plan changes"] = replanned()
	out["announced targets are no classes"] = strategy(func(ctx context.Context, c core.TransformCall) error {
		defer all(c.Targets.Float32s(), 1)
		return invert(ctx, c)
	})
	out["announced transform is missing"] = untransformed()
	out["repeat counts"] = counting()
	out["inputs weights are used up"] = forgetful()
	out["finite overflows"] = overflowing()
	out["gradients a tenth too large"] = tenth()
	out["keyed by position"] = augmentBy(func(c core.AugmentationCall, n int) {
		c.Output.Bytes()[n*len(c.Output.Bytes())/c.Output.Shape[0]] = uint8(n)
	})
	out["keyed row by position"] = strategy(func(ctx context.Context, c core.TransformCall) error {
		err := invert(ctx, c)
		c.Output.Uint8s()[c.Output.Len()-1] = uint8(len(c.Keys.Uint64s()))
		return err
	})
	out["misuse panics"] = careless()
	out["cancel is not heard"] = deaf()
	out["concurrent shares its memory"] = shared()
	out["restart needs its forward"] = dependent()
	return out
}

func described(doc string) core.Component {
	c := squared()
	c.Doc = doc
	return c
}

func bounded() core.Component {
	c := head()
	sound := c.Head
	c.Head = func(v core.Values) (core.Module, error) {
		if v["scale"] == 1.0 {
			return nil, errors.New("1 is too much")
		}
		return sound(v)
	}
	return c
}

type replanning struct {
	core.Module
	plans *int
}

func (r replanning) Plan(in core.ModuleInput) (core.ModulePlan, error) {
	p, err := r.Module.Plan(in)
	*r.plans++
	if *r.plans > 1 {
		p.Bytes++
	}
	return p, err
}

// replanned answers a second plan of an instance otherwise.
func replanned() core.Component {
	c := head()
	sound := c.Head
	c.Head = func(v core.Values) (core.Module, error) {
		l, err := sound(v)
		return replanning{l, new(int)}, err
	}
	return c
}

// onlyPlan hides the Transform of a strategy.
type onlyPlan struct{ core.Strategy }

func untransformed() core.Component {
	c := strategy(invert)
	sound := c.Strategy
	c.Strategy = func(v core.Values) (core.Strategy, error) {
		s, err := sound(v)
		return onlyPlan{s}, err
	}
	return c
}

// counting adds to the value each time that an instance is used, but the first.
func counting() core.Component {
	c := squared()
	sound := c.Loss
	c.Loss = func(v core.Values) (core.Loss, error) {
		o, err := sound(v)
		uses := 0
		spoil := func(_ context.Context, _ core.LossCall, evaluate func() (float64, error)) (float64, error) {
			value, err := evaluate()
			if uses++; uses == 2 {
				value += 1e-7
			}
			return value, err
		}
		return spoiledLoss{o, spoil}, err
	}
	return c
}

// forgetful overwrites what it needs no longer.
func forgetful() core.Component {
	c := squared()
	c.Loss = func(core.Values) (core.Loss, error) {
		o := sdk.Loss(func(_ *graph.Builder, in sdk.LossInput) *graph.Node {
			return graph.MeanAll(graph.Square(graph.Sub(in.Predictions, in.Targets))) // without the weights
		})
		spoil := func(_ context.Context, c core.LossCall, evaluate func() (float64, error)) (float64, error) {
			value, err := evaluate()
			if err == nil {
				all(c.Weights.Float32s(), 0)
			}
			return value, err
		}
		return spoiledLoss{o, spoil}, nil
	}
	return c
}

func overflowing() core.Component {
	return spoil(func(_ context.Context, c core.LossCall, evaluate func() (float64, error)) (float64, error) {
		value, err := evaluate()
		if err == nil && c.Predictions.Float32s()[0] > 90 {
			value = math.Inf(1)
		}
		return value, err
	})
}

func tenth() core.Component {
	return spoil(func(_ context.Context, c core.LossCall, evaluate func() (float64, error)) (float64, error) {
		value, err := evaluate()
		if err != nil {
			return 0, err
		}
		for i := range c.GradPredictions.Float32s() {
			c.GradPredictions.Float32s()[i] *= 1.1
		}
		return value, err
	})
}

func augmentBy(spoil func(c core.AugmentationCall, n int)) core.Component {
	c := augment(shift)
	c.Augmentation = func(core.Values) (core.Augmentation, error) {
		return augmentationKit{func(ctx context.Context, c core.AugmentationCall) error {
			if err := sdk.EachFrame(ctx, c, shift); err != nil {
				return err
			}
			for n := range c.Frames.Shape[0] {
				spoil(c, n)
			}
			return nil
		}}, nil
	}
	return c
}

// careless does not look at what it is given.
func careless() core.Component {
	c := augment(shift)
	c.Augmentation = func(core.Values) (core.Augmentation, error) {
		return augmentationKit{func(_ context.Context, c core.AugmentationCall) error {
			length := c.Frames.Len() / c.Keys.Len()
			for i, v := range c.Frames.Uint8s() {
				c.Output.Uint8s()[i] = v + uint8(c.Keys.Uint64s()[i/length])
			}
			return nil
		}}, nil
	}
	return c
}

// deaf continues when it is cancelled, and for longer than the kit waits.
func deaf() core.Component {
	var once sync.Once
	return spoil(func(ctx context.Context, _ core.LossCall, evaluate func() (float64, error)) (float64, error) {
		if ctx.Done() != nil {
			once.Do(func() { time.Sleep(cancelGrace + 200*time.Millisecond) })
		}
		return evaluate()
	})
}

// shared computes in memory that all instances have in common.
func shared() core.Component {
	var mu sync.Mutex
	scratch := 0.0
	return spoil(func(_ context.Context, _ core.LossCall, evaluate func() (float64, error)) (float64, error) {
		value, err := evaluate()
		mu.Lock()
		scratch = value
		mu.Unlock()
		time.Sleep(time.Millisecond)
		mu.Lock()
		defer mu.Unlock()
		return scratch, err
	})
}

type needsForward struct {
	core.Module
	seen *bool
}

func (n needsForward) Forward(ctx context.Context, c core.ModuleForward) error {
	*n.seen = true
	return n.Module.Forward(ctx, c)
}

func (n needsForward) Backward(ctx context.Context, c core.ModuleBackward) error {
	if err := n.Module.Backward(ctx, c); err != nil || *n.seen {
		return err
	}
	all(c.GradParams[0].Float32s(), 0)
	return nil
}

// dependent gives no gradient without the forward before.
func dependent() core.Component {
	c := head()
	sound := c.Head
	c.Head = func(v core.Values) (core.Module, error) {
		l, err := sound(v)
		return needsForward{l, new(bool)}, err
	}
	return c
}

func TestReport(t *testing.T) {
	r := Report{Component: "loss/x", Checks: []Result{{Check: "plan", OK: true}, {Check: "repeat", Reason: "one\ntwo"}}}
	if got, want := r.String(), "loss/x\n  ok   plan\n  FAIL repeat: one\n       two\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if !reflect.DeepEqual(r.Failed(), []string{"repeat"}) {
		t.Error(r.Failed())
	}
}

func TestCancelledRunStops(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(fmt.Errorf("enough"))
	if r := Run(ctx, Subject{Component: squared()}); r.OK || len(r.Failed()) == 0 || r.Checks[0].Reason != "enough" {
		t.Error(r)
	}
}
