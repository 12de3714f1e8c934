// Package scaffold writes the folder of a new plugin: a program with one component
// that works, its test, a spec that trains with it, and what to do next.
package scaffold
