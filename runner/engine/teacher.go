package engine

import "montage/core/parallel"

// teach moves the averaged parameters towards the parameters, after a step.
func (e *Engine) teach() {
	if e.Teacher == nil {
		return
	}
	decay := e.Teacher.Decay
	if e.Teacher.Warmup {
		decay = min(decay, float64(1+e.position.Total)/float64(10+e.position.Total))
	}
	for _, part := range e.Modules {
		part.Taught()
		parallel.For(len(part.Teacher), func(i int) {
			teacher, value := part.Teacher[i].Float32s(), part.State[i].Float32s()
			if p := part.Plan.Params[i]; p.Buffer || p.Frozen { // averaging would round what stays
				copy(teacher, value)
				return
			}
			for j, v := range value {
				teacher[j] = float32(decay)*teacher[j] + float32(1-decay)*v
			}
		})
	}
}
