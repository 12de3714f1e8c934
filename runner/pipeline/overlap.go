package pipeline

import (
	"fmt"

	"montage/core/spec"
	"montage/runner/data"
)

// warnOverlap warns of samples that are in two data sets of which one judges what was
// learnt from the other.
func (p *Pipeline) warnOverlap() {
	for _, pair := range []struct {
		judge, other string
		sets         [2]*data.Dataset
	}{
		{"test", "labeled", [2]*data.Dataset{p.Data.Test, p.Data.Labeled}},
		{"test", "valid", [2]*data.Dataset{p.Data.Test, p.Data.Valid}},
		{"valid", "labeled", [2]*data.Dataset{p.Data.Valid, p.Data.Labeled}},
		{"test", "unlabeled", [2]*data.Dataset{p.Data.Test, p.Data.Unlabeled}},
		{"valid", "unlabeled", [2]*data.Dataset{p.Data.Valid, p.Data.Unlabeled}},
	} {
		shared := data.Shared(pair.sets[0], pair.sets[1])
		if len(shared) == 0 {
			continue
		}
		p.Warnings = append(p.Warnings, spec.Problem{Pos: p.Spec.PosOf("data." + pair.judge),
			Message: fmt.Sprintf("%d of the samples of data.%s are in data.%s too, %s first: scores on them say "+
				"little about others", len(shared), pair.judge, pair.other, shared[0])})
	}
}
