package host

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// child is one process of a plugin. It implements go-plugin's runner.Runner, so that we
// keep control of the process: go-plugin sees the first line of its stdout, if that is
// sound, and nothing of its stderr. For go-plugin the process ends when it has ended, not
// when the last of its children closes a pipe.
type child struct {
	command Command
	journal *journal
	env     []string // of go-plugin
	folder  string   // of the socket
	pipes   pipes
	done    chan struct{} // closed when the process is reaped and its output read
	stop    chan struct{} // closed by the first kill

	mu     sync.Mutex    // guards what follows
	cmd    *exec.Cmd     // nil until started
	conn   *net.UnixConn // in its place, to a program that a person started
	ended  bool          // reaped: its process group must not be signalled any more
	other  int           // its process number, 0 where the system does not say
	killed bool
	ending ending
	first  *line // of its stdout
}

// line is what was read as the first line of stdout.
type line struct {
	text    string
	problem string // what keeps it from being a start-up line
	hint    string
}

// pipes join the process to us, and us to go-plugin.
type pipes struct {
	live           *os.File // whose closing ends the plugin
	stdout, stderr *os.File // what the process prints
	shown, silence shown    // what go-plugin sees of either
}

// shown is one stream as go-plugin sees it.
type shown struct {
	read  *io.PipeReader
	write *io.PipeWriter
}

func newChild(c Command, j *journal) *child {
	made := &child{command: c, journal: j, done: make(chan struct{}), stop: make(chan struct{})}
	made.pipes.shown.read, made.pipes.shown.write = io.Pipe()
	made.pipes.silence.read, made.pipes.silence.write = io.Pipe()
	return made
}

var errKilledEarly = errors.New("killed before it was started")

// Start starts the process. go-plugin calls it.
func (c *child) Start(context.Context) error {
	if c.command.Attach != "" {
		return c.attach()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.killed {
		return errKilledEarly
	}
	cmd := exec.Command(c.command.Path, c.command.Args...)
	cmd.Env = append(c.command.environment(), c.env...)
	cmd.SysProcAttr = separate()
	theirs, err := c.connect(cmd)
	if err == nil {
		err = cmd.Start()
	}
	for _, f := range theirs {
		_ = f.Close()
	}
	if err != nil {
		c.pipes.close()
		return err
	}
	c.cmd = cmd
	var readers sync.WaitGroup
	readers.Go(func() { c.readStdout(c.pipes.stdout) })
	readers.Go(func() { c.copy(c.pipes.stderr) })
	go c.wait(&readers)
	return nil
}

// connect makes the pipes. It returns the ends that only the process needs.
func (c *child) connect(cmd *exec.Cmd) (theirs []*os.File, err error) {
	open := func() (r, w *os.File) {
		if err == nil {
			r, w, err = os.Pipe()
		}
		return r, w
	}
	live, liveEnd := open()
	stdout, stdoutEnd := open()
	stderr, stderrEnd := open()
	c.pipes.live, c.pipes.stdout, c.pipes.stderr = liveEnd, stdout, stderr
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = stdoutEnd, stderrEnd, []*os.File{live}
	if c.command.State != nil {
		cmd.ExtraFiles = append(cmd.ExtraFiles, c.command.State.Descriptor(), c.command.Work.Descriptor())
	}
	return []*os.File{live, stdoutEnd, stderrEnd}, err
}

func (p *pipes) close() {
	p.closeShown()
	for _, f := range []*os.File{p.live, p.stdout, p.stderr} {
		_ = f.Close() // a nil file only returns an error
	}
}

func (p *pipes) closeShown() {
	_ = p.shown.write.Close()
	_ = p.silence.write.Close()
}

// wait reaps the process, and with it what it started.
func (c *child) wait(readers *sync.WaitGroup) {
	_ = c.cmd.Wait() // the state says more
	c.mu.Lock()
	c.ended, c.ending.state = true, c.cmd.ProcessState
	// No other group takes this number in these microseconds.
	_ = syscall.Kill(-c.cmd.Process.Pid, syscall.SIGKILL)
	c.mu.Unlock()
	c.pipes.closeShown() // go-plugin need not be reading any more
	// A descendant that left the group may still hold the pipes.
	soon := time.Now().Add(exitGrace)
	_ = c.pipes.stdout.SetReadDeadline(soon)
	_ = c.pipes.stderr.SetReadDeadline(soon)
	readers.Wait()
	c.pipes.close()
	close(c.done)
}

// readStdout hands go-plugin the start-up line and logs the rest.
func (c *child) readStdout(from io.Reader) {
	in := bufio.NewReaderSize(from, 4<<10)
	text, err := in.ReadSlice('\n')
	if len(text) > 0 || err == nil {
		first := examine(string(text), c.folder)
		c.mu.Lock()
		c.first = &first
		c.mu.Unlock()
		if first.problem == "" {
			_, _ = c.pipes.shown.write.Write([]byte(first.text + "\n"))
		}
	}
	if c.firstProblem() != "" || err == io.EOF {
		_ = c.pipes.shown.write.Close() // ends go-plugin's waiting
	}
	c.copy(in)
}

func (c *child) firstProblem() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.first == nil {
		return ""
	}
	return c.first.problem
}

func (c *child) copy(in io.Reader) {
	o := &pluginOutput{journal: c.journal}
	_, _ = io.Copy(o, in) // ends with the process, however it does
	o.flush()
}

// kill ends the process and its group. It may be called at any time; the first
// reason is the one that is reported.
func (c *child) kill(why string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.killed {
		close(c.stop)
	}
	c.killed = true
	if c.conn != nil {
		c.release()
		return
	}
	if c.cmd != nil && !c.ended {
		if c.ending.why == "" {
			c.ending.why = why
		}
		_ = syscall.Kill(-c.cmd.Process.Pid, syscall.SIGKILL)
	}
}

func (c *child) begun() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cmd != nil || c.conn != nil
}

// waitFor reports whether the process ends within a time.
func (c *child) waitFor(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-c.done:
		return true
	case <-timer.C:
		return false
	}
}

func (c *child) pid() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.conn != nil:
		return c.other
	case c.cmd != nil:
		return c.cmd.Process.Pid
	}
	return 0
}

// end returns how the process ended.
func (c *child) end() ending {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ending
}
