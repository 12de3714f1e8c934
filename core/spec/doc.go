// Package spec reads spec files, version 1, and knows the place of every key in
// them.
//
// A spec is checked in four steps, each of which finds all its problems at once:
//
//	s, problems := spec.Load("x.toml", overrides)             // syntax, keys, types, ranges
//	problems = append(problems, s.CheckFiles()...)            // data and weights
//	problems = append(problems, s.CheckComponents(lookup)...) // plugins and their options
//	problems = append(problems, s.CheckStrategyPlan(program)...)   // what the strategy needs
//
// [Sections] lists all keys: parsing, defaults and documentation are made from it.
//
// # Extends
//
// A spec may begin with extends = "base.toml", a path relative to itself, and that
// base with another. Tables merge key by key; lists and single values replace. One
// table replaces as a whole: a component whose plugin differs from the base's,
// since the options of the one mean nothing to the other.
//
// # Overrides
//
// The text behind -s is key=value, such as phase.joint.epochs=1 or
// branch.supervised.augment[1].p=0.3. It merges over the file as if it were one more
// file that extends it. The value is TOML, or, where it is not, a string as it
// stands; a key that wants a string takes the text whatever it looks like.
//
// # Paths
//
// Paths are relative to the file in which they are written, those of an override
// to the working directory. In a [Spec] they are absolute.
package spec
