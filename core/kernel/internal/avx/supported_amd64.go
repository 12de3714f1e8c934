package avx

import "golang.org/x/sys/cpu"

// Supported tells whether this processor runs the functions of this package.
func Supported() bool { return cpu.X86.HasAVX2 && cpu.X86.HasFMA }
