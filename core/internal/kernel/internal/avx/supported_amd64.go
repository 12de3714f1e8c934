package avx

import "golang.org/x/sys/cpu"

// Best returns the level of this processor.
func Best() Level {
	switch x := cpu.X86; {
	case x.HasAVX2 && x.HasFMA && x.HasAVX512F && x.HasAVX512VL && x.HasAVX512DQ && x.HasAVX512BW:
		return AVX512
	case x.HasAVX2 && x.HasFMA:
		return AVX2
	}
	return None
}
