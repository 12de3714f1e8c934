package kernel

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// hugePage is the size of a page that spares the processor 511 look-ups of small ones.
const hugePage = 2 << 20

// allocate returns n zeros, on huge pages where that is worth while and the system
// likes to. The advice is about whole pages inside the slice, of which no one else's
// memory is a part; that it fails is no harm.
func allocate(n int) []float32 {
	s := make([]float32, n)
	// From two huge pages on, a slice holds a whole one wherever it begins.
	if 4*n < 2*hugePage {
		return s
	}
	b := unsafe.Slice((*byte)(unsafe.Pointer(&s[0])), 4*n)
	// The bytes up to the next multiple of a huge page, where one can begin.
	skip := -uintptr(unsafe.Pointer(&s[0])) % hugePage
	whole := (uintptr(len(b)) - skip) / hugePage * hugePage
	_ = unix.Madvise(b[skip:skip+whole], unix.MADV_HUGEPAGE)
	return s
}
