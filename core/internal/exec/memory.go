package exec

import (
	"fmt"
	"runtime"
	"sort"
	"unsafe"
)

// alignment is a cache line, and more than any vector register needs.
const alignment = 64

// place gives every planned value its offset and returns the bytes that all
// take together. Values that are never needed at the same time may share memory.
func (p *schedule) place(s Spec) (int, error) {
	p.lives()
	// A check fills results before their steps run, which would destroy what they read.
	if !p.check {
		p.takeOver()
	}
	limits := p.pieces.limits(s.Limits)
	var blocks []allocation
	for _, v := range p.values {
		// What trains exists for one piece of the rows at a time, all else for all rows.
		of := s.Limits
		if v.trained {
			of = limits
		}
		n, err := v.bytes(of)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", v.label, err)
		}
		// A value that took over another's memory needs no block of its own.
		if v.host == nil {
			blocks = append(blocks, allocation{v, (n + alignment - 1) / alignment * alignment})
		}
	}
	return fit(blocks), nil
}

// lives finds the planned values and the steps between which each is needed.
func (p *schedule) lives() {
	p.values = nil
	// The slice gives the order, and the map only says what is in it: memory that depended
	// on the order of a map would lie differently in every process.
	seen := map[*value]bool{}
	touch := func(v *value, at int) {
		// A slice has no memory of its own, so the value that it is cut from must last
		// instead.
		if v.whole != nil {
			v = v.whole
		}
		// With several pieces the gradients of parameters are planned too. Those of a later
		// piece are computed there, and then added to the caller's.
		if v.storage != storagePlanned && (v.storage != storageParamGrad || !p.pieces.several()) {
			return
		}
		if !seen[v] {
			seen[v] = true
			// Dividing into pieces plans more than once, so what an earlier plan decided is
			// undone.
			v.first, v.last, v.host = at, at, nil
			p.values = append(p.values, v)
		}
		v.last = max(v.last, at)
	}
	for i := range p.steps {
		for _, v := range p.steps[i].touches() {
			touch(v, i)
			// A piece's forward is repeated in the backward, so its inputs must last to the
			// end.
			if p.pieces.several() && i >= p.frozen && !v.trained { // every piece reads it
				touch(v, len(p.steps)-1)
			}
		}
	}
	// The order of this map is no matter: it only moves ends to the same step.
	for v := range p.held() { // handed over when the forward ends
		if seen[v] {
			touch(v, p.forward-1)
		}
	}
}

// takeOver lets results take the memory of what their step is the last to read. Every
// operator for which this is allowed reads an element before it writes the one in its
// place.
func (p *schedule) takeOver() {
	for i := range p.steps {
		s := &p.steps[i]
		switch {
		// A chain has done it for its own links.
		case s.chain != nil:
		case s.of == nil: // a sum of gradients
			s.host(i, s.out, s.in...)
		case s.backward && s.of.InPlace && len(compact(s.grads)) > 0 && s.grads[0] != nil:
			s.host(i, s.grads[0], s.grad)
		case !s.backward && s.fused == nil:
			for _, k := range s.of.Overwrites {
				s.host(i, s.out, s.in[k])
			}
		}
	}
}

// host puts a result of step i into the memory of the first candidate that the step is the
// last to read. Both must be of one part of the graph: the other part is laid out for
// another number of rows.
func (s *instruction) host(i int, result *value, candidates ...*value) {
	for _, v := range candidates {
		// The root's end is what counts: it covers all values that share its memory.
		free := v.storage == storagePlanned && v.root().last == i && v.trained == result.trained &&
			v.shape.Equal(result.shape)
		if result.storage == storagePlanned && result.first == i && result.host == nil && free {
			result.host = v.root()
			// The memory is now taken for as long as the result is needed. It may be taken
			// over once more by what follows.
			result.host.last = max(result.host.last, result.last)
		}
	}
}

// allocation is a block of memory to place: a value, and its bytes as a multiple of
// alignment, so that every offset is one too.
type allocation struct {
	*value
	size int
}

// fit places blocks largest first, each at the lowest offset that is free for all its life
// (Pisarchyk and Lee 2020, "greedy by size"), and returns the end of the highest. Equal
// sizes keep their order, so that the same graph always takes the same memory.
func fit(blocks []allocation) int {
	sort.SliceStable(blocks, func(i, j int) bool { return blocks[i].size > blocks[j].size })
	var placed []allocation // by offset
	end := 0
	for _, b := range blocks {
		b.offset = 0
		for _, other := range placed {
			// Values of one and the same step are in each other's way: it may write one
			// while it still reads the other.
			if other.last < b.first || b.last < other.first {
				continue
			}
			// The gap before this block is wide enough, and all others lie behind it.
			if other.offset >= b.offset+b.size {
				break
			}
			b.offset = max(b.offset, other.offset+other.size)
		}
		at := sort.Search(len(placed), func(i int) bool { return placed[i].offset > b.offset })
		placed = append(placed, allocation{})
		copy(placed[at+1:], placed[at:])
		placed[at] = b
		end = max(end, b.offset+b.size)
	}
	return end
}

// alignedBytes allocates memory at a multiple of alignment.
func alignedBytes(n int) []byte {
	if n == 0 {
		return nil
	}
	// Go promises no alignment for bytes. So there is room to begin at the next multiple.
	raw := make([]byte, n+alignment)
	skip := alignment - int(uintptr(unsafe.Pointer(&raw[0]))%alignment)
	return raw[skip : skip+n : skip+n]
}

// extra returns the memory that an executable takes besides its planned values: a worker's
// for every thread, and an estimate of packed weights.
func (p *schedule) extra() int {
	total := 0
	for _, s := range p.steps {
		// Chains run one after another in the same workers' memory, so the largest counts.
		if s.chain != nil {
			total = max(total, s.chain.bytes)
		}
	}
	total *= runtime.GOMAXPROCS(0)
	p.each(func(s *instruction) {
		if s.fused == nil {
			return
		}
		w := s.fused.weight.shape.At(nil)
		n := 4 * w[0] * w[1] * w[2] * w[3]
		if w[2] == 3 && w[3] == 3 && s.fused.conv.Stride == 1 {
			// 36 numbers stand for the 9 of a window.
			n *= 4 // transformed for Winograd's algorithm
		}
		total += n
	})
	return total
}
