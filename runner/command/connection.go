package command

import (
	"errors"
	"fmt"
	"syscall"
	"time"

	"montage/core/shm"
	"montage/core/tensor"
	"montage/registry"
)

// connection is a session of one program, as the conformance kit wants it.
type connection struct{ session *registry.Session }

// Map makes the shared memory.
func (c connection) Map(state, work int64) (stateMemory, workMemory []byte, err error) {
	if err := c.session.Map(state, work); err != nil {
		return nil, nil, err
	}
	if stateMemory, err = whole(c.session.State()); err != nil {
		return nil, nil, err
	}
	workMemory, err = whole(c.session.Work())
	return stateMemory, workMemory, err
}

func whole(s *shm.Segment) ([]byte, error) {
	t, err := s.View(0, tensor.Uint8, []int{int(s.Size())})
	return t.Bytes(), err
}

// Process is the process number, 0 while none runs.
func (c connection) Process() int {
	for _, p := range c.session.Processes() {
		return p.PID
	}
	return 0
}

// restartDeadline is for a killed process to be reaped.
const restartDeadline = 5 * time.Second

// Restart kills the process as a machine without memory would. The session starts
// another at the next call.
func (c connection) Restart() error {
	pid := c.Process()
	if pid == 0 {
		return errors.New("there is no process to end")
	}
	if err := syscall.Kill(-pid, syscall.SIGKILL); err != nil {
		return fmt.Errorf("end process %d: %w", pid, err)
	}
	for end := time.Now().Add(restartDeadline); c.Process() == pid; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			return fmt.Errorf("process %d is still there %v after it was killed", pid, restartDeadline)
		}
	}
	return nil
}
