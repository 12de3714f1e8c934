package host

import (
	"context"
	"io"
	"path/filepath"
	"strconv"
)

// What go-plugin sees of a child, besides Start: its interface runner.Runner.

// Stdout is the start-up line.
func (c *child) Stdout() io.ReadCloser { return c.pipes.shown.read }

// Stderr is empty, and ends with the process.
func (c *child) Stderr() io.ReadCloser { return c.pipes.silence.read }

// Name is the program.
func (c *child) Name() string { return c.command.Path }

// Diagnose adds nothing: explain does.
func (c *child) Diagnose(context.Context) string { return "" }

// Wait waits for the end of the process.
func (c *child) Wait(context.Context) error { <-c.done; return nil }

// Kill does nothing: Start and Process kill, after the process's last words.
func (c *child) Kill(context.Context) error { return nil }

// ID is the process number, empty before the start.
func (c *child) ID() string {
	if pid := c.pid(); pid != 0 {
		return strconv.Itoa(pid)
	}
	return ""
}

// PluginToHost leaves addresses as they are.
func (c *child) PluginToHost(network, address string) (string, string, error) {
	return network, filepath.Clean(address), nil
}

// HostToPlugin leaves addresses as they are.
func (c *child) HostToPlugin(network, address string) (string, string, error) {
	return network, address, nil
}
