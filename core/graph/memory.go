package graph

import (
	"fmt"
	"sort"
	"unsafe"
)

// alignment is a cache line, and more than any vector register needs.
const alignment = 64

// place gives every planned value its offset and returns the bytes that all
// take together. Values whose lives do not meet may share memory.
func (p *plan) place(limits map[string]int) (int, error) {
	p.lives()
	blocks := make([]block, len(p.values))
	for i, v := range p.values {
		n, err := v.bytes(limits)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", v.label, err)
		}
		blocks[i] = block{v, (n + alignment - 1) / alignment * alignment}
	}
	return fit(blocks), nil
}

// lives finds the planned values and the steps between which each is needed.
func (p *plan) lives() {
	seen := map[*value]bool{}
	touch := func(v *value, at int) {
		if v == nil || v.place != placePlanned {
			return
		}
		if !seen[v] {
			seen[v] = true
			v.first = at
			p.values = append(p.values, v)
		}
		v.last = max(v.last, at)
	}
	for i, s := range p.steps {
		for _, values := range [][]*value{s.in, {s.out, s.grad}, s.saved, s.grads} {
			for _, v := range values {
				touch(v, i)
			}
		}
	}
	for _, v := range p.outputs { // handed over when the forward ends
		touch(v, p.forward-1)
	}
	for _, u := range p.updates {
		touch(u.node.value, p.forward-1)
	}
}

type block struct {
	*value
	size int
}

// fit places blocks largest first, each at the lowest offset that is free for
// all its life (Pisarchyk and Lee 2020, "greedy by size"), and returns the end of
// the highest.
func fit(blocks []block) int {
	sort.SliceStable(blocks, func(i, j int) bool { return blocks[i].size > blocks[j].size })
	var placed []block // by offset
	end := 0
	for _, b := range blocks {
		b.offset = 0
		for _, other := range placed {
			if other.last < b.first || b.last < other.first {
				continue
			}
			if other.offset >= b.offset+b.size {
				break
			}
			b.offset = max(b.offset, other.offset+other.size)
		}
		at := sort.Search(len(placed), func(i int) bool { return placed[i].offset > b.offset })
		placed = append(placed, block{})
		copy(placed[at+1:], placed[at:])
		placed[at] = b
		end = max(end, b.offset+b.size)
	}
	return end
}

// alignedBytes allocates a program's memory.
func alignedBytes(n int) []byte {
	if n == 0 {
		return nil
	}
	raw := make([]byte, n+alignment)
	skip := alignment - int(uintptr(unsafe.Pointer(&raw[0]))%alignment)
	return raw[skip : skip+n : skip+n]
}
