// Package wasm decodes AVIF and HEIC by WebAssembly builds of libavif and libheif.
//
//	AVIF  decodes to pixels
//	HEIC  decodes to planes of light and colours
//
// The builds lie in lib, with their licences, where they come from and how to make
// them; wazero compiles one when the first file of its format is decoded, once a process.
// Each file has an instance, and a memory, of its own: whatever a hostile file does to it,
// the next file begins anew. An instance reaches no file, clock or network, gets at most 2 GiB
// of memory, and is ended when a file takes too long.
package wasm
