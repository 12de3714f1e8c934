package service

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
	"montage/core/hint"
	"montage/core/wire"
	"montage/core/wire/pb"
)

// Serve serves the components to the runner that started this process, until the
// runner is done or gone. The error says what is wrong with the declaration of a
// component, or that plugins are not started by hand.
func Serve(name, version string, components []core.Component) error {
	// First, so that an author who starts the program by hand learns of mistakes.
	if err := checkServed(name, components); err != nil {
		return err
	}
	s := newService(hello{name, version, components}, zerolog.New(os.Stderr).With().Timestamp().Logger())
	file, err := attachFile(os.Args[1:])
	switch {
	case err != nil:
		return fmt.Errorf("plugin %q: %w", name, err)
	case os.Getenv(wire.CookieKey) == wire.CookieValue:
		signal.Ignore(os.Interrupt) // Ctrl-C is for the runner, which decides what happens to plugins
	// Started by hand, so Ctrl-C ends it as it would any program.
	case file != "":
		if err := s.waitAt(file); err != nil {
			return fmt.Errorf("plugin %q: %w", name, err)
		}
	default:
		return hint.With(fmt.Errorf("plugin %q is started by the runner, not by hand", name),
			"put it into a plugin folder, or try `runner plugin test %s`; to debug it, start it with --attach FILE",
			os.Args[0])
	}
	s.serve()
	return nil
}

// serve returns when go-plugin has stopped the server.
func (s *service) serve() {
	s.files.closeOnExec()
	go s.files.endWithRunner()
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig:  handshake(),
		VersionedPlugins: s.sets(),
		Logger:           hclog.NewNullLogger(),
		// go-plugin sets no limits, and the default of gRPC refuses more than 4 MiB.
		GRPCServer: func(options []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(options, grpc.UnaryInterceptor(s.guard),
				grpc.MaxRecvMsgSize(wire.MaxMessage), grpc.MaxSendMsgSize(wire.MaxMessage))...)
		},
	})
}

// checkServed returns everything that is wrong at once, so that an author need not start
// the program once for each mistake.
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

// closeOnExec keeps what the runner handed over from the programs that a component
// starts: they would hold the memory and the pipe open after our end.
func (d descriptors) closeOnExec() {
	for _, fd := range []int{d.live, d.state, d.work} {
		unix.CloseOnExec(fd)
	}
}

// endWithRunner ends the process when the runner has ended, in whatever way: only the
// runner holds the other end of this pipe. It does not wait for calls: nothing here is
// worth saving, and a component may compute for a long time yet.
func (d descriptors) endWithRunner() {
	// Nobody writes to the pipe. The read returns when its last writer has ended.
	_, _ = os.NewFile(uintptr(d.live), "liveness").Read(make([]byte, 1))
	os.Exit(0)
}

// handshake names the cookie that the runner sets in our environment.
func handshake() plugin.HandshakeConfig {
	return plugin.HandshakeConfig{ProtocolVersion: wire.Version, MagicCookieKey: wire.CookieKey,
		MagicCookieValue: wire.CookieValue}
}

// sets offers the service under every version of the protocol, of which go-plugin
// takes the newest that the runner speaks too.
func (s *service) sets() map[int]plugin.PluginSet {
	sets := map[int]plugin.PluginSet{}
	for v := wire.MinVersion; v <= wire.Version; v++ {
		sets[v] = plugin.PluginSet{wire.ServiceName: &endpoint{service: s}}
	}
	return sets
}

// endpoint joins the service to go-plugin.
type endpoint struct {
	plugin.NetRPCUnsupportedPlugin
	service *service
}

// GRPCServer registers the service.
func (e *endpoint) GRPCServer(_ *plugin.GRPCBroker, server *grpc.Server) error {
	pb.RegisterPluginServer(server, e.service)
	return nil
}

// GRPCClient is never called: a plugin calls nobody.
func (e *endpoint) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, errors.ErrUnsupported
}
