package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"
	"github.com/rs/zerolog"
	"google.golang.org/grpc"

	"montage/core"
	"montage/core/wire"
	"montage/core/wire/pb"
)

// Hello is what a plugin's program says of itself.
type Hello struct {
	Name       string
	Version    string
	Components []core.Description
	// Protocol is the version of the protocol that both sides speak, 0 where nothing
	// was served yet.
	Protocol int
	// Capabilities are those of the plugin, known to this runner or not.
	Capabilities []string
}

// Describe asks a plugin's program what it serves, and ends it.
func Describe(ctx context.Context, c Command, log zerolog.Logger) (Hello, error) {
	if c.Attach != "" {
		return describeAttached(ctx, c, log)
	}
	p, err := Start(ctx, c, log)
	if err != nil {
		return Hello{}, err
	}
	defer p.Kill()
	return p.Hello(), nil
}

// Start starts a plugin's program and asks what it serves. The error is a
// *StartError, unless the runner itself is at fault.
func Start(ctx context.Context, c Command, log zerolog.Logger) (*Process, error) {
	folder, err := socketFolder()
	if err != nil {
		return nil, err
	}
	if c.Deadline == 0 {
		c.Deadline = wire.CallDeadline
	}
	if c.Ready == 0 {
		c.Ready = wire.StartDeadline
	}
	child := newChild(c, newJournal(log, c.Name))
	p := &Process{command: c, child: child, client: newClient(child, folder)}

	ctx, ended := p.timed(ctx, call{what: "start"})
	limited, cancel := p.limited(ctx, c.Ready)
	defer cancel()
	stop := context.AfterFunc(limited, func() { child.kill("it was not ready in time") }) // ends every step below
	defer stop()
	// In a goroutine of its own: the plugin dies with the thread that starts it, and the
	// caller's thread may be locked to its goroutine and end with it.
	result := make(chan error, 1)
	go func() { result <- p.connect(limited) }()
	err = <-result
	if err != nil {
		err = p.startFailed(ctx, limited, err)
	}
	// Not earlier: the reader of the start-up line looks for the folder. A plugin that runs
	// has its one connection by now. A folder that is gone cannot be left behind by a
	// runner that is killed.
	if child.folder != "" {
		_ = os.RemoveAll(child.folder)
	}
	ended(err)
	if err != nil {
		return nil, err
	}
	return p, nil
}

func (p *Process) startFailed(ctx, limited context.Context, err error) error {
	if limited.Err() != nil {
		err = errors.Join(limited.Err(), err)
	}
	if p.child.begun() && p.child.firstProblem() == "" {
		p.child.waitFor(exitGrace) // for the status and the last words
	}
	explained := p.child.explain(err, ctx)
	p.Kill()
	return explained
}

func newClient(c *child, folder string) *plugin.Client {
	return plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig:  handshake(),
		VersionedPlugins: spoken.sets(),
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		Logger:           hclog.NewNullLogger(), // the child's output goes past go-plugin
		SyncStdout:       &pluginOutput{journal: c.journal},
		SyncStderr:       &pluginOutput{journal: c.journal},
		SkipHostEnv:      true,
		StartTimeout:     never, // ours is another
		UnixSocketConfig: &plugin.UnixSocketConfig{TempDir: folder},
		GRPCDialOptions: []grpc.DialOption{
			grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(wire.MaxMessage),
				grpc.MaxCallSendMsgSize(wire.MaxMessage)),
			grpc.WithUnaryInterceptor(takeTrailer),
			grpc.WithIdleTimeout(0), // an idle connection would be closed, and could not be made again
		},
		RunnerFunc: func(_ hclog.Logger, cmd *exec.Cmd, dir string) (runner.Runner, error) {
			c.env, c.folder = cmd.Env, dir
			return c, nil
		},
	})
}

// connect does what can block or panic in go-plugin. Killing the process ends it.
func (p *Process) connect(ctx context.Context) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("go-plugin: %v", r)
		}
	}()
	if _, err := p.client.Start(); err != nil {
		return err
	}
	protocol, err := p.client.Client()
	if err != nil {
		return err
	}
	api, err := protocol.Dispense(wire.ServiceName)
	if err != nil {
		return err
	}
	p.api = api.(pb.PluginClient) // what client returns
	p.hello, err = describe(ctx, p.api)
	p.hello.Protocol = p.client.NegotiatedVersion()
	return err
}

func describe(ctx context.Context, api pb.PluginClient) (Hello, error) {
	reply, err := api.Describe(ctx, &pb.DescribeRequest{Capabilities: wire.Capabilities()})
	if err != nil {
		return Hello{}, wire.FromStatus("describe", err)
	}
	return greet(reply)
}

// greet reads what a plugin says of itself.
func greet(reply *pb.DescribeReply) (Hello, error) {
	if err := lacking(reply.GetRequires()); err != nil {
		return Hello{}, err
	}
	h := Hello{Name: reply.GetName(), Version: reply.GetVersion(), Capabilities: reply.GetCapabilities()}
	for i, document := range reply.GetComponents() {
		var d core.Description
		if err := json.Unmarshal(document, &d); err != nil {
			return Hello{}, fmt.Errorf("description %d: %w", i, err)
		}
		h.Components = append(h.Components, d)
	}
	if h.Name == "" || h.Version == "" || len(h.Components) == 0 {
		return Hello{}, fmt.Errorf("it says name %q, version %q and %d components; all are needed", h.Name, h.Version,
			len(h.Components))
	}
	return h, nil
}
