// Package spec reads spec files, version 1, and reports every problem with its position in
// the file.
//
// A spec is checked in four steps, each of which finds all its problems at once:
//
//	s, problems := spec.Load("x.toml", overrides)             // syntax, keys, types, ranges
//	problems = append(problems, s.CheckFiles()...)            // data and weights
//	problems = append(problems, s.CheckComponents(lookup)...) // plugins and their options
//	problems = append(problems, s.CheckStrategyPlan(plan)...) // what the strategy needs
//
// [Sections] lists all keys. Parsing, defaults and documentation follow from it.
//
// # Extends
//
// A spec may extend another by extends = "base.toml", a path relative to itself; the base
// may extend a third. Tables merge key by key; lists and single values replace those of
// the base. One kind of table replaces as a whole: a component that names another plugin
// than the base, because its options belong to that plugin.
//
// # Overrides
//
// An override (-s) is key=value, such as phase.joint.epochs=1 or
// branch.supervised.augment[1].p=0.3. It merges as a file that extends the spec would. The
// value is read as TOML and, if it is not TOML, as a string. A key of type string takes
// the text as it is written.
//
// # Paths
//
// Paths are relative to the file that contains them; those of an override are relative to
// the working directory. In a [Spec] they are absolute.
package spec
