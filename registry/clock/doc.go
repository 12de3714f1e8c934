// Package clock measures the calls of plugins: a Clock, given to a registry's Config,
// hears of every call, adds up what calls took, and passes each on to who watches.
package clock
