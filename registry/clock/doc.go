// Package clock measures the calls of plugins. A Clock in a registry's Config adds up the
// times of all calls, and hands every call to a function that watches them.
package clock
