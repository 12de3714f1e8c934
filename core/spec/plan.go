package spec

import (
	"fmt"
	"slices"
	"strings"

	"montage/core"
)

// CheckStrategyPlan compares the spec with what its strategy wants trained. It looks at
// the targets of the losses that [Spec.CheckComponents] found.
func (s *Spec) CheckStrategyPlan(plan core.StrategyPlan) Problems {
	c := strategyCheck{spec: s, plan: plan}
	// All checks run, even after a problem: an author wants every mistake at once.
	c.strangers()
	for _, branch := range plan.Branches {
		c.branch(branch)
	}
	for _, phase := range plan.Phases {
		if !s.has("phase."+phase.Name) && !s.garbled("phase") {
			c.add(c.strategyPos(), fmt.Sprintf("write\n    [phase.%s]  # %s\n    epochs = 10", phase.Name,
				firstLine(phase.Doc)),
				"strategy %q needs [phase.%s]", c.name(), phase.Name)
		}
	}
	c.sources()
	return c.sorted()
}

// strategyCheck lives for one CheckStrategyPlan and collects what that returns.
type strategyCheck struct {
	Problems
	spec *Spec
	plan core.StrategyPlan
}

func (c *strategyCheck) name() string {
	if c.spec.Strategy == nil {
		return ""
	}
	return c.spec.Strategy.Plugin
}

func (c *strategyCheck) strategyPos() Position { return c.spec.PosOf("strategy.plugin") }

// strangers reports branches and phases that the strategy does not have.
func (c *strategyCheck) strangers() {
	var branches, phases []string
	for _, b := range c.plan.Branches {
		branches = append(branches, b.Name)
	}
	for _, p := range c.plan.Phases {
		phases = append(phases, p.Name)
	}
	for _, b := range c.spec.Branches {
		c.stranger("branch", b.Name, branches)
	}
	for _, p := range c.spec.Phases {
		c.stranger("phase", p.Name, phases)
	}
}

func (c *strategyCheck) stranger(what, name string, known []string) {
	if !slices.Contains(known, name) {
		plural := map[string]string{"branch": "branches", "phase": "phases"}[what]
		c.add(c.spec.keyPos(what+"."+name), suggest(name, plural+" of "+c.name(), known), "strategy %q has no %s %q",
			c.name(), what, name)
	}
}

func (c *strategyCheck) branch(want core.Branch) {
	path := "branch." + want.Name
	have := c.spec.Branch(want.Name)
	switch {
	// What the file has there could not be read, so nothing can be said to be missing.
	case c.spec.garbled("branch"):
		return
	case !c.spec.has(path):
		c.add(c.strategyPos(), "write\n    "+strings.Join(example(want), "\n    "),
			"strategy %q needs [%s]", c.name(), path)
		return
	case have == nil: // there, but not as a table, which Load reported
		return
	}
	c.heads(path, want, have)
	c.views(path, want, have)
	c.classes(path, want, have)
	if !c.spec.has(join(path, "loss")) {
		c.add(c.spec.PosOf(path), "write\n    "+lossExample(want), "branch %q has no loss", want.Name)
	}
	c.target(want, have.Loss)
}

func (c *strategyCheck) heads(path string, want core.Branch, have *BranchTable) {
	keys := want.HeadKeys()
	if len(want.OwnHeads()) == 0 {
		for _, key := range sortedKeys(have.Heads) {
			c.add(c.spec.keyPos(join(path, key)), "leave it out",
				"branch %q of strategy %q uses the heads of branch %q", want.Name, c.name(), want.SharesHeadsOf)
		}
		return
	}
	for _, key := range keys {
		if !c.spec.has(join(path, key)) {
			c.add(c.spec.PosOf(path), "write\n    "+headExample(key), "branch %q has no %s", want.Name, key)
		}
	}
	for _, key := range sortedKeys(have.Heads) {
		if !slices.Contains(keys, key) {
			c.add(c.spec.keyPos(join(path, key)), suggest(key, "keys of branch "+want.Name,
				slices.Concat(keys, branchTables)),
				"strategy %q has no head %q in branch %q", c.name(), key, want.Name)
		}
	}
}

// views reports tables of views that there are not, and augmentations that nothing
// would ever apply.
func (c *strategyCheck) views(path string, want core.Branch, have *BranchTable) {
	augmented, common := map[string]bool{}, false
	var names []string
	for _, v := range want.Views {
		names = append(names, v.Name)
		augmented[v.Name] = v.Augment
		// A view with a table of its own does not use the branch's augmentations.
		common = common || v.Augment && have.Views[v.Name] == nil
	}
	for _, name := range sortedKeys(have.Views) {
		at := join(path, "view."+name)
		if !slices.Contains(names, name) {
			c.add(c.spec.keyPos(at), suggest(name, "views of "+want.Name, names),
				"branch %q of strategy %q has no view %q", want.Name, c.name(), name)
		} else if !augmented[name] {
			c.add(c.spec.keyPos(at), "leave the table out", "strategy %q does not augment view %q of branch %q",
				c.name(), name, want.Name)
		}
	}
	if len(have.Augment) > 0 && !common {
		c.add(c.spec.keyPos(join(path, "augment")), "leave it out", "no view of branch %q takes the branch's "+
			"augmentations", want.Name)
	}
}

// target compares what a loss takes with what the strategy gives. A loss that was not found
// has no description; CheckComponents reported it.
func (c *strategyCheck) target(want core.Branch, loss *Component) {
	if loss == nil || loss.Description.Name == "" || slices.Contains(loss.Description.Targets, want.Target) {
		return
	}
	c.add(c.spec.PosOf(loss.Path+".plugin"), fmt.Sprintf("choose a loss for %s targets; runner plugin list shows "+
		"what is installed", want.Target),
		"loss %q takes %s targets, but branch %q gives %s", loss.Plugin, loss.targets(), want.Name, want.Target)
}

// sources reports data that a phase which is not left out would train on.
func (c *strategyCheck) sources() {
	given := map[core.Source]bool{core.Labeled: c.spec.Data.Labeled != "",
		core.Unlabeled: c.spec.Data.Unlabeled != "" || c.spec.Found[core.Unlabeled]}
	asked := map[core.Source]bool{}
	if c.spec.garbled("data") {
		return
	}
	for _, branch := range c.plan.Branches {
		if !c.trained(branch.Name) {
			continue
		}
		for _, source := range sourcesOf(branch.Source) {
			if given[source] || asked[source] {
				continue
			}
			// Reported for the first branch alone: one missing line is one problem.
			asked[source] = true
			c.add(c.spec.PosOf("data"), fmt.Sprintf("%s = %q in [data]; make an example with: runner synth data",
				source, examples[source]),
				"data.%s is missing: branch %q of strategy %q trains on it", source, branch.Name, c.name())
		}
	}
}

// trained reports whether a phase trains the branch. A phase that the spec lacks counts: once
// it is written, it needs its data.
func (c *strategyCheck) trained(branch string) bool {
	for _, phase := range c.plan.Phases {
		p := c.spec.Phase(phase.Name)
		if slices.Contains(phase.Branches, branch) && (p == nil || p.Epochs > 0) {
			return true
		}
	}
	return false
}

func sourcesOf(s core.Source) []core.Source {
	// Everything has no key of its own in [data]; it needs both.
	if s == core.Everything {
		return []core.Source{core.Labeled, core.Unlabeled}
	}
	return []core.Source{s}
}

var examples = map[core.Source]string{core.Labeled: "data/train.csv", core.Unlabeled: "data/unlabeled.csv"}

// example is the least table of a branch, line by line.
func example(b core.Branch) []string {
	lines := []string{fmt.Sprintf("[branch.%s]  # %s", b.Name, firstLine(b.Doc))}
	for _, key := range b.OwnHeads() {
		lines = append(lines, headExample(key))
	}
	return append(lines, lossExample(b), `optimizer = { kind = "adam", lr = 1e-3 }`)
}

func headExample(key string) string { return key + ` = { plugin = "…" }` }

func lossExample(b core.Branch) string {
	return fmt.Sprintf(`loss = { plugin = "…" }  # for %s targets`, b.Target)
}

func firstLine(doc string) string {
	line, _, _ := strings.Cut(doc, "\n")
	return line
}
