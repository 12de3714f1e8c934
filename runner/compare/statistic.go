package compare

import (
	"fmt"

	"gonum.org/v1/gonum/stat"
)

// Spread is a mean with the sample standard deviation around it.
type Spread struct {
	Mean, Deviation float64
	N               int
}

// Of returns the spread of values: NaN without any, and a deviation of NaN with one.
func Of(values []float64) Spread {
	mean, deviation := stat.MeanStdDev(values, nil)
	return Spread{mean, deviation, len(values)}
}

// String shows mean and deviation with three decimals, the mean alone where it is
// all there is.
func (s Spread) String() string {
	switch {
	case s.N == 0:
		return "–"
	case s.N == 1:
		return fmt.Sprintf("%.3f", s.Mean)
	}
	return fmt.Sprintf("%.3f ± %.3f", s.Mean, s.Deviation)
}

// Signed is String with the sign of the mean, for differences.
func (s Spread) Signed() string {
	if s.N == 0 || s.Mean < 0 {
		return s.String()
	}
	return "+" + s.String()
}
