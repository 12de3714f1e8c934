package wire

import "errors"

// Attaching: a program that a person started, perhaps in a debugger, listens on a
// socket that only its user may open. A runner connects once to ask what it serves,
// and once to hand over what a child of its own would have inherited: the
// environment of go-plugin, the pipe and the memory. From then on that connection is
// the program's stdout, and all goes on as with a child, save that the runner sets
// no deadlines and never kills it.

// attachFlag and attachKey name the socket to a plugin's program.
const (
	attachFlag = "--attach"
	attachKey  = "RUNNER_ATTACH"
)

// request is the one line that a runner sends.
type request struct {
	// Describe asks for a marshalled DescribeReply, and no more.
	Describe bool `json:"describe,omitempty"`
	// Env is what go-plugin would set for a child. The descriptors, in the order live,
	// STATE, WORK, come along as rights.
	Env []string `json:"env,omitempty"`
}

// longestSocket is what every system takes as the path of a socket.
const longestSocket = 103

var errSocketName = errors.New("the path of the socket is longer than 103 bytes\nhint: take one in /tmp")
