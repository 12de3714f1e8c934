package metric

// mean is numpy.average: sum(values*weights)/sum(weights), or the plain mean
// without weights. Where all weights are zero it is 0, as scikit-learn has it.
func mean(values, weights []float64) float64 {
	if weights == nil {
		return sum(values) / float64(len(values))
	}
	total := sum(weights)
	if total == 0 {
		return 0
	}
	products := make([]float64, len(values))
	for i, v := range values {
		products[i] = v * weights[i]
	}
	return sum(products) / total
}

// sum adds in numpy's order (pairwise, in blocks of at most 128 values with eight
// partial sums), since another order would differ from it in the last bits.
func sum(values []float64) float64 {
	const block, lanes = 128, 8
	n := len(values)
	if n > block {
		half := n / 2
		half -= half % lanes
		return sum(values[:half]) + sum(values[half:])
	}
	if n < lanes {
		return sumInOrder(0, values)
	}
	r := [lanes]float64(values[:lanes])
	i := lanes
	for ; i+lanes <= n; i += lanes {
		for lane := range r {
			r[lane] += values[i+lane]
		}
	}
	return sumInOrder(((r[0]+r[1])+(r[2]+r[3]))+((r[4]+r[5])+(r[6]+r[7])), values[i:])
}

func sumInOrder(start float64, values []float64) float64 {
	for _, v := range values {
		start += v
	}
	return start
}
