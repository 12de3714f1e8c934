package sdktest

import (
	"testing"

	"montage/core"
	"montage/core/conform"
)

// AugmentationCase is one case: an augmentation with options.
type AugmentationCase struct {
	Component core.Component
	Options   map[string]any
}

// Check runs the conformance kit on the case.
func (a AugmentationCase) Check(t testing.TB) {
	t.Helper()
	check(t, conform.Subject{Component: a.Component, Options: a.Options})
}
