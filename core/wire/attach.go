package wire

import (
	"errors"

	"montage/core/hint"
)

// Attaching: a program that a person started, perhaps in a debugger, listens on a
// socket that only its user may open. A runner connects once to ask what it serves,
// and once to hand over what a child of its own would have inherited: the
// environment of go-plugin, the pipe and the memory. From then on that connection is
// the program's stdout, and all else is as with a child, except that the runner sets
// no deadlines and never kills it.

// AttachFlag and AttachKey name the socket to a plugin's program: a flag, and a
// variable of its environment.
const (
	AttachFlag = "--attach"
	AttachKey  = "RUNNER_ATTACH"
)

// AttachRequest is the one line that a runner sends.
type AttachRequest struct {
	// Describe asks for a marshalled DescribeReply, and no more.
	Describe bool `json:"describe,omitempty"`
	// Env is what go-plugin would set for a child. The descriptors, in the order live,
	// STATE, WORK, come along as rights.
	Env []string `json:"env,omitempty"`
}

// LongestSocket is the longest path of a socket, in bytes, that every system takes. The
// address of a socket has 104 bytes on macOS and 108 on Linux, with a zero at the end.
const LongestSocket = 103

// ErrSocketName says that the path of a socket is too long.
var ErrSocketName = hint.With(errors.New("the path of the socket is longer than 103 bytes"), "take one in /tmp")
