package probe

import (
	"cmp"
	"math"
	"slices"

	"montage/core/kernel"
	"montage/core/tensor"
)

// neighbours scores each class of a row by the part of its neighbours' votes that
// have it: a neighbour votes with exp(cos/temperature). Of equal neighbours the
// earlier counts as nearer. Source: Wu et al. 2018 (arXiv:1805.01978), section 3.4,
// with several classes to a row.
func neighbours(c Config, train Set, rows tensor.Tensor) tensor.Tensor {
	known, unknown := unitRows(train.Rows), unitRows(rows)
	classes := train.Targets.Shape[1]
	scores := tensor.New(tensor.Float32, rows.Shape[0], classes)
	kernel.Parallel(len(unknown), func(i int) {
		votes := nearest(known, unknown[i], c.Neighbours)
		sums, total := make([]float64, classes), 0.0
		for _, v := range votes {
			weight := math.Exp((v.cosine - votes[0].cosine) / c.Temperature) // no overflow, the same shares
			total += weight
			for k, has := range row(train.Targets, v.row) {
				sums[k] += weight * float64(has)
			}
		}
		for k, sum := range sums {
			row(scores, i)[k] = float32(sum / total)
		}
	})
	return scores
}

type vote struct {
	row    int
	cosine float64
}

// nearest returns the k rows of greatest cosine, the nearest first.
func nearest(known [][]float64, x []float64, k int) []vote {
	votes := make([]vote, len(known))
	for i, y := range known {
		votes[i] = vote{i, dot(x, y)}
	}
	slices.SortStableFunc(votes, func(a, b vote) int { return cmp.Compare(b.cosine, a.cosine) })
	return votes[:min(k, len(votes))]
}

// unitRows returns the rows made of length 1; a row of zeros stays.
func unitRows(t tensor.Tensor) [][]float64 {
	rows := make([][]float64, t.Shape[0])
	for i := range rows {
		rows[i] = make([]float64, t.Shape[1])
		for j, v := range row(t, i) {
			rows[i][j] = float64(v)
		}
		if length := math.Sqrt(dot(rows[i], rows[i])); length > 0 {
			for j := range rows[i] {
				rows[i][j] /= length
			}
		}
	}
	return rows
}

func dot(x, y []float64) (sum float64) {
	for i, v := range x {
		sum += v * y[i]
	}
	return sum
}

// row returns row i of a float32 matrix.
func row(t tensor.Tensor, i int) []float32 {
	width := t.Shape[1]
	return t.Float32s()[i*width : (i+1)*width]
}
