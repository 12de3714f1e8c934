package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/sys/unix"
	"google.golang.org/protobuf/proto"

	"montage/core/hint"
	"montage/core/wire"
	"montage/core/wire/pb"
)

// attachPoll is how often we look for a socket that does not exist yet.
const attachPoll = 100 * time.Millisecond

// attach hands over what a child would inherit to a program that a person started.
func (c *child) attach() error {
	conn, err := reach(c.command, c.journal.log, c.stop)
	if err != nil {
		return err
	}
	live, liveEnd, err := os.Pipe()
	if err != nil {
		_ = conn.Close()
		return err
	}
	defer live.Close()
	rights := []int{int(live.Fd())}
	if c.command.State != nil {
		rights = append(rights, int(c.command.State.Descriptor().Fd()), int(c.command.Work.Descriptor().Fd()))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.killed {
		err = errKilledEarly
	} else {
		err = send(conn, wire.AttachRequest{Env: c.env}, unix.UnixRights(rights...))
	}
	if err != nil {
		_, _ = conn.Close(), liveEnd.Close()
		return err
	}
	c.conn, c.other, c.pipes.live = conn, peer(conn), liveEnd
	go c.follow()
	return nil
}

// reach connects to the socket, and waits until there is one.
func reach(c Command, log zerolog.Logger, stop <-chan struct{}) (*net.UnixConn, error) {
	for waits := false; ; {
		conn, err := dial(c.Attach)
		if err == nil || !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ECONNREFUSED) {
			return conn, err
		}
		if !waits {
			log.Warn().Str("socket", c.Attach).Msgf("waiting for the plugin to be started with %s %s",
				wire.AttachFlag, c.Attach)
			waits = true
		}
		select {
		case <-stop:
			return nil, errKilledEarly
		case <-time.After(attachPoll):
		}
	}
}

// dial connects only to a socket of this user.
func dial(path string) (*net.UnixConn, error) {
	if len(path) > wire.LongestSocket {
		return nil, &misfitError{"cannot be reached: " + wire.ErrSocketName.Error(),
			hint.Join(hint.Of(wire.ErrSocketName))}
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case info.Mode().Type() != fs.ModeSocket:
		return nil, &misfitError{path + " is not a socket",
			"name the file that the plugin was given with " + wire.AttachFlag}
	case !ownedByUser(info):
		return nil, &misfitError{path + " belongs to another user", ""}
	}
	return net.DialUnix("unix", nil, &net.UnixAddr{Name: path, Net: "unix"})
}

func send(conn *net.UnixConn, r wire.AttachRequest, rights []byte) error {
	document, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, _, err = conn.WriteMsgUnix(append(document, '\n'), rights, nil)
	return err
}

// follow reads the program's start-up line and waits for its end.
func (c *child) follow() {
	c.readStdout(c.conn)
	c.mu.Lock()
	c.ended = true
	if c.ending.text = "it closed its connection"; c.killed {
		c.ending.text = "the runner closed the connection"
	}
	c.release()
	c.mu.Unlock()
	c.pipes.closeShown()
	close(c.done)
}

// release disconnects from an attached program, which then ends by itself. One that a
// debugger holds does so when its user continues it. The caller holds c.mu.
func (c *child) release() {
	_, _ = c.pipes.live.Close(), c.conn.Close()
}

// describeAttached asks a listening program what it serves. The program keeps listening.
func describeAttached(ctx context.Context, c Command, log zerolog.Logger) (Hello, error) {
	failed := func(err error) (Hello, error) {
		ch := newChild(c, newJournal(log, c.Name))
		return Hello{}, ch.explain(err, ctx)
	}
	conn, err := reach(c, newJournal(log, c.Name).log, ctx.Done())
	if err != nil {
		return failed(err)
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	if err := send(conn, wire.AttachRequest{Describe: true}, nil); err != nil {
		return failed(err)
	}
	document, err := io.ReadAll(io.LimitReader(conn, wire.MaxMessage))
	if err != nil {
		return failed(err)
	}
	reply := &pb.DescribeReply{}
	if err := proto.Unmarshal(document, reply); err != nil {
		return failed(&misfitError{fmt.Sprintf("answered with something other than its description: %v", err), ""})
	}
	hello, err := greet(reply)
	var misfit *misfitError
	if err != nil && !errors.As(err, &misfit) {
		err = &misfitError{"gave a description that cannot be used: " + err.Error(), ""}
	}
	if err != nil {
		return failed(err)
	}
	return hello, nil
}
