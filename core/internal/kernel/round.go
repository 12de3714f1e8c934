package kernel

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// ceilUp returns a rounded up to a multiple of b.
func ceilUp(a, b int) int { return ceilDiv(a, b) * b }
