package core

import (
	"errors"
	"fmt"
	"slices"
)

// Check reports everything that keeps a runner from training the plan: references to
// names that do not exist, and fields that contradict each other.
func (p StrategyPlan) Check() error {
	var problems []error
	names := map[string]bool{}
	for _, b := range p.Branches {
		if !nameable(b.Name) || names[b.Name] {
			problems = append(problems, fmt.Errorf("two branches are named %q, or that is no name", b.Name))
		}
		names[b.Name] = true
		if err := errors.Join(b.check(p.Teacher != nil), p.checkShares(b)); err != nil {
			problems = append(problems, fmt.Errorf("branch %q: %w", b.Name, err))
		}
	}
	if !names[p.Predict] {
		problems = append(problems, fmt.Errorf("the branch that predicts, %q, is not among the branches", p.Predict))
	}
	// Written so that NaN is refused too.
	if p.Teacher != nil && !(p.Teacher.Decay >= 0 && p.Teacher.Decay <= 1) {
		problems = append(problems, fmt.Errorf("the teacher's decay is %g, not from 0 to 1", p.Teacher.Decay))
	}
	return errors.Join(append(problems, p.checkPhases(names)...)...)
}

// checkShares requires that heads are shared with an earlier branch that owns all of its
// heads. Chains of sharing would make the meaning of SharesHeadsThrough ambiguous.
func (p StrategyPlan) checkShares(b Branch) error {
	if b.SharesHeadsOf == "" {
		if b.SharesHeadsThrough != "" {
			return fmt.Errorf("it shares heads through %q, but names no branch that owns them", b.SharesHeadsThrough)
		}
		return nil
	}
	owner := slices.IndexFunc(p.Branches, func(o Branch) bool { return o.Name == b.SharesHeadsOf })
	self := slices.IndexFunc(p.Branches, func(o Branch) bool { return o.Name == b.Name })
	switch {
	case owner < 0 || owner >= self || p.Branches[owner].SharesHeadsOf != "":
		return fmt.Errorf("it shares the heads of %q, which is no branch before it with heads of its own",
			b.SharesHeadsOf)
	case b.SharesHeadsThrough == "" && len(b.Heads) > 0:
		return fmt.Errorf("it shares the heads of %q and names heads itself, but not through which head it shares",
			b.SharesHeadsOf)
	case b.SharesHeadsThrough != "" && !slices.Contains(p.Branches[owner].HeadKeys(), b.SharesHeadsThrough):
		return fmt.Errorf("it shares the heads of %q through %q, which is none of %q", b.SharesHeadsOf,
			b.SharesHeadsThrough, p.Branches[owner].HeadKeys())
	}
	return nil
}

// Head identifies a head by the branch that owns it and its key in that branch's table.
type Head struct{ Branch, Key string }

// Name returns BRANCH.KEY, which names the head's files and its row in a plan.
func (h Head) Name() string { return h.Branch + "." + h.Key }

// Heads returns all heads that the features of a branch pass, the shared ones first. The
// plan must have passed Check.
func (p StrategyPlan) Heads(b Branch) (heads []Head) {
	for _, o := range p.Branches {
		if o.Name != b.SharesHeadsOf {
			continue
		}
		keys := o.HeadKeys()
		if b.SharesHeadsThrough != "" {
			// Check has made sure that the key is there.
			keys = keys[:1+slices.Index(keys, b.SharesHeadsThrough)]
		}
		for _, key := range keys {
			heads = append(heads, Head{o.Name, key})
		}
	}
	for _, key := range b.OwnHeads() {
		heads = append(heads, Head{b.Name, key})
	}
	return heads
}

// checkPhases requires that phases can be told apart in a spec and that each trains
// something. A branch may be in several phases.
func (p StrategyPlan) checkPhases(branches map[string]bool) (problems []error) {
	if len(p.Phases) == 0 {
		problems = append(problems, errors.New("there is no phase"))
	}
	seen := map[string]bool{}
	for _, phase := range p.Phases {
		if phase.Name == "" || seen[phase.Name] {
			problems = append(problems, fmt.Errorf("two phases are named %q, or one has no name", phase.Name))
		}
		seen[phase.Name] = true
		if len(phase.Branches) == 0 {
			problems = append(problems, fmt.Errorf("phase %q trains no branch", phase.Name))
		}
		for i, name := range phase.Branches {
			if !branches[name] || slices.Contains(phase.Branches[:i], name) {
				problems = append(problems, fmt.Errorf("phase %q trains branch %q, which does not exist or is named "+
					"twice", phase.Name, name))
			}
		}
	}
	return problems
}

func repeats(names []string) bool {
	return len(slices.Compact(slices.Sorted(slices.Values(names)))) < len(names)
}

// HeadKeys returns the keys of the heads in a branch's table: Heads, or "head".
func (b Branch) HeadKeys() []string {
	if len(b.Heads) == 0 {
		return []string{"head"}
	}
	return b.Heads
}

// OwnHeads returns the keys of the heads that the branch owns.
func (b Branch) OwnHeads() []string {
	if b.SharesHeadsOf != "" && b.SharesHeadsThrough == "" {
		return nil
	}
	return b.HeadKeys()
}

// check reports the first contradiction in a branch. teacher reports whether the plan has
// one.
func (b Branch) check(teacher bool) error {
	switch {
	case !slices.Contains([]Source{Labeled, Unlabeled, Everything}, b.Source):
		return fmt.Errorf("unknown source %q", b.Source)
	case b.Unit != UnitSample && b.Unit != UnitFrame:
		return fmt.Errorf("unknown unit %q", b.Unit)
	case !slices.Contains([]TargetKind{TargetMultiHot, TargetOneHot, TargetVector, TargetNone}, b.Target):
		return fmt.Errorf("unknown target %q", b.Target)
	// Either both say that there are no targets, or neither does.
	case (b.Target == TargetNone) != (b.Origin == FromNothing):
		return fmt.Errorf("target %q from %q", b.Target, b.Origin)
	case b.Outputs < 0 || b.Outputs > 1<<20:
		return fmt.Errorf("%d outputs", b.Outputs)
	case slices.ContainsFunc(b.HeadKeys(), func(key string) bool { return !nameable(key) }) || repeats(b.HeadKeys()):
		return fmt.Errorf("heads %q are not different names", b.HeadKeys())
	case len(b.Outcomes) > 0 && len(b.Outcomes) != b.Outputs:
		return fmt.Errorf("%d outcomes are named, for %d outputs", len(b.Outcomes), b.Outputs)
	case b.Origin == FromLabels && (b.Source != Labeled || b.Unit != UnitSample):
		return errors.New("labels belong to the samples of the labelled source")
	}
	return b.checkViews(teacher)
}

// most bounds the numbers of a plan that multiply memory, so that a broken plugin cannot
// make the runner ask for more than any machine has.
const most = 1 << 10

// nameable reports whether a name can be a key of a spec, with the rule for components.
func nameable(name string) bool { return componentName.MatchString(name) }

// checkViews goes through the views in order, so that a view can refer only to those
// before it.
func (b Branch) checkViews(teacher bool) error {
	seen, gradient, made := map[string]bool{}, 0, 0
	for _, v := range b.Views {
		switch {
		case v.Name == "" || seen[v.Name]:
			return fmt.Errorf("two views are named %q, or one has no name", v.Name)
		case v.SharesFramesOf != "" && (!seen[v.SharesFramesOf] || v.Augment || v.Transform):
			return fmt.Errorf("view %q shares the frames of %q, which must come before it; it cannot augment or "+
				"transform them", v.Name, v.SharesFramesOf)
		case v.Copies < 0 || v.Copies > most || v.Copies > 1 && !v.Transform:
			return fmt.Errorf("view %q has %d copies, which only a transform makes", v.Name, v.Copies)
		// The averaged parameters are trained by nobody, so no gradient can go through
		// them.
		case v.Teacher && (!v.NoGradient || !teacher):
			return fmt.Errorf("view %q asks for a teacher that the plan does not have, or for a gradient through it",
				v.Name)
		// A loss reads what the last head writes, so a view with a gradient passes all
		// heads.
		case v.StopsAtHead != "" && (!slices.Contains(b.HeadKeys(), v.StopsAtHead) || !v.NoGradient):
			return fmt.Errorf("view %q stops at %q, which is no head, or wants a gradient", v.Name, v.StopsAtHead)
		case v.Draw < 0 || v.Draw > most:
			return fmt.Errorf("view %q has draw %d", v.Name, v.Draw)
		}
		seen[v.Name] = true
		if !v.NoGradient {
			gradient++
		}
		if !v.NoGradient && v.Transform {
			made++
		}
	}
	if gradient == 0 {
		return errors.New("no view has a gradient")
	}
	if b.Origin == FromTransform && made != gradient {
		return errors.New("targets come from a transform, so every view with a gradient must have it")
	}
	if b.Origin == FromLabels && len(b.Views) != gradient {
		return errors.New("targets come from labels, so a view without a gradient has no use")
	}
	return nil
}
