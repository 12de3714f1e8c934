package sdk

import (
	"strings"

	"montage/core"
	"montage/core/graph"
)

// stages groups parameters by the first part of their names: layer1.0.conv1.weight
// belongs to layer1. A stage's output is what the next one is fed.
func stages(about graph.Description) []core.Stage {
	var out []core.Stage
	for i, p := range about.Params {
		name, _, _ := strings.Cut(p.Name, ".")
		if len(out) == 0 || out[len(out)-1].Name != name {
			if fed := about.Fed[i]; len(out) > 0 && len(fed) > 0 && fed[0].Sym != "" {
				out[len(out)-1].Output = fed.String()
			}
			out = append(out, core.Stage{Name: name})
		}
		if !p.Buffer {
			count(&out[len(out)-1], p)
		}
	}
	if len(out) == 0 {
		out = []core.Stage{{Name: "output"}}
	}
	out[len(out)-1].Output = about.Outputs[0].Shape.String()
	return out
}

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
