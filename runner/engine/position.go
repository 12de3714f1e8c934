package engine

// Position is where a run is, beside its tensors: all that a resumed run needs to
// know. Everything random follows from it.
type Position struct {
	// Phase, Epoch and Step are the next to be done, Optimizer the next one in the step.
	Phase     int `json:"phase"`
	Epoch     int `json:"epoch"`
	Step      int `json:"step"`
	Optimizer int `json:"optimizer"`
	// Total counts the steps of the run.
	Total int64 `json:"total_steps"`
	// Accumulated counts, by optimizer, the batches whose gradients wait for a step.
	Accumulated map[string]int `json:"accumulated,omitempty"`
	// Losses are the means of the epoch so far, by branch.
	Losses map[string]Mean `json:"losses"`
	// Embeddings are the statistics of branches whose outputs are embeddings, by branch
	// and name.
	Embeddings map[string]map[string]Mean `json:"embeddings,omitempty"`
}

// Mean is a sum on its way to a mean.
type Mean struct {
	Sum   float64 `json:"sum"`
	Count int     `json:"count"`
}

func (m Mean) with(value float64) Mean { return Mean{m.Sum + value, m.Count + 1} }

func (m Mean) value() float64 { return m.Sum / float64(m.Count) }

// endStep moves to the next step.
func (p *Position) endStep() { p.Step, p.Optimizer, p.Total = p.Step+1, 0, p.Total+1 }

// endEpoch moves to the next epoch.
func (p *Position) endEpoch() {
	p.Epoch, p.Step, p.Losses, p.Embeddings = p.Epoch+1, 0, map[string]Mean{}, nil
}

func (p *Position) accumulate(optimizer string) {
	if p.Accumulated == nil {
		p.Accumulated = map[string]int{}
	}
	p.Accumulated[optimizer]++
}

func (p *Position) addLoss(branch string, loss float64) {
	p.Losses[branch] = p.Losses[branch].with(loss)
}

// meanLosses returns the means over the epoch so far, by branch.
func (p *Position) meanLosses() map[string]float64 {
	out := map[string]float64{}
	for branch, m := range p.Losses {
		out[branch] = m.value()
	}
	return out
}

func (p *Position) addEmbeddings(branch string, stats EmbeddingStats) {
	for name, value := range stats {
		if p.Embeddings == nil {
			p.Embeddings = map[string]map[string]Mean{}
		}
		if p.Embeddings[branch] == nil {
			p.Embeddings[branch] = map[string]Mean{}
		}
		p.Embeddings[branch][name] = p.Embeddings[branch][name].with(value)
	}
}

// meanEmbeddings returns the means over the epoch so far, nil where there are none.
func (p *Position) meanEmbeddings() map[string]EmbeddingStats {
	if p.Embeddings == nil {
		return nil
	}
	out := map[string]EmbeddingStats{}
	for branch, stats := range p.Embeddings {
		out[branch] = EmbeddingStats{}
		for name, m := range stats {
			out[branch][name] = m.value()
		}
	}
	return out
}
