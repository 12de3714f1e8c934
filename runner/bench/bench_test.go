package bench

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"montage/core"
	"montage/registry/clock"
)

var update = flag.Bool("update", false, "write testdata again")

// pretended is a work whose steps take no time.
type pretended struct{ steps int }

func (p pretended) Run(ctx context.Context, l Listener) error {
	for range p.steps {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		l.Took("optimizer", time.Millisecond)
		time.Sleep(2 * time.Millisecond)
		l.Step(10)
	}
	return nil
}

// rival reports steps of the given length.
func rival(t *testing.T, says string) *Rival {
	t.Helper()
	script := filepath.Join(t.TempDir(), "rival.sh")
	text := "echo ready; while read n; do echo '" + says + "'; done"
	if err := os.WriteFile(script, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r := &Rival{Name: "shell", Command: []string{"/bin/sh", script}}
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Stop)
	return r
}

func config(work Work, rivals ...*Rival) Config {
	return Config{Work: work, Clock: &clock.Clock{}, Warmup: 1, Steps: 2, Rounds: 3, Rivals: rivals,
		Sample: func() map[string]int64 { return map[string]int64{"runner": 7} }}
}

func TestRunTakesTurns(t *testing.T) {
	r, err := Run(t.Context(), config(pretended{100},
		rival(t, `{"seconds":2,"frames":4,"peak_bytes":5,"groups":{"optimizer":1,"block":0.5}}`)))
	if err != nil || len(r.Rounds) != 3 || len(r.Rivals[0].Rounds) != 3 || r.MemoryTotal != 7 || r.Rivals[0].Peak != 5 {
		t.Fatalf("%+v, %v", r, err)
	}
	if r.Rounds[0].Frames != 20 || r.Rivals[0].FramesPerSecond != 2 || r.Groups[Optimizer] < 0.00099 ||
		r.Groups[Optimizer] > 0.00101 {
		t.Errorf("%+v", r)
	}
	// 20 frames in 2 ms of optimizer against 4 in 1 s; of the block we do not tell.
	if g := r.Rivals[0].Groups; len(g) != 1 || g[Optimizer].Median < 2400 || g[Optimizer].Median > 2600 {
		t.Errorf("groups %+v", g)
	}
}

func TestRunFails(t *testing.T) {
	if _, err := Run(t.Context(), config(pretended{4})); err == nil ||
		!strings.Contains(err.Error(), "ended after 4 steps; 7 were to be measured") {
		t.Errorf("a short work gave %v", err)
	}
	if _, err := Run(t.Context(), config(pretended{100}, rival(t, `{"seconds":0}`))); err == nil ||
		!strings.Contains(err.Error(), "which is no measurement") {
		t.Errorf("a rival without a measurement gave %v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stop")
	cancel(stop)
	if _, err := Run(ctx, config(pretended{100})); !errors.Is(err, stop) {
		t.Errorf("an ended context gave %v", err)
	}
}

// backboned is a backbone of a frozen and a trained stage.
var backboned = core.ModulePlan{Stages: []core.Stage{{Name: "a", Operations: 2e9}, {Name: "b", Trainable: 5}}}

// spent is what a step took: 4 s of the backbone's forward, 1 s of them in a.
var spent = []clock.Spent{
	{Kind: core.KindBackbone, Call: "forward", Total: 4100 * time.Millisecond, Compute: 4 * time.Second,
		Stages: []clock.StageSpent{{Time: time.Second, Rows: 100}, {Time: 2 * time.Second, Rows: 100}}},
	{Kind: core.KindBackbone, Call: "backward", Total: 3 * time.Second, Compute: 3 * time.Second,
		Stages: []clock.StageSpent{{}, {Time: 3 * time.Second, Rows: 100}}},
	{Kind: core.KindHead, Call: "forward", Total: time.Second, Compute: time.Second},
	{Kind: core.KindAugmentation, Call: "augment", Total: 9 * time.Second},
}

func TestGroups(t *testing.T) {
	own := map[string]time.Duration{"waiting for data": 500 * time.Millisecond, "checks": time.Second}
	got := since(map[string]float64{Heads: 0.25}, grouped(backboned, spent, own), 12)
	want := map[string]float64{Data: 0.5, FrozenPrefix: 1, Block: 6, Heads: 0.75, RPC: 0.1, Runner: 3.65}
	for name, s := range want {
		if d := got[name] - s; d > 1e-9 || d < -1e-9 {
			t.Errorf("%s is %v, want %v", name, got[name], s)
		}
	}
	silent := append([]clock.Spent(nil), spent...)
	silent[0].Stages, silent[1].Stages = nil, nil
	if got := grouped(backboned, silent, nil); got[Whole] != 7 || got[FrozenPrefix]+got[Block] != 0 {
		t.Errorf("a backbone without times gave %v", got)
	}
}

func TestLayers(t *testing.T) {
	got := layers(backboned, spent)
	if len(got) != 2 || got[0] != (LayerTime{Name: "a", Forward: 10, GFLOP: 2, GFLOPS: 200}) ||
		got[1] != (LayerTime{Name: "b", Forward: 20, Backward: 30}) {
		t.Errorf("got %+v", got)
	}
	if got := layers(core.ModulePlan{Stages: make([]core.Stage, 3)}, spent); got != nil {
		t.Errorf("another plan's times gave %+v", got)
	}
}

// result has two rivals; one reports the time of its frozen prefix.
func result() Result {
	r := Result{SecondsPerStep: 2, FramesPerSecond: 123.4, Cores: 1.876,
		Rounds: []Round{{Seconds: 4, CPU: 7.5}}, MemoryTotal: 3 << 29,
		Groups: map[string]float64{Data: 0.5, FrozenPrefix: 1.5},
		Parts: []StepPart{{Name: "backbone b forward", Seconds: 1.5, Share: 0.75},
			{Name: "augmentation a augment", Seconds: 0.1, Share: 0.05, Beside: true}},
		Layers: layers(backboned, spent), Memory: map[string]int64{"runner": 1 << 20, "b": 1 << 30}}
	full := RivalResult{Name: "expert|2", FramesPerSecond: 50, Cores: 1.5,
		Rounds: []Round{{Seconds: 8, CPU: 12}}, Peak: 1 << 30, Ratio: Ratio{2.468, 2, 3}}
	full.Groups = map[string]Group{FrozenPrefix: {200, 100, Ratio{2, 1.9, 2.1}}}
	r.Rivals = []RivalResult{full}
	return r
}

func TestTables(t *testing.T) {
	var text, table strings.Builder
	r, alone := result(), result()
	alone.Rivals = nil
	if err := errors.Join(r.WriteText(&text, "a title"), r.WriteHeader(&table), r.WriteRows(&table, "a step"),
		alone.WriteHeader(&table), alone.WriteRows(&table, "a step")); err != nil {
		t.Fatal(err)
	}
	golden(t, "text.golden", text.String())
	golden(t, "markdown.golden", table.String())
}

// TestMemoryIsListedInOneOrder has many processes of one size, in whatever order a map gives them.
func TestMemoryIsListedInOneOrder(t *testing.T) {
	r := Result{Memory: map[string]int64{"most": 2 << 20}}
	want := []string{"PROCESS", "most"}
	for name := 'a'; name <= 'p'; name++ {
		r.Memory[string(name)] = 1 << 20
		want = append(want, string(name))
	}
	var text strings.Builder
	r.writeMemory(&text)
	var got []string
	for line := range strings.Lines(strings.TrimSpace(text.String())) {
		got = append(got, strings.Fields(line)[0])
	}
	if !slices.Equal(got, want) {
		t.Errorf("the order is %v, want %v", got, want)
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || got != string(want) {
		t.Errorf("%s (%v):\n%s", name, err, got)
	}
}

// TestJSON keeps the names that scripts read.
func TestJSON(t *testing.T) {
	raw, err := json.Marshal(result())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"seconds_per_step":2`, `"ratio":2.468`, `"ratio_low":2`,
		`"groups":{"prefix":{"ours":200,"theirs":100,"ratio":2`, `"layers":[{"name":"a","forward_ms":10`} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("no %s in %s", want, raw)
		}
	}
}
