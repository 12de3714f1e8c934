package sdk

import (
	"strings"

	"montage/core"
)

// stages groups parameters by the first part of their names: layer1.0.conv1.weight
// belongs to layer1. The last stage bears the shape of the output.
func stages(params []core.Param, output string) []core.Stage {
	var out []core.Stage
	for _, p := range params {
		name, _, _ := strings.Cut(p.Name, ".")
		if len(out) == 0 || out[len(out)-1].Name != name {
			out = append(out, core.Stage{Name: name})
		}
		if p.Buffer {
			continue
		}
		n := 1
		for _, s := range p.Shape {
			n *= s
		}
		s := &out[len(out)-1]
		s.Params += n
		if !p.Frozen {
			s.Trainable += n
		}
	}
	if len(out) == 0 {
		out = []core.Stage{{Name: "output"}}
	}
	out[len(out)-1].Output = output
	return out
}
