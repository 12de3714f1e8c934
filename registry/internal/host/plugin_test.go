package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"montage/core"
	"montage/core/sdk"
	"montage/core/wire"
	"montage/core/wire/pb"
)

// The test binary is the plugin, too: "ill KIND" makes it one.
func TestMain(m *testing.M) {
	if len(os.Args) == 5 && os.Args[1] == "ill" && os.Args[3] == wire.AttachFlag {
		behave(os.Args[2])
		return
	}
	if len(os.Args) == 3 && os.Args[1] == "ill" {
		behave(os.Args[2])
		return
	}
	if len(os.Args) == 3 && os.Args[1] == "host" {
		hostUntilKilled(os.Args[2])
		return
	}
	os.Exit(m.Run())
}

// behave is a plugin with one fault, or none.
func behave(kind string) {
	head := testHead
	switch kind {
	case "crash":
		fmt.Fprintln(os.Stderr, "ImportError: no module named torch")
		os.Exit(3)
	case "noise":
		fmt.Println("loading model…")
	case "version":
		fmt.Printf("1|7|unix|%s|grpc\n", filepath.Join(os.Getenv("PLUGIN_UNIX_SOCKET_DIR"), "x"))
		time.Sleep(time.Minute)
	case "older", "newer", "garbage":
		version := map[string]string{"garbage": "one",
			"older": strconv.Itoa(wire.MinVersion - 1), "newer": strconv.Itoa(wire.Version + 1)}[kind]
		fmt.Printf("1|%s|unix|%s|grpc\n", version, filepath.Join(os.Getenv("PLUGIN_UNIX_SOCKET_DIR"), "x"))
		time.Sleep(time.Minute)
	case "early":
		fmt.Printf("1|%d|unix|%s|grpc\n", wire.Version, filepath.Join(os.Getenv("PLUGIN_UNIX_SOCKET_DIR"), "x"))
		os.Exit(5)
	case "requires":
		bare{requires: []string{"profile", "telepathy"}}.serve(spoken)
	case "past-only", "future", "future-only":
		bare{}.serve(map[string]interval{"past-only": {wire.MinVersion - 1, wire.MinVersion - 1},
			"future":      {wire.Version, wire.Version + 2},
			"future-only": {wire.Version + 1, wire.Version + 2}}[kind])
	case "tls":
		fmt.Printf("1|%d|unix|%s|grpc|%s\n", wire.Version, filepath.Join(os.Getenv("PLUGIN_UNIX_SOCKET_DIR"), "x"),
			strings.Repeat("A", 100))
		time.Sleep(time.Minute)
	case "elsewhere":
		fmt.Printf("1|%d|tcp|127.0.0.1:1|grpc\n", wire.Version)
		time.Sleep(time.Minute)
	case "silent":
		time.Sleep(time.Minute)
	case "grandchild":
		sleeper := exec.Command("sleep", "60")
		sleeper.Stdout, sleeper.Stderr = os.Stdout, os.Stderr
		sleeper.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // escapes the group
		if err := sleeper.Start(); err != nil {
			panic(err)
		}
		fmt.Fprintln(os.Stderr, "grandchild", sleeper.Process.Pid)
	case "stderr":
		fmt.Fprintln(os.Stderr, `{"@message":5}`)
		fmt.Fprintln(os.Stderr, strings.Repeat("x", 100<<10))
		fmt.Fprintln(os.Stderr, `{"level":"fatal","message":"odd","n":1}`)
	case "big":
		head.Doc = strings.Repeat("long ", wire.MaxMessage/4)
	}
	sdk.Serve("test", "1.2.3", head, testLoss, testAugmentation, testStrategy)
}

// bare is the least of a service, for builds that speak otherwise than ours.
type bare struct {
	pb.UnimplementedPluginServer
	requires []string
}

func (b bare) Describe(context.Context, *pb.DescribeRequest) (*pb.DescribeReply, error) {
	head, err := json.Marshal(testHead.Description())
	return &pb.DescribeReply{Name: "test", Version: "1.2.3", Components: [][]byte{head}, Requires: b.requires}, err
}

func (bare) Open(context.Context, *pb.OpenRequest) (*pb.OpenReply, error) {
	return &pb.OpenReply{}, nil
}

// bareEndpoint joins it to go-plugin.
type bareEndpoint struct {
	client
	service bare
}

func (e *bareEndpoint) GRPCServer(_ *plugin.GRPCBroker, server *grpc.Server) error {
	pb.RegisterPluginServer(server, e.service)
	return nil
}

// serve serves as a build does that speaks these versions.
func (b bare) serve(versions interval) {
	sets := versions.sets()
	for v := range sets {
		sets[v] = plugin.PluginSet{wire.ServiceName: &bareEndpoint{service: b}}
	}
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: plugin.HandshakeConfig{MagicCookieKey: wire.CookieKey, MagicCookieValue: wire.CookieValue},
		Logger:          hclog.NewNullLogger(), GRPCServer: plugin.DefaultGRPCServer, VersionedPlugins: sets,
	})
}

var testHead = core.Component{
	Name: "scale", Doc: "Multiplies features by a parameter.",
	Options: []core.Option{
		{Name: "mode", Type: core.TypeString, Default: "", Doc: "what to do wrong"},
		{Name: "file", Type: core.TypeString, Default: "", Doc: "where to record it"},
		{Name: "factor", Type: core.TypeFloat, Default: 1.0, Doc: "a factor"},
		{Name: "sizes", Type: core.TypeInts, Default: []int{1, 2}, Doc: "a list"},
	},
	Head: func(v core.Values) (core.Module, error) {
		s := &scale{}
		v.Into(s)
		if s.Mode == "refuse" {
			return nil, &core.OptionError{Path: "sizes[1]", Problem: "two is too many", Hint: "take one"}
		}
		if s.Factor != 0.1 && s.Mode == "exact" || len(s.Sizes) == 0 {
			return nil, fmt.Errorf("options changed on the way: %v", v)
		}
		return s, nil
	},
}

type scale struct {
	Mode   string  `option:"mode"`
	File   string  `option:"file"`
	Factor float64 `option:"factor"`
	Sizes  []int   `option:"sizes"`
	inside atomic.Int32
}

// met counts the calls that are in meet.
var met atomic.Int32

// meet returns when two calls are in it at once.
func meet(ctx context.Context) error {
	met.Add(1)
	for met.Load() < 2 {
		select {
		case <-ctx.Done():
			return errors.New("nobody came")
		case <-time.After(time.Millisecond):
		}
	}
	return nil
}

func (s *scale) Plan(in core.ModuleInput) (core.ModulePlan, error) {
	if in.Features == 0 {
		return core.ModulePlan{}, fmt.Errorf("%w: features are 0", core.ErrShape)
	}
	return core.ModulePlan{Outputs: in.Features, Params: []core.Param{{Name: "w", Shape: []int{1}}}}, nil
}

func (s *scale) Forward(ctx context.Context, c core.ModuleForward) error {
	switch s.Mode {
	case "panic":
		panic("the scale broke")
	case "loose-panic":
		go func() { panic("nobody catches this") }()
		time.Sleep(time.Minute)
	case "exit":
		fmt.Fprintln(os.Stderr, "going down")
		os.Exit(4)
	case "hang": // keep writing
		for i := 0; ; i++ {
			c.Output.Float32s()[0] = float32(i)
		}
	case "obey":
		<-ctx.Done()
		return ctx.Err()
	case "not-finite":
		return fmt.Errorf("row 3: %w", core.ErrNotFinite)
	case "pretend":
		return context.Canceled // of a context of its own
	case "print":
		fmt.Println("by fmt " + strings.Repeat("y", 100<<10))
		_, _ = syscall.Write(1, []byte(strings.Repeat("z", 200<<10)+"\nby descriptor\n"))
	case "state":
		c.Params[0].Float32s()[0] = 1
	case "meet":
		return meet(ctx)
	case "alone":
		if s.inside.Add(1) > 1 {
			return errors.New("two calls at once")
		}
		time.Sleep(5 * time.Millisecond)
		s.inside.Add(-1)
	case "descriptors":
		out, err := exec.Command("ls", "-l", "/proc/self/fd").Output()
		if err != nil {
			return err
		}
		return os.WriteFile(s.File, out, 0o600)
	case "environment":
		return os.WriteFile(s.File, []byte(strings.Join(os.Environ(), "\n")), 0o600)
	case "child":
		sleeper := exec.Command("sleep", "60")
		if err := sleeper.Start(); err != nil {
			return err
		}
		return os.WriteFile(s.File, []byte(strconv.Itoa(sleeper.Process.Pid)), 0o600)
	}
	w := c.Params[0].Float32s()[0]
	for i, x := range c.Features.Float32s() {
		c.Output.Float32s()[i] = x * w
	}
	return nil
}

func (s *scale) Backward(_ context.Context, c core.ModuleBackward) error {
	w, dw := c.Params[0].Float32s()[0], float32(0)
	for i, g := range c.GradOutput.Float32s() {
		dw += g * c.Features.Float32s()[i]
		if !c.GradInput.IsZero() {
			c.GradInput.Float32s()[i] = g * w
		}
	}
	if len(c.GradParams) > 0 && !c.GradParams[0].IsZero() {
		c.GradParams[0].Float32s()[0] = dw
	}
	return nil
}

var testLoss = core.Component{
	Name: "sum", Doc: "Sums.", Targets: []core.TargetKind{core.TargetNone},
	Loss: func(core.Values) (core.Loss, error) { return sum{}, nil },
}

type sum struct{}

func (sum) Plan(core.LossInput) (core.LossPlan, error) { return core.LossPlan{Bytes: 12}, nil }

func (sum) Evaluate(_ context.Context, c core.LossCall) (total float64, err error) {
	if c.Targets.IsZero() || c.Targets.Len() != 0 {
		return 0, fmt.Errorf("%w: targets %v", core.ErrShape, c.Targets)
	}
	for i, p := range c.Predictions.Float32s() {
		total += float64(p)
		if !c.GradPredictions.IsZero() {
			c.GradPredictions.Float32s()[i] = 1
		}
	}
	return total, nil
}

var testAugmentation = core.Component{
	Name: "invert", Doc: "Inverts.",
	Augmentation: func(core.Values) (core.Augmentation, error) { return invert{}, nil },
}

type invert struct{}

func (invert) Plan(core.AugmentationInput) (core.AugmentationPlan, error) {
	return core.AugmentationPlan{Destroys: []core.Property{core.Handedness}}, nil
}

func (invert) Apply(_ context.Context, c core.AugmentationCall) error {
	for i, x := range c.Frames.Uint8s() {
		c.Output.Uint8s()[i] = x ^ byte(c.Keys.Uint64s()[0])
	}
	return nil
}

// twice is a strategy that transforms and does not compute targets.
type twice struct{}

var testStrategy = core.Component{
	Name: "twice", Doc: "Copies.",
	Strategy: func(core.Values) (core.Strategy, error) { return twice{}, nil },
}

func (twice) Plan(in core.StrategyInput) (core.StrategyPlan, error) {
	return core.StrategyPlan{Predict: "supervised", Branches: []core.Branch{{Name: "supervised", Outputs: in.Classes}}},
		nil
}

func (twice) Transform(_ context.Context, c core.TransformCall) error {
	if c.Branch != "proxy" || c.View != "v" || c.Step != 3 || c.Progress != 0.5 {
		return fmt.Errorf("the step changed: %+v %s", c.StepContext, c.View)
	}
	copy(c.Output.Uint8s(), c.Frames.Uint8s())
	copy(c.Output.Uint8s()[c.Frames.Len():], c.Frames.Uint8s())
	for i := range c.Targets.Float32s() {
		c.Targets.Float32s()[i] = float32(i)
	}
	return nil
}

// Compile-time proof that the tests cover each kind of call.
var (
	_ core.Module          = (*scale)(nil)
	_ core.Loss            = sum{}
	_ core.Augmentation    = invert{}
	_ core.ViewTransformer = twice{}
)
