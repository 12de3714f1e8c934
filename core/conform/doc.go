// Package conform checks a component against its contract, in whatever language it is
// written: the kit calls the component through the interfaces of package core, in this
// process or over a connection, and never inspects its code.
//
// The checks, in order; each gives one line of the report.
//
//	description  the component and each of its options are documented
//	options      a bad value of any option is refused by name, a bound is legal
//	plan         plans are complete, repeatable, and cover smaller calls
//	announced    a strategy's plan is consistent, and its calls do what the plan says
//	writes       every requested result is written, and nothing else
//	repeat       the same call gives the same bytes
//	inputs       inputs are not modified
//	finite       no NaN or infinity, not even for extreme inputs
//	gradients    gradients agree with finite differences
//	keyed        a row's result depends on the row and its key, not on its position
//	misuse       calls that do not fit the plan are refused with an error of the contract
//	cancel       a cancelled call returns soon
//	concurrent   two instances at the same time do not disturb each other
//	restart      a new process gives the same bytes, without the calls before
//
// An exercise is a plan and the calls that fit it. The checks are the same for all kinds;
// each kind has its own exercises.
package conform
