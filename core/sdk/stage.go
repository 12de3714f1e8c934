package sdk

import (
	"strings"

	"montage/core"
	"montage/core/internal/exec"
)

// stages groups consecutive parameters whose names share a prefix: layer1 or, if fine,
// layer1.0. A stage's output is the input of the next one. The second result is the index of
// the stage of every parameter.
func stages(about exec.Description, fine bool) (out []core.Stage, of []int) {
	params := about.Params
	for i, p := range params {
		name := block(p.Name, fine)
		if i == 0 || name != block(params[i-1].Name, fine) && !(fine && idle(about, i)) {
			// What flows into the first parameter of a stage left the stage before. A
			// shape that counts no rows is no such flow, and the output then stays empty.
			if fed := about.Fed[i]; i > 0 && len(fed) > 0 && fed[0].Sym != "" {
				out[len(out)-1].Output = fed.String()
			}
			out = append(out, core.Stage{Name: name})
		}
		of = append(of, len(out)-1)
		s := &out[len(out)-1]
		s.Operations += about.Operations[i]
		if !p.Buffer {
			count(s, p)
		}
	}
	// A module without parameters has a stage too, for its output and for the timer.
	if len(out) == 0 {
		out = []core.Stage{{Name: "output"}}
	}
	out[len(out)-1].Output = about.Outputs[0].Shape.String()
	return out, of
}

// block returns the first part of a parameter's name; if fine, with the number after it.
func block(name string, fine bool) string {
	parts := strings.Split(name, ".")
	if fine && len(parts) > 2 && strings.Trim(parts[1], "0123456789") == "" {
		return parts[0] + "." + parts[1]
	}
	return parts[0]
}

// idle reports whether the block that begins with parameter i multiplies nothing, such as a
// normalization, which is folded into the convolution before it once both are frozen. Such
// a block is no fine stage of its own.
func idle(about exec.Description, i int) bool {
	first := block(about.Params[i].Name, true)
	for ; i < len(about.Params) && block(about.Params[i].Name, true) == first; i++ {
		if about.Operations[i] > 0 {
			return false
		}
	}
	return true
}

// count adds a parameter to its stage. Buffers do not get here: no optimizer changes
// them.
func count(s *core.Stage, p core.Param) {
	n := 1
	for _, d := range p.Shape {
		n *= d
	}
	s.Params += n
	if !p.Frozen {
		s.Trainable += n
	}
}
