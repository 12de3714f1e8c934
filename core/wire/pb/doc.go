// Package pb is generated from plugin.proto, which is the description of the
// protocol for authors of plugins in any language. Only package wire imports it.
package pb

//go:generate ./generate.sh
