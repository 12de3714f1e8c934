package spec

import (
	"slices"
	"strings"

	"montage/core"
)

// Lookup finds a component by kind and name. Its error may carry hints.
type Lookup func(kind core.Kind, name string) (core.Description, error)

// Components returns every reference of the spec: backbone, strategy, then those of each
// branch in the order of the file.
func (s *Spec) Components() []*Component {
	all := []*Component{s.Backbone, s.Strategy}
	for _, b := range s.Branches {
		all = append(all, b.Augment...)
		// Views and heads are maps, so they are sorted: problems and plugins come in the
		// same order each time.
		for _, name := range sortedKeys(b.Views) {
			all = append(all, b.Views[name].Augment...)
		}
		for _, key := range sortedKeys(b.Heads) {
			all = append(all, b.Heads[key])
		}
		all = append(all, b.Loss)
	}
	// A reference that the file lacks or that could not be read is nil.
	return slices.DeleteFunc(all, func(c *Component) bool { return c == nil })
}

// CheckComponents looks up every component, checks its options against those it declares,
// and sets its Description and Values. Values are complete only if there is no problem.
func (s *Spec) CheckComponents(lookup Lookup) Problems {
	var problems Problems
	for _, c := range s.Components() {
		description, err := s.describe(lookup, c)
		if err != nil {
			// Without a description there is nothing to check options against. The other
			// components are checked all the same.
			problems = append(problems, s.At(join(c.Path, "plugin"), err)...)
			continue
		}
		c.Description = description
		problems = append(problems, s.checkOptions(c)...)
	}
	return problems.sorted()
}

// describe looks a component up, save what the runner itself is.
func (s *Spec) describe(lookup Lookup, c *Component) (core.Description, error) {
	if c == s.Backbone && s.TakesFeatures() {
		return FeatureBackboneDescription(), nil
	}
	return lookup(c.Kind, c.Plugin)
}

func (s *Spec) checkOptions(c *Component) Problems {
	raw := c.node.options(c.Description.Options)
	delete(raw, "plugin")
	if c.Kind == core.KindBackbone {
		// The table of a backbone also holds keys of the runner, which are no options of
		// the component.
		for _, shared := range backboneOptions() {
			delete(raw, shared.Name)
		}
		for _, table := range backboneTables {
			delete(raw, table)
		}
	}
	values, faults := core.Check(c.Description.Options, raw)
	// Set even with faults: the caller must not run it, but later checks can go on.
	c.Values = values
	var problems Problems
	for _, fault := range faults {
		problem := s.atOption(c.Path, fault)
		if fault.Unknown {
			problem.Hint = c.suggest(fault.Path)
		}
		if fault.Path == "" {
			problem.Message = c.Plugin + ": " + problem.Message
		}
		problems = append(problems, problem)
	}
	return problems
}

func (c *Component) suggest(name string) string {
	var names []string
	for _, o := range c.Description.Options {
		names = append(names, o.Name)
	}
	if c.Kind == core.KindBackbone {
		for _, shared := range backboneOptions()[1:] {
			names = append(names, shared.Name)
		}
		names = append(names, backboneTables...)
	}
	return suggest(name, "options of "+c.Plugin, names)
}

// targets names the targets that a loss takes, for messages.
func (c *Component) targets() string {
	var words []string
	for _, t := range c.Description.Targets {
		words = append(words, string(t))
	}
	return strings.Join(words, " or ")
}
