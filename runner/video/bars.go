package video

import "fmt"

const (
	barLight = 12 // mean of the brightest row of a bar
	evidence = 5  // frames that must agree
)

// bars are the shares of a frame that black bars take at each side.
type bars struct{ left, right, top, bottom float64 }

func (b bars) filter() string {
	return fmt.Sprintf("crop=iw*%.5f:ih*%.5f:iw*%.5f:ih*%.5f", 1-b.left-b.right, 1-b.top-b.bottom, b.left, b.top)
}

// edges keeps the brightest mean of each row and column over all frames.
type edges struct {
	rows, columns []int
	frames        int
}

func newEdges(w, h int) *edges { return &edges{rows: make([]int, h), columns: make([]int, w)} }

func (e *edges) add(pix []byte) {
	w, h := len(e.columns), len(e.rows)
	sums := make([]int, w)
	for y := range h {
		row := 0
		for x, v := range pix[y*w : (y+1)*w] {
			row += int(v)
			sums[x] += int(v)
		}
		e.rows[y] = max(e.rows[y], row/w)
	}
	for x, sum := range sums {
		e.columns[x] = max(e.columns[x], sum/h)
	}
	e.frames++
}

// bars returns none where too few frames are evidence, or too little would be left.
func (e *edges) bars() (b bars) {
	if e.frames < evidence {
		return b
	}
	b.top, b.bottom = dark(e.rows)
	b.left, b.right = dark(e.columns)
	return b
}

// dark returns the shares of dark lines at both ends, with one line more where there are any: it may be half dark.
func dark(lines []int) (before, after float64) {
	n := len(lines)
	i, j := 0, 0
	for i < n && lines[i] <= barLight {
		i++
	}
	for j < n-i && lines[n-1-j] <= barLight {
		j++
	}
	if i > 0 {
		i++
	}
	if j > 0 {
		j++
	}
	if (n-i-j)*4 < n {
		return 0, 0
	}
	return float64(i) / float64(n), float64(j) / float64(n)
}
