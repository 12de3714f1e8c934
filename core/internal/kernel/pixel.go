package kernel

import "montage/core/parallel"

// Normalize turns pixels x, [...,3] of 0 to 255, into y = (x/255 - mean)/std, by
// channel. A byte has 256 values, so each channel is a table: the divisions are made in
// double precision for 768 numbers, and not for every pixel.
func Normalize(y []float32, x []uint8, mean, std [3]float32) {
	check("Normalize", "y", len(y), len(x))
	var table [3][256]float32
	for c := range table {
		for v := range table[c] {
			table[c][v] = float32((float64(v)/255 - float64(mean[c])) / float64(std[c]))
		}
	}
	const chunk = 3 << 14
	parallel.Chunks(len(x), chunk, func(from, to int) {
		for i := from; i+2 < to; i += 3 {
			y[i], y[i+1], y[i+2] = table[0][x[i]], table[1][x[i+1]], table[2][x[i+2]]
		}
	})
}
