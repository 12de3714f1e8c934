package engine

// Place is where a run is, beside its tensors: all that a resumed run needs to
// know. Everything random follows from it.
type Place struct {
	// Phase, Epoch and Step are the next to be done, Group the next optimizer.
	Phase int `json:"phase"`
	Epoch int `json:"epoch"`
	Step  int `json:"step"`
	Group int `json:"group"`
	// Total counts the steps of the run.
	Total int64 `json:"total_steps"`
	// Gathered counts, by optimizer, the batches whose gradients wait for a step.
	Gathered map[string]int `json:"gathered,omitempty"`
	// Losses are the means of the epoch so far.
	Losses map[string]Mean `json:"losses"`
	// Signs are those of branches whose outputs are embeddings, by branch and name.
	Signs map[string]map[string]Mean `json:"signs,omitempty"`
}

func (p *Place) gather(optimizer string) {
	if p.Gathered == nil {
		p.Gathered = map[string]int{}
	}
	p.Gathered[optimizer]++
}

// Mean is a sum on its way to a mean.
type Mean struct {
	Sum   float64 `json:"sum"`
	Count int     `json:"count"`
}

func (p *Place) add(losses map[string]float64) {
	for name, loss := range losses {
		m := p.Losses[name]
		p.Losses[name] = Mean{m.Sum + loss, m.Count + 1}
	}
}

func (p *Place) means() map[string]float64 {
	out := map[string]float64{}
	for name, m := range p.Losses {
		out[name] = m.Sum / float64(m.Count)
	}
	return out
}
