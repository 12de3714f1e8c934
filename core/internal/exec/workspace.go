package exec

import (
	"fmt"
	"sync"

	"montage/core/internal/kernel"
)

// Workspace is memory that several programs share, of which one runs at a time: a
// Forward of one ends what another kept for its Backward. It also keeps weights
// that were made ready for use. The zero value is ready; memory is taken when a
// program first runs.
type Workspace struct {
	size   int
	memory []byte
	holder *Executable // whose values lie in the memory

	mu    sync.Mutex
	lanes []*workerMemory // that nobody uses at the moment

	filters map[string]*[2]packedFilter
	clock   int
}

// packedFilter is a filter and which parameters it was made of.
type packedFilter struct {
	revision uint64 // 0: unknown
	used     int
	filter   *kernel.Filter
}

// claim makes the memory a program's.
func (w *Workspace) claim(p *Executable) []byte {
	if len(w.memory) < w.size {
		w.memory = alignedBytes(w.size)
	}
	w.holder = p
	return w.memory
}

// prepare packs the weights of a fused step, or finds them ready: those of the two
// last revisions are kept, for a teacher beside its student.
func (w *Workspace) prepare(s *instruction, revision uint64) {
	f := s.fused
	if !f.fixed {
		revision = 0
	}
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
		if k := &kept[i]; k.filter != nil && k.revision == revision && revision != 0 {
			f.filter, k.used = k.filter, w.clock
			return
		}
		if kept[i].revision == 0 || kept[i].used < kept[oldest].used {
			oldest = i
		}
	}
	if revision == 0 && kept[0].revision == 0 {
		oldest = 0
	}
	f.filter = f.pack(s.in[0].shape)
	kept[oldest] = packedFilter{revision, w.clock, f.filter}
}

// workerMemory is what one thread works with that takes frames through a chain.
type workerMemory struct {
	memory  []byte
	scratch kernel.Scratch
	first   []int // by stage: the first of the frames that it holds
	wide    bool  // whether there are threads to spare for each operator
}

// enter lends a lane with memory for a chain; it goes back with leave.
func (w *Workspace) enter(c *chain) *workerMemory {
	w.mu.Lock()
	defer w.mu.Unlock()
	l := &workerMemory{}
	if n := len(w.lanes); n > 0 {
		l, w.lanes = w.lanes[n-1], w.lanes[:n-1]
	}
	if len(l.memory) < c.bytes {
		l.memory = alignedBytes(c.bytes)
	}
	if len(l.first) < len(c.stages) {
		l.first = make([]int, len(c.stages))
	}
	return l
}

func (w *Workspace) leave(l *workerMemory) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lanes = append(w.lanes, l)
}
