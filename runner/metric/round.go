package metric

import "math"

// Round rounds a number for the log to so many decimals, halves away from zero. NaN and
// infinities stay, and so does what is too large to have the decimals.
func Round(v float64, decimals int) float64 {
	scale := math.Pow10(decimals)
	if scaled := math.Round(v * scale); !math.IsInf(scaled, 0) {
		return scaled / scale
	}
	return v
}
