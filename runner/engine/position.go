package engine

// Place is where a run is, beside its tensors: all that a resumed run needs to
// know. Everything random follows from it.
type Position struct {
	// Phase, Epoch and Step are the next to be done, Group the next optimizer.
	Phase     int `json:"phase"`
	Epoch     int `json:"epoch"`
	Step      int `json:"step"`
	Optimizer int `json:"optimizer"`
	// Total counts the steps of the run.
	Total int64 `json:"total_steps"`
	// Gathered counts, by optimizer, the batches whose gradients wait for a step.
	Accumulated map[string]int `json:"accumulated,omitempty"`
	// Losses are the means of the epoch so far.
	Losses map[string]Mean `json:"losses"`
	// Signs are those of branches whose outputs are embeddings, by branch and name.
	Embeddings map[string]map[string]Mean `json:"embeddings,omitempty"`
}

func (p *Position) accumulate(optimizer string) {
	if p.Accumulated == nil {
		p.Accumulated = map[string]int{}
	}
	p.Accumulated[optimizer]++
}

// Mean is a sum on its way to a mean.
type Mean struct {
	Sum   float64 `json:"sum"`
	Count int     `json:"count"`
}

func (p *Position) add(losses map[string]float64) {
	for name, loss := range losses {
		m := p.Losses[name]
		p.Losses[name] = Mean{m.Sum + loss, m.Count + 1}
	}
}

func (p *Position) means() map[string]float64 {
	out := map[string]float64{}
	for name, m := range p.Losses {
		out[name] = m.Sum / float64(m.Count)
	}
	return out
}
