package kernel

import "montage/core/parallel"

// chunkRows is the number of rows that are added up in float32, of which a register holds
// twice as many as of float64. The sums of chunks are added in float64, in their order: a
// long sum in float32 would lose its small terms. The cut depends on the rows alone, so
// the bits do not depend on threads.
const chunkRows = 256

// columnSums adds up functions of the columns of matrices [rows,c].
type columnSums struct {
	rows, c int
	outputs int // sums of each column
}

// run calls part for each chunk, with zeroed sums [outputs,c], the index of the
// chunk's first element and its number of rows; then finish for each column.
func (s columnSums) run(part func(acc []float32, from, rows int), finish func(c int, sums []float64)) {
	chunks, width := ceilDiv(s.rows, chunkRows), s.outputs*s.c
	buf := grab(chunks * width)
	defer release(buf)
	parallel.For(chunks, func(i int) {
		acc := (*buf)[i*width:][:width]
		clear(acc)
		part(acc, i*chunkRows*s.c, min(chunkRows, s.rows-i*chunkRows))
	})
	// By one goroutine, in the order of the chunks, whichever was ready first.
	total := make([]float64, width)
	for i := range chunks {
		for j, v := range (*buf)[i*width:][:width] {
			total[j] += float64(v)
		}
	}
	sums := make([]float64, s.outputs)
	for c := range s.c {
		for o := range sums {
			sums[o] = total[o*s.c+c]
		}
		finish(c, sums)
	}
}

// SumRows writes the sum of the rows of x, [rows,cols], to out, [cols]: the gradient of a bias.
func SumRows(out, x []float32, rows, cols int) {
	columnSums{rows: rows, c: cols, outputs: 1}.run(func(acc []float32, from, rows int) {
		sumRows(acc, x[from:], rows)
	}, func(c int, sum []float64) { out[c] = float32(sum[0]) })
}

// AddBias adds bias, [cols], to every row of y, [rows,cols], in place.
func AddBias(y []float32, rows, cols int, bias []float32) {
	parallel.Chunks(rows, chunkRows, func(r0, r1 int) {
		biasRows(y[r0*cols:r1*cols], bias[:cols])
	})
}
