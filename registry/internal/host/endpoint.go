package host

import (
	"context"
	"errors"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"montage/core/wire"
	"montage/core/wire/pb"
)

func handshake() plugin.HandshakeConfig {
	return plugin.HandshakeConfig{ProtocolVersion: wire.Version, MagicCookieKey: wire.CookieKey,
		MagicCookieValue: wire.CookieValue}
}

// client joins the calls of the protocol to go-plugin.
type client struct{ plugin.NetRPCUnsupportedPlugin }

// GRPCClient makes the calls of a connection.
func (*client) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return pb.NewPluginClient(conn), nil
}

// GRPCServer is never called: a host serves nobody.
func (*client) GRPCServer(*plugin.GRPCBroker, *grpc.Server) error { return errors.ErrUnsupported }
