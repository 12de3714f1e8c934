package pipeline

import (
	"fmt"

	"montage/core/spec"
	"montage/runner/data"
	"montage/runner/layout"
)

// warnOverlap warns of samples that are in two data sets of which one judges what was
// learnt from the other.
func (p *Pipeline) warnOverlap() {
	identities := map[layout.Role][][]string{}
	for _, role := range layout.Roles {
		identities[role] = (*p.Data.of(role)).Identities()
	}
	for _, pair := range [][2]layout.Role{{layout.Test, layout.Labeled}, {layout.Test, layout.Valid},
		{layout.Valid, layout.Labeled}, {layout.Test, layout.Unlabeled}, {layout.Valid, layout.Unlabeled}} {
		judge, other := pair[0], pair[1]
		shared := data.Shared(*p.Data.of(judge), identities[judge], identities[other])
		if len(shared) == 0 {
			continue
		}
		p.Warnings = append(p.Warnings, spec.Problem{Pos: p.Spec.PosOf("data." + string(judge)),
			Message: fmt.Sprintf("%d of the samples of data.%s are in data.%s too, %s first: scores on them say "+
				"little about others", len(shared), judge, other, shared[0])})
	}
}
