package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"strings"
)

// Rival is a program that takes steps on request: it prints a line "ready", and for
// each line with a number n on its stdin takes n steps and prints
// {"seconds":…, "frames":…, "peak_bytes":…, "groups":{"prefix":…}}: the seconds that
// went into each of Groups, as far as it can distinguish them.
type Rival struct {
	Name    string
	Command []string

	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	stderr bytes.Buffer
}

// Start starts the rival and waits until it is ready.
func (r *Rival) Start(ctx context.Context) error {
	r.cmd = exec.CommandContext(ctx, r.Command[0], r.Command[1:]...)
	r.cmd.Stderr = &r.stderr
	in, err := r.cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("rival %s: %w", r.Name, err)
	}
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("rival %s: %w", r.Name, err)
	}
	r.in, r.out = in, bufio.NewReader(out)
	if err := r.cmd.Start(); err != nil {
		return fmt.Errorf("rival %s: %w", r.Name, err)
	}
	line, err := r.out.ReadString('\n')
	if err != nil || strings.TrimSpace(line) != "ready" {
		r.Stop()
		return fmt.Errorf("rival %s did not start: it said %q\n%s", r.Name, line, r.tail())
	}
	return nil
}

// Stop ends the rival.
func (r *Rival) Stop() {
	_ = r.in.Close() // the rival ends at the end of its input, or is killed
	_ = r.cmd.Process.Kill()
	_ = r.cmd.Wait()
}

func (r *Rival) steps(ctx context.Context, n int) (Round, int64, error) {
	before := cpuTime(r.cmd.Process.Pid)
	if _, err := fmt.Fprintln(r.in, n); err != nil {
		return Round{}, 0, fmt.Errorf("rival %s ended: %w\n%s", r.Name, err, r.tail())
	}
	line, err := r.out.ReadBytes('\n')
	if ctx.Err() != nil {
		return Round{}, 0, context.Cause(ctx)
	}
	if err != nil {
		return Round{}, 0, fmt.Errorf("rival %s ended: %w\n%s", r.Name, err, r.tail())
	}
	var said struct {
		Round
		Peak int64 `json:"peak_bytes"`
	}
	if err := json.Unmarshal(line, &said); err != nil || said.Seconds <= 0 || said.Frames <= 0 {
		return Round{}, 0, fmt.Errorf("rival %s said %q, which is no measurement", r.Name, line)
	}
	said.CPU = (cpuTime(r.cmd.Process.Pid) - before).Seconds()
	return said.Round, said.Peak, nil
}

// tail returns the last lines of the rival's stderr.
func (r *Rival) tail() string {
	lines := strings.Split(strings.TrimSpace(r.stderr.String()), "\n")
	return strings.Join(lines[max(0, len(lines)-5):], "\n")
}
