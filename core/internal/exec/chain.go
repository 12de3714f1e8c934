package exec

// chain is a run of steps that treat every frame by itself. Each thread takes some
// frames at a time through all of them, in memory of its own, so that what flows
// between the steps stays in the processor's cache and takes no more memory for
// many frames than for a few.
//
// The larger the maps, the fewer frames fit the cache. So a chain has stages: a later stage,
// whose maps are smaller, takes several groups of an earlier one together.
type chain struct {
	symbol  string
	links   []instruction
	stages  []chainStage
	outside []*value // that links read and write beyond the chain
	bytes   int      // of a worker's memory
	// clock measures the chain's own time. The links' clocks add up over the threads.
	clock stopwatch
}

// chainStage is links from to to, which take at most size frames at once.
type chainStage struct{ from, to, size int }

// groupBytes bounds the result of one link for the frames that are taken at once.
// ResNet-50 at 224 pixels takes 1, 2, 4 and 8 frames in its stages. A third of this
// was 15 % slower, and up to 24 MiB made no difference. It is 3.5 MiB.
const groupBytes = 7 << 19

// mostFrames bounds the frames of a group where maps are tiny.
const mostFrames = 64

// chains joins the steps that no gradient reaches where they treat frames alike.
func (p *schedule) chains(limits map[string]int) error {
	var steps []instruction
	for i := 0; i < p.frozen; {
		n := 0
		symbol := p.steps[i].framewise()
		worth := false // without a convolution there is nothing to keep close
		for symbol != "" && i+n < p.frozen && p.steps[i+n].framewise() == symbol {
			worth = worth || p.steps[i+n].fused != nil
			n++
		}
		// A single step has nothing to hand on within the cache.
		if n < 2 || !worth {
			steps = append(steps, p.steps[i])
			i++
			continue
		}
		c := &chain{symbol: symbol, links: p.steps[i : i+n : i+n]}
		steps = append(steps, instruction{label: "chain", chain: c})
		i += n
	}
	fewer := p.frozen - len(steps)
	p.steps = append(steps, p.steps[p.frozen:]...)
	p.frozen, p.forward = p.frozen-fewer, p.forward-fewer
	// Only now, because what a chain may keep to itself depends on what all others read.
	for i := range p.frozen {
		if c := p.steps[i].chain; c != nil {
			if err := p.layOut(c, limits); err != nil {
				return err
			}
		}
	}
	return nil
}

// framewise returns the symbol that counts the frames of a step that can be a
// link, "" for others. A link is called with no saved tensors and no random keys, so
// operators that need either stay outside.
func (s *instruction) framewise() string {
	if s.fused == nil && !s.of.Framewise || len(s.saved) > 0 || len(s.out.shape) == 0 {
		return ""
	}
	symbol := s.out.shape[0].Sym
	if symbol == "" || !s.out.shape.CountedBy(symbol) {
		return ""
	}
	// What has no symbol at all, such as a parameter, is read whole by every group.
	for _, v := range s.in {
		if !v.shape.Constant() && !v.shape.CountedBy(symbol) {
			return ""
		}
	}
	return symbol
}

// layOut decides on a chain's stages and its workers' memory.
func (p *schedule) layOut(c *chain, limits map[string]int) error {
	if err := c.divide(limits); err != nil {
		return err
	}
	// Values beyond the chain keep their planned memory. They stay alive while the whole
	// chain runs, because it is one step of the plan.
	inside := c.inside(p)
	level := c.levels()
	seen := map[*value]bool{}
	var blocks []allocation
	for i, s := range c.links {
		for _, v := range s.touches() {
			if !inside[v] {
				c.outside = append(c.outside, v)
				continue
			}
			if !seen[v] {
				seen[v] = true
				v.storage, v.first = storageWorker, i
				blocks = append(blocks, allocation{value: v})
			}
			if level[i] > level[v.first] {
				v.first = 0 // earlier stages run again before it is read
			}
			// A value is kept for as many frames as the latest stage takes that reads it.
			v.last, v.stage = i, max(v.stage, level[i])
		}
	}
	// A check fills results before their steps run, which would destroy what they read.
	if !p.check {
		c.takeOver()
	}
	var own []allocation
	for _, b := range blocks {
		// It lies in its host's block.
		if b.host != nil {
			continue
		}
		n, err := b.bytes(map[string]int{c.symbol: c.stages[b.stage].size})
		if err != nil {
			return err
		}
		b.size = (n + alignment - 1) / alignment * alignment
		own = append(own, b)
	}
	c.bytes = fit(own)
	return nil
}

// takeOver lets results take the memory of what their link is the last to read.
func (c *chain) takeOver() {
	for i := range c.links {
		s := &c.links[i]
		inputs := s.of.Overwrites
		if s.fused != nil {
			inputs = []int{1}[:len(s.in)-1] // what is added
		}
		for _, k := range inputs {
			v := s.in[k]
			// Equal stages mean equally many frames, so one fits where the other lay.
			free := v.storage == storageWorker && v.root().last == i && v.stage == s.out.stage &&
				v.shape.Equal(s.out.shape)
			if s.fused != nil && v == s.in[0] {
				free = false // it is read again and again
			}
			if s.out.storage == storageWorker && s.out.host == nil && s.out.first == i && free {
				s.out.host = v.root()
				s.out.host.last = max(s.out.host.last, s.out.last)
			}
		}
	}
}

// divide makes stages of links that can take equally many frames. The numbers are powers of
// 2 and never fall. So a stage takes whole groups of the stage before it.
func (c *chain) divide(limits map[string]int) error {
	sizes := make([]int, len(c.links))
	least := mostFrames
	// From the back, where a number once lowered holds for all links before.
	for i := len(c.links) - 1; i >= 0; i-- {
		n, err := c.links[i].out.bytes(map[string]int{c.symbol: 1})
		if err != nil {
			return err
		}
		// Nor more frames than a run can have, rounded up to a power of 2.
		for least > 1 && (least*n > groupBytes || least/2 >= limits[c.symbol]) {
			least /= 2
		}
		sizes[i] = least
	}
	for i, n := range sizes {
		if i == 0 || n != sizes[i-1] {
			c.stages = append(c.stages, chainStage{from: i, size: n})
		}
		c.stages[len(c.stages)-1].to = i + 1
	}
	return nil
}

// levels returns the stage of every link.
func (c *chain) levels() []int {
	var out []int
	for k, s := range c.stages {
		for range s.to - s.from {
			out = append(out, k)
		}
	}
	return out
}

// inside returns the values that nothing beyond the chain reads. Only these may lie in a
// worker's memory, which the next frames overwrite.
func (c *chain) inside(p *schedule) map[*value]bool {
	inside := map[*value]bool{}
	for _, s := range c.links {
		inside[s.out] = true
	}
	// The caller gets these for all frames.
	for v := range p.held() {
		delete(inside, v)
	}
	for _, s := range p.steps {
		if s.chain == c {
			continue
		}
		// All inputs, and not only those whose values are read: a backward still asks the
		// others for their shapes, which a worker's value does not have.
		for _, v := range append(s.touches(), s.in...) {
			delete(inside, v)
		}
		if s.chain != nil {
			for _, link := range s.chain.links {
				for _, v := range link.in {
					delete(inside, v)
				}
			}
		}
	}
	return inside
}
