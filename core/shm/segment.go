// Package shm is memory that the runner and its plugins share, so that tensors
// never travel through a socket.
//
// A segment is a file without a name. It is created empty, because plugins inherit its
// descriptor when they start, before the runner knows how much memory the run needs. It
// grows once, to the size that planning found; then both sides map it. The kernel frees it
// with the last process that has it open, so a crash leaves nothing behind.
package shm

import (
	"errors"
	"fmt"
	"math"
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"montage/core/hint"
	"montage/core/tensor"
)

// Access says what plugins may do with a segment. The runner may always write.
type Access int

// The accesses.
const (
	ReadOnly Access = iota
	ReadWrite
)

// Segment is one piece of shared memory. Its tensors are valid until Close. Calls may run
// side by side, except Grow and Close, which change memory without a lock.
type Segment struct {
	name   string
	place  string   // where the file lies, for messages
	file   *os.File // what this side maps
	lent   *os.File // what plugins inherit, nil on their side
	memory []byte   // nil until grown or opened

	mu   sync.Mutex // guards next
	next int64      // the first byte that is not handed out
}

// Create makes an empty segment that plugins can use as access says. The name is for
// messages.
func Create(name string, access Access) (*Segment, error) {
	file, place, err := nameless(access)
	if err != nil {
		return nil, fmt.Errorf("shared memory %s: %w", name, err)
	}
	return &Segment{name: name, place: place, file: file.own, lent: file.lent}, nil
}

// Descriptor returns the file that a plugin inherits. The segment still owns it.
func (s *Segment) Descriptor() *os.File { return s.lent }

// Size returns the bytes of the segment, 0 before Grow.
func (s *Segment) Size() int64 { return int64(len(s.memory)) }

// Grow sets the size of the segment, once, and maps it. The memory is zero. Grow reserves it
// now, because otherwise a full machine would kill the runner or a plugin with a signal at
// the first access to a page.
func (s *Segment) Grow(size int64) error {
	if s.memory != nil || size < 0 || size > math.MaxInt {
		return fmt.Errorf("shared memory %s: cannot grow from %d to %d bytes", s.name, s.Size(), size)
	}
	// The kernel refuses to map nothing. A segment without tensors stays unmapped.
	if size == 0 {
		return nil
	}
	if err := s.file.Truncate(size); err != nil {
		return s.grown(size, err)
	}
	if err := reserve(s.file, size); err != nil {
		_ = s.file.Truncate(0) // frees what was reserved before space ran out
		return s.grown(size, err)
	}
	return s.attach(size, unix.PROT_READ|unix.PROT_WRITE)
}

// grown says why the memory is not there. It gives advice only where space ran out,
// because a smaller batch helps against nothing else.
func (s *Segment) grown(size int64, err error) error {
	if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.ENOMEM) || errors.Is(err, unix.EFBIG) {
		err = fmt.Errorf("shared memory %s: no room for %s in %s: %w", s.name, bytes(size), s.place, err)
		return hint.With(err, "use a smaller batch or fewer frames, or give it more room (in a container: --shm-size)")
	}
	return fmt.Errorf("shared memory %s: reserve %s in %s: %w", s.name, bytes(size), s.place, err)
}

// Open maps a segment in the process that inherited its descriptor. The segment then owns
// the file.
func Open(name string, file *os.File, size int64, access Access) (*Segment, error) {
	s := &Segment{name: name, place: "an inherited descriptor", file: file}
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("shared memory %s: descriptor %d is not open: %w", name, file.Fd(), err)
	}
	// A mapping may extend beyond the end of the file, but accessing it there is fatal.
	if size < 0 || info.Size() < size {
		return nil, fmt.Errorf("shared memory %s: %d bytes wanted, the file has %d", name, size, info.Size())
	}
	if size == 0 {
		return s, nil
	}
	// The kernel refuses PROT_WRITE on a descriptor that was opened read-only. Not asking
	// for it lets a plugin open STATE at all.
	protection := unix.PROT_READ
	if access == ReadWrite {
		protection |= unix.PROT_WRITE
	}
	return s, s.attach(size, protection)
}

// attach maps the file so that both sides see what either writes.
func (s *Segment) attach(size int64, protection int) error {
	memory, err := unix.Mmap(int(s.file.Fd()), 0, int(size), protection, unix.MAP_SHARED)
	if err != nil {
		return fmt.Errorf("shared memory %s: map %s: %w", s.name, bytes(size), err)
	}
	s.memory = memory
	return nil
}

// Close unmaps the memory and closes the files. Tensors of the segment must not be used
// afterwards.
func (s *Segment) Close() error {
	// Whatever fails, the rest is still released.
	var faults []error
	if s.memory != nil {
		faults = append(faults, unix.Munmap(s.memory))
		s.memory = nil
	}
	// A segment that plugins may write has lent its own file. A second Close would be an
	// error.
	if s.lent != nil && s.lent != s.file {
		faults = append(faults, s.lent.Close())
	}
	return errors.Join(append(faults, s.file.Close())...)
}

// Alloc returns the next free tensor of the segment, zeroed. There is no Free, because a run
// plans all of its memory once.
func (s *Segment) Alloc(d tensor.DType, shape ...int) (tensor.Tensor, error) {
	n, err := Space(d, shape...)
	if err != nil {
		return tensor.Tensor{}, fmt.Errorf("shared memory %s: %w", s.name, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	// A difference, because a sum could overflow.
	if n > s.Size()-s.next {
		return tensor.Tensor{}, fmt.Errorf("shared memory %s: no room for %v%v: %d bytes of %d are taken", s.name, d,
			shape, s.next, s.Size())
	}
	// Space is a multiple of Align, and so is next: View accepts the offset.
	t, err := s.View(uint64(s.next), d, shape)
	s.next += n
	return t, err
}

// bytes prints a size for people.
func bytes(n int64) string {
	const mib = 1 << 20
	if n < mib {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/mib)
}
