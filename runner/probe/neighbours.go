package probe

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"montage/core/parallel"
	"montage/core/tensor"
	"montage/runner/metric"
)

// neighbours scores each class of a row by its share of the neighbours' votes: a neighbour
// votes for its classes with weight exp(cos/temperature). Of equally near neighbours, the
// earlier row counts as nearer. Source: Wu et al. 2018 (arXiv:1805.01978), section 3.4,
// with several classes to a row.
func neighbours(c Config, train Set, rows tensor.Tensor) tensor.Tensor {
	known, unknown := metric.UnitRows(train.Rows), metric.UnitRows(rows)
	classes := train.Targets.Shape[1]
	scores := tensor.New(tensor.Float32, rows.Shape[0], classes)
	parallel.For(len(unknown), func(i int) {
		votes := nearest(known, unknown[i], c.Neighbours)
		sums, total := make([]float64, classes), 0.0
		for _, v := range votes {
			weight := math.Exp((v.cosine - votes[0].cosine) / c.Temperature) // no overflow, the same shares
			total += weight
			for k, has := range train.Targets.Row(v.row) {
				sums[k] += weight * float64(has)
			}
		}
		for k, sum := range sums {
			scores.Row(i)[k] = float32(sum / total)
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
		votes[i] = vote{i, floats.Dot(x, y)}
	}
	slices.SortStableFunc(votes, func(a, b vote) int { return cmp.Compare(b.cosine, a.cosine) })
	return votes[:min(k, len(votes))]
}
