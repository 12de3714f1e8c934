package wire

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/rs/zerolog"
	"golang.org/x/sys/unix"
	"google.golang.org/grpc"

	"montage/core"
	"montage/core/wire/pb"
)

// Serve serves the components to the runner that started this process, until the
// runner is done or gone. The error tells the author of a component what is
// wrong with its declaration, or a person that plugins are not started by hand.
func Serve(name, version string, components []core.Component) error {
	if err := checkServed(name, components); err != nil {
		return err
	}
	if os.Getenv(cookieKey) != cookieValue {
		return fmt.Errorf("plugin %q is started by the runner, not by hand\nhint: put it into a plugin folder, or try `runner plugin test %s`", name, os.Args[0])
	}
	signal.Ignore(os.Interrupt) // Ctrl-C is for the runner, which decides what happens to plugins
	keepDescriptors()
	go endWithRunner()

	s := newService(hello{name, version, components}, zerolog.New(os.Stderr).With().Timestamp().Logger())
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: handshake(),
		Plugins:         plugin.PluginSet{serviceName: &endpoint{service: s}},
		Logger:          hclog.NewNullLogger(),
		GRPCServer: func(options []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(options, grpc.MaxRecvMsgSize(MaxMessage), grpc.MaxSendMsgSize(MaxMessage),
				grpc.UnaryInterceptor(s.guard))...)
		},
	})
	return nil
}

func checkServed(name string, components []core.Component) error {
	if len(components) == 0 {
		return fmt.Errorf("plugin %q has no components", name)
	}
	var faults []error
	seen := map[string]bool{}
	for _, c := range components {
		faults = append(faults, c.Check())
		id := c.Description().ID()
		if seen[id] {
			faults = append(faults, fmt.Errorf("component %s is served twice", id))
		}
		seen[id] = true
	}
	if err := errors.Join(faults...); err != nil {
		return fmt.Errorf("plugin %q: %w", name, err)
	}
	return nil
}

// keepDescriptors keeps what the runner handed over from the programs that a
// component might start: they would hold the memory, and the pipe, beyond our end.
func keepDescriptors() {
	for fd := descriptorLive; fd <= descriptorWork; fd++ {
		unix.CloseOnExec(fd)
	}
}

// endWithRunner ends the process when the runner is gone, however it went: only
// the runner holds the other end of this pipe.
func endWithRunner() {
	_, _ = os.NewFile(descriptorLive, "liveness").Read(make([]byte, 1))
	os.Exit(0)
}

func handshake() plugin.HandshakeConfig {
	return plugin.HandshakeConfig{ProtocolVersion: Version, MagicCookieKey: cookieKey, MagicCookieValue: cookieValue}
}

// endpoint joins the service to go-plugin, on both sides.
type endpoint struct {
	plugin.NetRPCUnsupportedPlugin
	service *service
}

// GRPCServer is the plugin's side.
func (e *endpoint) GRPCServer(_ *plugin.GRPCBroker, server *grpc.Server) error {
	pb.RegisterPluginServer(server, e.service)
	return nil
}

// GRPCClient is the host's side.
func (e *endpoint) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return pb.NewPluginClient(conn), nil
}
