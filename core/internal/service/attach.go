package service

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
	"google.golang.org/protobuf/proto"

	"montage/core/hint"
	"montage/core/wire"
	"montage/core/wire/pb"
)

// attachFile finds the socket that a person asked for, by flag or environment. The flag
// wins over the environment. Other arguments are the program's own and are passed over.
func attachFile(args []string) (string, error) {
	file := os.Getenv(wire.AttachKey)
	for i, a := range args {
		if value, ok := strings.CutPrefix(a, wire.AttachFlag+"="); ok {
			file = value
		} else if a == wire.AttachFlag && i+1 < len(args) {
			file = args[i+1]
		} else if a == wire.AttachFlag {
			return "", hint.With(fmt.Errorf("%s needs a file", wire.AttachFlag), "%s /tmp/plugin.sock", wire.AttachFlag)
		}
	}
	if file == "" {
		return "", nil
	}
	// The path is printed for a person, who may start the runner in another folder.
	return filepath.Abs(file)
}

// waitAt listens on a socket until a runner uses this program for a run.
func (s *service) waitAt(file string) error {
	listener, err := listen(file)
	if err != nil {
		return err
	}
	defer listener.Close() // which removes the file
	fmt.Fprintf(os.Stderr, "plugin %q waits for a runner:\n  runner exec SPEC --attach %s=%s\n", s.hello.name,
		s.hello.name, file)
	for {
		conn, err := listener.AcceptUnix()
		if err != nil {
			return err
		}
		// A connection that makes no sense does not end the wait: the next one may be the
		// run.
		taken, err := s.answer(conn)
		if err != nil {
			fmt.Fprintln(os.Stderr, "this plugin does not understand a request of a runner:", err)
		}
		if taken {
			fmt.Fprintln(os.Stderr, "a runner is here; the program ends with its run")
			return nil
		}
		_ = conn.Close()
	}
}

// listen makes a socket that no other user can open. The mask does that, and not a change
// of permissions afterwards, which would leave a moment for others to connect.
func listen(file string) (*net.UnixListener, error) {
	if len(file) > wire.LongestSocket {
		return nil, wire.ErrSocketName
	}
	if err := clear(file); err != nil {
		return nil, err
	}
	// The mask is the whole process's, so it is put back at once.
	before := unix.Umask(0o177)
	defer unix.Umask(before)
	return net.ListenUnix("unix", &net.UnixAddr{Name: file, Net: "unix"})
}

// clear removes the socket of a program that was killed, and nothing else. The file
// outlives its program and listening would fail on it; only a connection shows whether
// anybody still waits.
func clear(file string) error {
	info, err := os.Lstat(file)
	if err != nil {
		return nil // nothing is there, or listening says why it cannot be
	}
	if info.Mode().Type() != fs.ModeSocket {
		return hint.With(fmt.Errorf("%s exists and is not a socket", file), "name a new file after %s",
			wire.AttachFlag)
	}
	if conn, err := net.Dial("unix", file); err == nil {
		_ = conn.Close()
		return hint.With(fmt.Errorf("another program waits at %s", file), "end it, or name another file after %s",
			wire.AttachFlag)
	}
	return os.Remove(file)
}

// answer serves one connection, and reports whether it is the one of a run.
func (s *service) answer(conn *net.UnixConn) (taken bool, err error) {
	r, rights, err := receive(conn)
	switch {
	case err != nil:
		return false, err
	// A runner that only lists its plugins asks and goes away. The program waits on.
	case r.Describe:
		reply, err := s.Describe(context.Background(), &pb.DescribeRequest{})
		if err != nil {
			return false, err
		}
		document, err := proto.Marshal(reply)
		if err == nil {
			_, err = conn.Write(document)
		}
		return false, err
	case len(rights) != 3:
		return false, fmt.Errorf("%d descriptors came with the request, expected 3", len(rights))
	}
	// The start-up line goes where the runner reads. The file stays open for as long as we
	// run: by its end the runner sees ours.
	if s.attached, err = conn.File(); err != nil {
		return false, err
	}
	os.Stdout = s.attached
	s.files = descriptors{rights[0], rights[1], rights[2]}
	// Nothing but what the handshake needs: the person who started this program chose the
	// rest of its environment, and keeps it.
	for _, pair := range r.Env {
		name, value, _ := strings.Cut(pair, "=")
		// go-plugin reads its settings from variables that begin so.
		if name == wire.CookieKey || strings.HasPrefix(name, "PLUGIN_") {
			if err := os.Setenv(name, value); err != nil {
				return false, err
			}
		}
	}
	// attached is a duplicate and stays open.
	return true, conn.Close()
}

// longestRequest is far more than a runner sends.
const longestRequest = 64 << 10

// receive reads a request, and the descriptors that come with it.
func receive(conn *net.UnixConn) (r wire.AttachRequest, rights []int, err error) {
	var text []byte
	// A socket is a stream: the request may come in parts, and the descriptors with any of
	// them.
	for !bytes.HasSuffix(text, []byte("\n")) {
		// Room for three descriptors, 4 bytes each.
		part, control := make([]byte, 4<<10), make([]byte, unix.CmsgSpace(3*4))
		n, controls, _, _, err := conn.ReadMsgUnix(part, control)
		if err != nil {
			return r, nil, err
		}
		// Nothing read means that the other side left before the end of its line.
		if text = append(text, part[:n]...); len(text) > longestRequest || n == 0 {
			return r, nil, errors.New("it is not a request")
		}
		messages, err := unix.ParseSocketControlMessage(control[:controls])
		if err != nil {
			return r, nil, err
		}
		for _, m := range messages {
			// Control messages of another kind are not for us.
			if found, err := unix.ParseUnixRights(&m); err == nil {
				rights = append(rights, found...)
			}
		}
	}
	return r, rights, json.Unmarshal(text, &r)
}
