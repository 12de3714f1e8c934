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
	clock   stopwatch
}

// chainStage is links from to to, which take at most size frames at once.
type chainStage struct{ from, to, size int }

// groupBytes bounds the result of one link for the frames that are taken at once.
// ResNet-50 at 224 pixels takes 1, 2, 4 and 8 frames in its stages. A third of this
// was 15 % slower, and up to 24 MiB made no difference.
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
// link, "" for others.
func (s *instruction) framewise() string {
	if s.fused == nil && !s.of.Framewise || len(s.saved) > 0 || len(s.out.shape) == 0 {
		return ""
	}
	symbol := s.out.shape[0].Sym
	if symbol == "" || !s.out.shape.CountedBy(symbol) {
		return ""
	}
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
			v.last, v.stage = i, max(v.stage, level[i])
		}
	}
	// A check fills results before their steps run, which would destroy what they read.
	if !p.check {
		c.takeOver()
	}
	var own []allocation
	for _, b := range blocks {
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
	for i := len(c.links) - 1; i >= 0; i-- {
		n, err := c.links[i].out.bytes(map[string]int{c.symbol: 1})
		if err != nil {
			return err
		}
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
	for v := range p.held() {
		delete(inside, v)
	}
	for _, s := range p.steps {
		if s.chain == c {
			continue
		}
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
