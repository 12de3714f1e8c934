package exec

import (
	"fmt"
	"runtime"
	"sync"

	"montage/core/internal/ir"
	"montage/core/parallel"
	"montage/core/tensor"
)

// runChain takes all frames through a chain. Groups share nothing that they write: a
// worker's memory belongs to one group at a time, and outside the chain each writes the
// rows of its own frames.
func (p *Executable) runChain(c *chain) error {
	n, workers := p.sizes[c.symbol], runtime.GOMAXPROCS(0)
	if n == 0 {
		return nil
	}
	defer p.measure(&c.clock)()
	// As many groups for one thread as for another, none above the largest size.
	most := c.stages[len(c.stages)-1].size
	rounds := (n + workers*most - 1) / (workers * most)
	each := min(most, max(1, (n+workers*rounds-1)/(workers*rounds)))
	groups := (n + each - 1) / each
	// The first in the order of frames and not of time, so that an error reads the same in
	// every run.
	var failure firstFailure
	parallel.For(groups, func(i int) {
		l := p.space.borrow(c)
		defer p.space.giveBack(l)
		// With few groups some threads would idle, so operators may then use them.
		l.wide = groups < workers
		g := frameGroup{p, c, l}
		failure.keep(i, g.run(len(c.stages)-1, i*each, min(n, (i+1)*each)))
	})
	return failure.err
}

// firstFailure keeps the error of the first group that failed. Its mutex guards all of it,
// because groups end on several threads.
type firstFailure struct {
	mu    sync.Mutex
	group int
	err   error
}

func (f *firstFailure) keep(group int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil && (f.err == nil || group < f.group) {
		f.group, f.err = group, err
	}
}

// frameGroup is some frames on their way through a chain.
type frameGroup struct {
	*Executable
	*chain
	*workerMemory
}

// run takes frames from to to up to the end of a stage.
func (g frameGroup) run(stage, from, to int) error {
	// This comes before the earlier stages run. They write values that this stage keeps,
	// and lay them out from its first frame.
	g.first[stage] = from
	// The earlier stage makes what this one takes, some frames at a time, right before it
	// is read.
	if stage > 0 {
		size := g.stages[stage-1].size
		for f := from; f < to; f += size {
			if err := g.run(stage-1, f, min(to, f+size)); err != nil {
				return err
			}
		}
	}
	for i := g.stages[stage].from; i < g.stages[stage].to; i++ {
		s := &g.links[i]
		if err := g.perform(s, g.call(s, from, to), g.workerMemory); err != nil {
			return err
		}
	}
	return nil
}

// It hands over no saved tensors, keys or gradients: no link has any.
func (g frameGroup) call(s *instruction, from, to int) *ir.Call {
	c := &ir.Call{In: make([]tensor.Tensor, len(s.in)), Out: g.view(s.out, from, to), Serial: !g.wide}
	for i, v := range s.in {
		c.In[i] = g.view(v, from, to)
	}
	return c
}

// view returns frames from to to of a value.
func (g frameGroup) view(v *value, from, to int) tensor.Tensor {
	// Parameters and other constants are the same for all frames.
	if !v.shape.CountedBy(g.symbol) {
		return v.tensor
	}
	if v.storage != storageWorker {
		return v.tensor.Rows(from, to)
	}
	// A worker's memory is no tensor that has rows: it holds a value's frames of one group at
	// a time, behind those of other values.
	shape := v.shape.At(map[string]int{g.symbol: to - from})
	n, err := tensor.Elements(shape)
	if err != nil {
		panic(fmt.Sprintf("exec: %s: %v", v.label, err)) // it was planned for more
	}
	size := v.dtype.Size()
	at := v.root().offset
	// No frames have no bytes, and there is no size of one to divide by.
	if to > from {
		at += (from - g.first[v.stage]) * (n / (to - from)) * size
	}
	view, err := tensor.View(g.workerMemory.memory[at:at+n*size:at+n*size], v.dtype, shape...)
	if err != nil {
		panic(fmt.Sprintf("exec: %s: %v", v.label, err))
	}
	return view
}
