// Package example serves one deliberately trivial component of each kind. The
// tests use them, and the authoring guide quotes them: each file is all that a
// component of its kind needs.
package example

import "montage/core"

// Components lists what this plugin serves.
var Components = []core.Component{MeanColor, First, Squared, Invert, Plain}
