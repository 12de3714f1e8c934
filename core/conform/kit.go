package conform

import (
	"context"
	"errors"
	"fmt"

	"montage/core"
	"montage/core/hint"
)

// check is one line of the report. A check without applies is for every kind.
type check struct {
	name    string
	run     func(*kit, context.Context) error
	applies func(*kit) bool
	// early checks need no plan.
	early bool
}

// The order matters. Those without a plan come first; plan finds the exercises that the
// rest needs; announced removes those that a strategy does not offer.
var checks = []check{
	{name: "description", run: (*kit).description, early: true},
	{name: "options", run: (*kit).options, early: true},
	{name: "plan", run: (*kit).plan, early: true},
	{name: "announced", run: (*kit).announced, applies: of(core.KindStrategy)},
	{name: "writes", run: (*kit).writes},
	{name: "repeat", run: (*kit).repeat},
	{name: "inputs", run: (*kit).inputs},
	{name: "finite", run: (*kit).finite},
	{name: "gradients", run: (*kit).gradients, applies: of(core.KindBackbone, core.KindHead, core.KindLoss)},
	{name: "keyed", run: (*kit).keyed, applies: of(core.KindAugmentation, core.KindStrategy)},
	{name: "misuse", run: (*kit).misuse},
	{name: "cancel", run: (*kit).cancel},
	{name: "concurrent", run: (*kit).concurrent},
	{name: "restart", run: (*kit).restart},
}

func of(kinds ...core.Kind) func(*kit) bool {
	return func(k *kit) bool {
		for _, kind := range kinds {
			if k.subject.Component.Kind() == kind {
				return true
			}
		}
		return false
	}
}

// Names lists the checks in their order.
func Names() []string {
	out := make([]string, len(checks))
	for i, c := range checks {
		out[i] = c.name
	}
	return out
}

// kit is one run of the checks.
type kit struct {
	subject Subject
	// exercises are the calls that the plan check found legal; twin repeats the first of
	// them on memory of its own.
	exercises []*exercise
	twin      *exercise
	memory    scratchMemory
}

// Run makes all checks that apply to the component. When the context ends, the remaining
// checks fail with its error.
func Run(ctx context.Context, s Subject) Report {
	k := &kit{subject: s}
	report := Report{Component: s.Component.Description().ID(), OK: true}
	planned := true
	for _, c := range checks {
		// A check that does not apply leaves no line: it neither passed nor failed.
		if c.applies != nil && !c.applies(k) || !c.early && !planned {
			continue
		}
		err := k.guarded(ctx, c)
		if err == nil {
			report.Checks = append(report.Checks, Result{Check: c.name, OK: true})
			continue
		}
		report.OK = false
		report.Checks = append(report.Checks, Result{Check: c.name, Reason: hint.Text(err)})
		// Nothing can be called without a plan.
		planned = planned && c.name != "plan"
	}
	return report
}

func (k *kit) guarded(ctx context.Context, c check) (err error) {
	defer recovered(&err)
	// The cause says more than the error, such as which deadline passed.
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	// Each check starts from the same inputs, whatever the one before left.
	for _, t := range k.exercises {
		t.fill(1)
	}
	return c.run(k, ctx)
}

// instance makes a fresh instance with the subject's options.
func (k *kit) instance() (any, error) {
	made, err := k.subject.instance(k.subject.Options)
	if err != nil {
		return nil, fmt.Errorf("make an instance: %w", err)
	}
	return made, nil
}

// planned makes a fresh instance and plans it for an exercise.
func (k *kit) planned(t *exercise) (any, error) {
	made, err := k.instance()
	if err != nil {
		return nil, err
	}
	return made, t.guard("plan", func() error { return t.plan(made) })
}

// fresh runs an exercise on a fresh instance and returns what it wrote.
func (k *kit) fresh(ctx context.Context, t *exercise) (results, error) {
	made, err := k.planned(t)
	if err != nil {
		return nil, err
	}
	return t.run(ctx, made)
}

// each runs a check on every exercise and returns the first error.
// It stops at the first, so that a check is one line of the report.
func (k *kit) each(check func(*exercise) error) error {
	for _, t := range k.exercises {
		if err := check(t); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	return nil
}

// named reports whether an error is one that the contract names for a bad call.
func named(err error) bool {
	return errors.Is(err, core.ErrShape) || errors.Is(err, core.ErrNotPlanned)
}
