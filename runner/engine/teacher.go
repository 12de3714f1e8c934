package engine

import "montage/core/parallel"

// moveTeacher moves the averaged parameters towards the parameters, after a step.
func (e *Engine) moveTeacher() {
	if e.Teacher == nil {
		return
	}
	decay := e.Teacher.Decay
	if e.Teacher.Warmup {
		decay = min(decay, float64(1+e.position.Total)/float64(10+e.position.Total))
	}
	for _, m := range e.Modules {
		m.Taught()
		parallel.For(len(m.Teacher), func(i int) {
			teacher, value := m.Teacher[i].Float32s(), m.State[i].Float32s()
			if p := m.Plan.Params[i]; p.Buffer || p.Frozen { // averaging would round what stays
				copy(teacher, value)
				return
			}
			for j, v := range value {
				teacher[j] = float32(decay)*teacher[j] + float32(1-decay)*v
			}
		})
	}
}
