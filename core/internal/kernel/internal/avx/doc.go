// Package avx holds the assembly of package kernel, for amd64 with AVX2 and FMA or
// AVX-512. It is generated and looks neither at the processor nor at lengths: callers
// ask Best first, on other architectures too, and pass what the doc comments say.
package avx

//go:generate go -C ../asmgen run . -pkg avx -out ../avx/avx_amd64.s -stubs ../avx/avx_amd64.go
