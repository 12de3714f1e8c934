package metric

import (
	"fmt"
	"math"

	"montage/core/tensor"
)

// Embedding measures how a batch's embeddings are distributed on the unit sphere. Contrastive
// and self-distilling methods can collapse, giving all rows the same embedding, and the loss
// of some methods does not show it.
type Embedding struct {
	// Spread is √D times the standard deviation of the normalised rows, averaged over the
	// dimensions: about 1 if they point in all directions, 0 if all are the same.
	// Source: Chen & He 2021 (arXiv:2011.10566), section 4.1.
	Spread float64
	// Uniformity is log E exp(-2|x-y|²) over all pairs of different rows: 0 if all are the
	// same, else negative. Source: Wang & Isola 2020 (arXiv:2005.10242), equation 5, t = 2.
	// Differs: the rows of all views count together, and of more than 256 the first 256.
	Uniformity float64
	// Alignment is the mean of |x-y|² over the pairs of views: row r and row r + R/2.
	// Source: the same, equation 4, α = 2. NaN if the rows are not paired.
	Alignment float64
}

// mostRows bounds the pairs of the uniformity.
const mostRows = 256

// Embed measures embeddings.
//
//	rows: float32 [R,D], R of at least 2, any length but 0; not kept
//	paired: rows r and r + R/2 are two views of one thing
//
// A row of length 0 is not normalised.
func Embed(rows tensor.Tensor, paired bool) (Embedding, error) {
	if rows.DType != tensor.Float32 || len(rows.Shape) != 2 || rows.Shape[0] < 2 || rows.Shape[1] < 1 {
		return Embedding{}, fmt.Errorf("embeddings: expected float32[R D] with at least two rows, got %v", rows)
	}
	x := UnitRows(rows)
	e := Embedding{Spread: spread(x), Uniformity: uniformity(x[:min(len(x), mostRows)]), Alignment: math.NaN()}
	if paired && len(x)%2 == 0 {
		half, total := len(x)/2, 0.0
		for i := range half {
			total += apart(x[i], x[half+i])
		}
		e.Alignment = total / float64(half)
	}
	return e, nil
}

// UnitRows returns the rows of a float32 [R,D], normalised to length 1; a row of zeros stays.
func UnitRows(rows tensor.Tensor) [][]float64 {
	out := make([][]float64, rows.Shape[0])
	for i := range out {
		sum := 0.0
		for _, v := range rows.Row(i) {
			sum += float64(v) * float64(v)
		}
		if sum == 0 {
			sum = 1
		}
		for _, v := range rows.Row(i) {
			out[i] = append(out[i], float64(v)/math.Sqrt(sum))
		}
	}
	return out
}

func spread(x [][]float64) float64 {
	n, d := float64(len(x)), len(x[0])
	total := 0.0
	for j := range d {
		mean, variance := 0.0, 0.0
		for i := range x {
			mean += x[i][j] / n
		}
		for i := range x {
			variance += (x[i][j] - mean) * (x[i][j] - mean) / n
		}
		total += math.Sqrt(variance)
	}
	return total / math.Sqrt(float64(d))
}

func uniformity(x [][]float64) float64 {
	total, pairs := 0.0, 0
	for i := range x {
		for j := range i {
			total += math.Exp(-2 * apart(x[i], x[j]))
			pairs++
		}
	}
	return math.Log(total / float64(pairs))
}

// apart returns the squared distance.
func apart(x, y []float64) (sum float64) {
	for i := range x {
		sum += (x[i] - y[i]) * (x[i] - y[i])
	}
	return sum
}
