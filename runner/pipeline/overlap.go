package pipeline

import (
	"fmt"

	"montage/core/spec"
	"montage/runner/data"
)

// warnOverlap tells of samples that are in two data sets of which one is to judge
// what was learnt from the other.
func (a *Pipeline) warnOverlap() {
	for _, pair := range []struct {
		judge, other string
		sets         [2]*data.Dataset
	}{
		{"test", "labeled", [2]*data.Dataset{a.Data.Test, a.Data.Labeled}},
		{"test", "valid", [2]*data.Dataset{a.Data.Test, a.Data.Valid}},
		{"valid", "labeled", [2]*data.Dataset{a.Data.Valid, a.Data.Labeled}},
	} {
		shared := data.Shared(pair.sets[0], pair.sets[1])
		if len(shared) == 0 {
			continue
		}
		a.Warnings = append(a.Warnings, spec.Problem{Pos: a.Spec.PosOf("data." + pair.judge),
			Message: fmt.Sprintf("%d of the samples of data.%s are in data.%s too, %s first: scores on them say "+
				"little about others", len(shared), pair.judge, pair.other, shared[0])})
	}
}
