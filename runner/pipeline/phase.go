package pipeline

import "montage/runner/engine"

// planPhases counts the steps of each phase: those of the branch with the most
// batches, while the data of the others repeats.
func (a *Pipeline) planPhases() {
	for _, p := range a.Plan.Phases {
		s := a.Spec.Phase(p.Name)
		phase := engine.TrainingPhase{Name: p.Name, Epochs: s.Epochs, Limit: s.Steps}
		for _, b := range a.Branches {
			for _, name := range p.Branches {
				if b.Name == name && !b.Untrained {
					phase.Steps = max(phase.Steps, b.Feed.Sampler.Steps())
				}
			}
		}
		a.Phases = append(a.Phases, phase)
	}
}
