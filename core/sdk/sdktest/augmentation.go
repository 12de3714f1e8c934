package sdktest

import (
	"testing"

	"montage/core"
	"montage/core/conform"
)

// Augmentation is one case: an augmentation with options.
type Augmentation struct {
	Component core.Component
	Options   map[string]any
}

// Check runs the conformance kit on the case.
func (a Augmentation) Check(t testing.TB) {
	t.Helper()
	check(t, conform.Subject{Component: a.Component, Options: a.Options})
}
