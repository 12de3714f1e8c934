// Package pb is generated from plugin.proto, which is the description of the
// protocol for authors of plugins in any language. The two sides of the protocol
// import it, and package wire, which has what they share.
package pb

//go:generate ./generate.sh
