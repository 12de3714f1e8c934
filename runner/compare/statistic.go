package compare

import (
	"fmt"
	"math"
)

// Spread is a mean with the sample standard deviation around it.
type Spread struct {
	Mean, Deviation float64
	N               int
}

// Of returns the spread of values: NaN without any, and a deviation of NaN with one.
func Of(values []float64) Spread {
	s := Spread{N: len(values)}
	for _, v := range values {
		s.Mean += v / float64(s.N)
	}
	squares := 0.0
	for _, v := range values {
		squares += (v - s.Mean) * (v - s.Mean)
	}
	s.Deviation = math.Sqrt(squares / float64(s.N-1))
	if s.N == 0 {
		s.Mean, s.Deviation = math.NaN(), math.NaN()
	}
	return s
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
