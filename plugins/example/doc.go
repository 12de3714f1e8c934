// Package example serves a deliberately small component of each kind, and a second head. The
// tests use them, and the authoring guide quotes them. Each file is complete: a component of
// its kind needs nothing more.
package example

import "montage/core"

// Components lists what this plugin serves.
var Components = []core.Component{MeanColor, First, Attention, Squared, Invert, Plain}
