package exec

import (
	"fmt"
	"sync"

	"montage/core/internal/kernel"
)

// Workspace is memory that several executables share. One of them runs at a time: its
// Forward overwrites what another kept for a Backward. The workspace also keeps packed
// weights. The zero value is ready to use; memory is taken at the first run.
type Workspace struct {
	// size is what the largest executable needs that was compiled for the workspace.
	size   int
	memory []byte
	holder *Executable // whose values lie in the memory

	// mu guards idle alone, because the threads of a chain borrow at once. All else needs
	// no lock while one executable runs at a time.
	mu   sync.Mutex
	idle []*workerMemory

	// filters keeps two revisions of every filter, and clock says which was used last.
	filters map[string]*[2]packedFilter
	clock   int
}

// packedFilter is a filter and which parameters it was made of.
type packedFilter struct {
	revision uint64 // 0: unknown
	used     int
	filter   *kernel.Filter
}

// claim gives the memory to an executable.
func (w *Workspace) claim(p *Executable) []byte {
	// What lay in the old memory is lost. The executable binds its values anew, and the one
	// before is no longer the holder.
	if len(w.memory) < w.size {
		w.memory = alignedBytes(w.size)
	}
	w.holder = p
	return w.memory
}

// prepare packs the weights of a fused step, or finds them packed. It keeps those of two
// revisions, because a teacher and its student take turns.
func (w *Workspace) prepare(s *instruction, revision uint64) {
	f := s.fused
	// A revision says nothing of parameters that train.
	if !f.fixed {
		revision = 0
	}
	// The shape of the images belongs to the key: a filter is packed for it.
	key := fmt.Sprint(f.name(), s.in[0].shape, f.conv)
	if w.filters == nil {
		w.filters = map[string]*[2]packedFilter{}
	}
	if w.filters[key] == nil {
		w.filters[key] = &[2]packedFilter{}
	}
	kept, oldest := w.filters[key], 0
	w.clock++
	for i := range kept {
		// Revision 0 is unknown, so two runs of it may have different values.
		if k := &kept[i]; k.filter != nil && k.revision == revision && revision != 0 {
			f.filter, k.used = k.filter, w.clock
			return
		}
		if kept[i].revision == 0 || kept[i].used < kept[oldest].used {
			oldest = i
		}
	}
	// Those of no revision serve one run and share a place, so that they push out nothing
	// that will be used again.
	if revision == 0 && kept[0].revision == 0 {
		oldest = 0
	}
	f.filter = f.pack(s.in[0].shape)
	kept[oldest] = packedFilter{revision, w.clock, f.filter}
}

// workerMemory is the memory of one thread that takes frames through a chain.
type workerMemory struct {
	memory  []byte
	scratch kernel.Scratch
	first   []int // by stage: the first of the frames that it holds
	wide    bool  // whether there are threads to spare for each operator
}

// borrow returns a worker's memory for a chain. It goes back with giveBack. What an earlier
// chain left in it is garbage.
func (w *Workspace) borrow(c *chain) *workerMemory {
	w.mu.Lock()
	defer w.mu.Unlock()
	l := &workerMemory{}
	if n := len(w.idle); n > 0 {
		l, w.idle = w.idle[n-1], w.idle[:n-1]
	}
	// It only grows: the workers of a small chain use the front of what a large one took.
	if len(l.memory) < c.bytes {
		l.memory = alignedBytes(c.bytes)
	}
	if len(l.first) < len(c.stages) {
		l.first = make([]int, len(c.stages))
	}
	return l
}

func (w *Workspace) giveBack(l *workerMemory) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.idle = append(w.idle, l)
}
