// Package conform checks a component against its contract, whatever it is written
// in: the component is called through the interfaces of package core, in this
// process or over a connection, and never looked into.
//
// The checks, in their order; each gives one line.
//
//	description  the component and each of its options say what they are
//	options      a bad value of any option is refused by name, a bound is legal
//	plan         plans are complete, repeatable, and hold for smaller calls
//	announced    a strategy's program holds together and its calls do what it says
//	writes       all that is asked for is written, nothing else, whatever lay there
//	repeat       the same call gives the same bytes
//	inputs       what is handed in stays as it is
//	finite       no NaN or infinity, for extreme inputs either
//	gradients    gradients agree with finite differences
//	keyed        a row's result depends on the row and its key, not on its place
//	misuse       calls that do not fit the plan are refused by name
//	cancel       a cancelled call returns soon
//	concurrent   two instances at once do not disturb each other
//	restart      a new process gives the same bytes, without the calls before
package conform
