package host

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"montage/core/hint"
	"montage/core/shm"
	"montage/core/wire"
	"montage/registry/clock"
)

// Command says how a plugin's program is started.
type Command struct {
	// Name is the plugin's, for messages and logs.
	Name string
	Path string
	Args []string
	// Env is added to what plugins may see of the runner's environment.
	Env []string
	// State and Work are inherited. Both nil starts a plugin to describe itself.
	State, Work *shm.Segment
	// Attach is the socket of a program that a person started by hand with
	// --attach, instead of Path: it is waited for, has no deadlines and is never killed.
	Attach string
	// Ready is how long it may take to be ready, wire.StartDeadline when 0.
	Ready time.Duration
	// Deadline is for one call that computes, wire.CallDeadline when 0.
	Deadline time.Duration
	// Clock, when set, measures all calls.
	Clock *clock.Clock
}

// visible lists what plugins see of the runner's environment. The rest could
// change what they compute, or is private.
var visible = []string{
	"PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR",
	"GOMAXPROCS", "GOMEMLIMIT", "GOGC", "GODEBUG", "GOTRACEBACK", "GOCOVERDIR",
	"OMP_NUM_THREADS", "CUDA_VISIBLE_DEVICES", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH",
	"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV",
}

func (c Command) environment() []string {
	var env []string
	for _, name := range visible {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return append(env, c.Env...)
}

func (c Command) String() string {
	if c.Attach != "" {
		return "the program that listens at " + c.Attach
	}
	return strings.Join(append([]string{c.Path}, c.Args...), " ")
}

// longestFolder leaves, of the 104 bytes that a socket's path may have on every
// system, room for what go-plugin appends: /plugin-dir and /plugin, with ten digits each.
const longestFolder = 104 - 2*len("/plugin-dir0123456789")

// staleSocket is the age at which a socket folder no longer belongs to a start.
const staleSocket = 3 * wire.StartDeadline

// socketFolder returns the folder of this user in which starting plugins make
// their sockets, and removes what killed runners left there.
func socketFolder() (string, error) {
	parent := os.TempDir()
	name := fmt.Sprintf("montage-%d", os.Getuid())
	if len(filepath.Join(parent, name)) > longestFolder {
		parent = "/tmp"
	}
	dir := filepath.Join(parent, name)
	if err := os.Mkdir(dir, 0o700); err != nil && !os.IsExist(err) {
		return "", fmt.Errorf("folder for sockets: %w", err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return "", fmt.Errorf("folder for sockets: %w", err)
	}
	if !info.IsDir() || !ownedByUser(info) {
		return "", hint.With(fmt.Errorf("folder for sockets: %s must be a folder of your own, it is %v", dir,
			info.Mode()), "remove it, or set TMPDIR to a folder of your own")
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return "", fmt.Errorf("folder for sockets: %w", err)
	}
	sweep(dir)
	return dir, nil
}

func sweep(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return // a start that fails for this reason says so itself
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > staleSocket {
			_ = os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}
}
