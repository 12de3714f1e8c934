package sdktest

import (
	"testing"

	"montage/core"
	"montage/core/conform"
)

// StrategyCase is one case: a strategy with options.
type StrategyCase struct {
	Component core.Component
	Options   map[string]any
}

// Check runs the conformance kit on the case. It returns the plan for five classes.
func (s StrategyCase) Check(t testing.TB) core.StrategyPlan {
	t.Helper()
	strategy, err := s.Component.Strategy(Values(t, s.Component, s.Options))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := strategy.Plan(core.StrategyInput{Classes: 5})
	if err != nil {
		t.Fatal(err)
	}
	check(t, conform.Subject{Component: s.Component, Options: s.Options})
	return plan
}
