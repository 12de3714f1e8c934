package wasm

import (
	"fmt"

	"github.com/tetratelabs/wazero/experimental"
	"golang.org/x/sys/unix"
)

// reserve is the memory of an instance: addresses for all that it may ever get. The system
// gives pages to those that are used. So memory that grows is not copied, and that of a large picture goes
// back to the system at once instead of waiting for the garbage collector.
type reserve struct {
	whole []byte
}

func newReserve() (*reserve, error) {
	whole, err := unix.Mmap(-1, 0, maxPages<<16, unix.PROT_READ|unix.PROT_WRITE,
		unix.MAP_ANON|unix.MAP_PRIVATE|unix.MAP_NORESERVE)
	if err != nil {
		return nil, fmt.Errorf("reserve 2 GiB of addresses for the decoder: %w", err)
	}
	return &reserve{whole}, nil
}

// Allocate gives the memory to the one instance.
func (r *reserve) Allocate(_, _ uint64) experimental.LinearMemory { return r }

// Reallocate returns the first bytes, nil for more than there are.
func (r *reserve) Reallocate(size uint64) []byte {
	if size > uint64(len(r.whole)) {
		return nil
	}
	return r.whole[:size]
}

// Free gives the memory back. A second call does nothing.
func (r *reserve) Free() {
	if r.whole != nil {
		// Only addresses that are none of a mapping could fail.
		_ = unix.Munmap(r.whole)
		r.whole = nil
	}
}
