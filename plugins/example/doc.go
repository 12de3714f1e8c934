// Package example serves a deliberately small component of each kind, and two heads. The
// tests use them, and the authoring guide quotes them: each file is all that a
// component of its kind needs.
package example

import "montage/core"

// Components lists what this plugin serves.
var Components = []core.Component{MeanColor, First, Attention, Squared, Invert, Plain}
