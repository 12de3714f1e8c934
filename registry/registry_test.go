package registry

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"montage/core"
	"montage/core/hint"
	"montage/core/sdk"
)

// The test binary is its own bundled plugin, and, behind a script, a stranger's.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == ServeCommand {
		serve(os.Args[2])
		return
	}
	os.Exit(m.Run())
}

func serve(name string) {
	switch name {
	case "walker":
		sdk.Serve(name, "1.0.0", walkHead, sumLoss, plainStrategy)
	case "sleeper":
		time.Sleep(time.Minute)
	case "talker":
		fmt.Fprintln(os.Stderr, `{"level":"debug","message":"a small thing"}`)
		sdk.Serve(name, "1.0.0", sumLoss)
	case "other":
		sdk.Serve(name, "2.0.0", sumLoss)
	case "changing":
		c := walkHead
		if marker := os.Getenv("MARKER"); marker != "" {
			if _, err := os.Stat(marker); err == nil {
				c.Doc = "Walks otherwise."
			}
		}
		sdk.Serve(name, "1.0.0", c)
	default:
		fmt.Fprintf(os.Stderr, "no plugin %q\n", name)
		os.Exit(1)
	}
}

var walkHead = core.Component{
	Name: "walk", Doc: "Adds and turns, a little at a time.",
	Options: []core.Option{
		{Name: "fault", Type: core.TypeString, Default: "", Doc: "what to do wrong"},
		{Name: "file", Type: core.TypeString, Default: "", Doc: "where to remember it"},
	},
	Head: func(v core.Values) (core.Module, error) {
		w := &walk{}
		v.Into(w)
		return w, nil
	},
}

type walk struct {
	Fault string `option:"fault"`
	File  string `option:"file"`
	plans int
}

func (w *walk) Plan(in core.ModuleInput) (core.ModulePlan, error) {
	w.plans++
	out := core.ModulePlan{Outputs: in.Features}
	if w.Fault == "other-plan" {
		out.Bytes = int64(os.Getpid())
	}
	return out, nil
}

func (w *walk) Forward(ctx context.Context, c core.ModuleForward) error {
	switch w.Fault {
	case "once":
		if _, err := os.Stat(w.File); err != nil {
			_ = os.WriteFile(w.File, nil, 0o600)
			os.Exit(1)
		}
	case "always":
		fmt.Fprintln(os.Stderr, "walked into a wall")
		os.Exit(7)
	case "hang-once":
		if _, err := os.Stat(w.File); err != nil {
			_ = os.WriteFile(w.File, nil, 0o600)
			select {}
		}
	case "wait":
		<-ctx.Done()
		return ctx.Err()
	case "shape":
		return core.ErrShape
	}
	// Long enough for a kill to land in it, and writing all the while.
	x, y := c.Features.Float32s(), c.Output.Float32s()
	copy(y, x)
	for step := range 4 {
		for i := range y {
			y[i] = y[i]*1.5 + float32(step) - y[(i+1)%len(y)]/3
		}
		time.Sleep(time.Millisecond)
	}
	return nil
}

func (*walk) Backward(context.Context, core.ModuleBackward) error { return core.ErrUnsupported }

var sumLoss = core.Component{
	Name: "sum", Doc: "Sums.", Targets: []core.TargetKind{core.TargetNone},
	Loss: func(core.Values) (core.Loss, error) { return sum{}, nil },
}

type sum struct{}

func (sum) Plan(core.LossInput) (core.LossPlan, error) { return core.LossPlan{}, nil }

func (sum) Evaluate(_ context.Context, c core.LossCall) (total float64, err error) {
	for _, p := range c.Predictions.Float32s() {
		total += float64(p)
	}
	return total, nil
}

var plainStrategy = core.Component{
	Name: "plain", Doc: "Trains one branch.",
	Strategy: func(core.Values) (core.Strategy, error) { return oneBranch{}, nil },
}

type oneBranch struct{}

func (oneBranch) Plan(core.StrategyInput) (core.StrategyPlan, error) {
	return core.StrategyPlan{Predict: "supervised"}, nil
}

func descriptions(list ...core.Component) (out []core.Description) {
	for _, c := range list {
		out = append(out, c.Description())
	}
	return out
}

// walker is the bundled plugin, described without being started.
func walker() Bundled {
	return Bundled{Name: "walker", Version: "1.0.0", Components: descriptions(walkHead, sumLoss, plainStrategy)}
}

func open(t testing.TB, c Config) *Registry {
	t.Helper()
	r, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// folder makes a plugin folder with a script for each plugin of this binary.
func folder(t testing.TB, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		text := fmt.Sprintf("#!/bin/sh\nexec %s %s %s\n", os.Args[0], ServeCommand, name)
		if err := os.WriteFile(filepath.Join(dir, "montage-"+name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestFoldersAreSearched(t *testing.T) {
	dir := folder(t, "other")
	if err := os.WriteFile(filepath.Join(dir, "README.md"), []byte("no plugin"), 0o644); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "again")
	if err := os.Symlink(filepath.Join(dir, "montage-other"), link); err != nil {
		t.Fatal(err)
	}
	r := open(t, Config{Dirs: []string{dir, filepath.Join(dir, "missing")}, Path: link})
	if err := r.Problems(); err != nil {
		t.Error(err)
	}
	plugins := r.Plugins()
	if len(plugins) != 1 || plugins[0].Name != "other" || plugins[0].Version != "2.0.0" || plugins[0].Bundled {
		t.Errorf("found %+v", plugins)
	}
	d, err := r.Describe(core.KindLoss, "sum")
	if err != nil || d.Doc != "Sums." {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestTwoPluginsThatClaimOneComponent(t *testing.T) {
	dir := folder(t, "other")
	r := open(t, Config{Bundled: []Bundled{walker()}, Path: dir})
	_, err := r.Describe(core.KindLoss, "sum")
	var ambiguous *AmbiguousError
	if !errors.As(err, &ambiguous) {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{"walker", "other", filepath.Join(dir, "montage-other"), "hint: "} {
		if !strings.Contains(hint.Text(err), want) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
	if _, err := r.Describe(core.KindHead, "walk"); err != nil {
		t.Errorf("another component of the same program: %v", err)
	}
}

func TestUnknownComponent(t *testing.T) {
	r := open(t, Config{Bundled: []Bundled{walker()}})
	for _, c := range []struct {
		kind core.Kind
		name string
		want string
	}{
		{core.KindLoss, "sun", "unknown loss \"sun\"\nhint: did you mean \"sum\"? installed losses: sum"},
		{core.KindLoss, "asymmetric", "unknown loss \"asymmetric\"\nhint: installed losses: sum"},
		{core.KindLoss, "walk", "unknown loss \"walk\"\nhint: \"walk\" is a head; installed losses: sum"},
		{core.KindBackbone, "resnet50", "unknown backbone \"resnet50\"\nhint: no backbones are installed"},
	} {
		if _, err := r.Describe(c.kind, c.name); err == nil || hint.Text(err) != c.want {
			t.Errorf("got %v\nwant %s", err, c.want)
		}
	}
}

func TestBrokenPluginsAreNamedWhereOneIsMissing(t *testing.T) {
	dir := folder(t, "nobody") // the binary does not know it
	r := open(t, Config{Bundled: []Bundled{walker()}, Path: dir + string(os.PathListSeparator) + "/no/such/folder"})
	_, missing := r.Describe(core.KindHead, "mlp")
	for _, err := range []error{r.Problems(), missing} {
		for _, want := range []string{"montage-nobody", `no plugin "nobody"`, "/no/such/folder"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q is not in %v", want, err)
			}
		}
	}
	if _, err := r.Describe(core.KindHead, "walk"); err != nil {
		t.Errorf("a broken plugin breaks others: %v", err)
	}
}

func TestBundledPluginsAreHeldToTheirDescriptions(t *testing.T) {
	for name, change := range map[string]func(*Bundled){
		"version":    func(b *Bundled) { b.Version = "1.0.1" },
		"components": func(b *Bundled) { b.Components = descriptions(walkHead, sumLoss) },
		"doc":        func(b *Bundled) { b.Components[0].Doc = "Does something else." },
		"name":       func(b *Bundled) { b.Command = []string{os.Args[0], ServeCommand, "other"} },
	} {
		b := walker()
		change(&b)
		s := session(t, open(t, Config{Bundled: []Bundled{b}}))
		_, err := s.New(core.KindHead, "walk", core.Values{})
		if err == nil || !strings.Contains(err.Error(), "expected") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestUsedNamesWhatRan(t *testing.T) {
	dir := folder(t, "other")
	s := session(t, open(t, Config{Bundled: []Bundled{walker()}}))
	for range 2 {
		if _, err := s.New(core.KindHead, "walk", core.Values{}); err != nil {
			t.Fatal(err)
		}
	}
	used := s.Used()
	if len(used) != 1 || used[0].Name != "walker" || used[0].Version != "1.0.0" ||
		!reflect.DeepEqual(used[0].Components, []string{"head/walk"}) {
		t.Errorf("used %+v", used)
	}
	script := session(t, open(t, Config{Path: dir}))
	if _, err := script.New(core.KindLoss, "sum", core.Values{}); err != nil {
		t.Fatal(err)
	}
	// Of the script, not of the program that it becomes.
	if sum := script.Used()[0].SHA256; len(sum) != 64 || sum == used[0].SHA256 {
		t.Errorf("sums %s and %s", sum, used[0].SHA256)
	}
	if p := s.Processes(); len(p) != 1 || p[0].Name != "walker" || p[0].PID == 0 || p[0].RSS == 0 {
		t.Errorf("processes %+v", p)
	}
}

func session(t testing.TB, r *Registry) *Session {
	t.Helper()
	s, err := r.Session(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}
