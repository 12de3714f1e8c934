package exec

import "fmt"

// MicroBatching cuts the part of a graph that trains into pieces of its rows, so that its
// memory does not grow with them. The gradients stay those of all rows: a piece's forward is
// repeated before its backward, and the gradients of parameters are summed. The order of the
// sum depends on the number of rows alone.
type MicroBatching struct {
	// Symbol counts the rows that may be cut; "" cuts none.
	Symbol string
	// Size is the most rows of a piece, 0 for as many as Bytes of memory allow.
	Size int
	// Bytes bounds the memory where Size is 0.
	Bytes int
}

// pieces says how the part that trains is cut.
type pieces struct {
	symbol string // "" where it is not
	// most may be lowered while memory is planned. After that it is fixed: the order of
	// sums follows from it.
	most   int // rows of a piece
	limit  int // rows altogether
	slices []*value
}

// several reports whether there may be more than one piece.
func (c pieces) several() bool { return c.symbol != "" && c.most < c.limit }

// limits are those of a piece.
func (c pieces) limits(all map[string]int) map[string]int {
	if !c.several() {
		return all
	}
	out := map[string]int{c.symbol: c.most}
	for symbol, n := range all {
		if symbol != c.symbol {
			out[symbol] = n
		}
	}
	return out
}

// divide decides on the pieces, plans the memory and returns its bytes.
func (p *schedule) divide(s Spec) (bytes int, notes []string, err error) {
	statistics, obstacle := p.obstacles(s.Micro.Symbol)
	limit := s.Limits[s.Micro.Symbol]
	// There is nothing to cut where no step trains, or where there is one row.
	uncut := s.Micro.Symbol == "" || p.frozen == len(p.steps) || limit < 2
	// The statistics of a batch would become those of a piece, which is another training.
	// Only a spec that sets the size of its pieces accepts that.
	if uncut || obstacle != "" || statistics && s.Micro.Size == 0 {
		if s.Micro.Size > 0 && obstacle != "" && !uncut {
			notes = append(notes, "micro-batches are not possible: "+obstacle)
		}
		bytes, err = p.place(s)
		if !uncut && obstacle == "" && bytes > s.Micro.Bytes {
			notes = append(notes, fmt.Sprintf("batch statistics keep all %d frames in memory, %.1f GiB; micro_batch "+
				"takes the statistics of fewer frames", limit, float64(bytes)/(1<<30)))
		}
		return bytes, notes, err
	}
	p.pieces = pieces{symbol: s.Micro.Symbol, limit: limit, most: limit}
	// Slices are made even if one piece turns out to be enough. They then cover all rows.
	p.slice()
	if s.Micro.Size > 0 {
		p.pieces.most = min(limit, s.Micro.Size)
	}
	if statistics && p.pieces.several() {
		notes = append(notes, fmt.Sprintf("batch statistics are those of pieces of at most %d frames, not of the "+
			"whole batch", p.pieces.most))
	}
	// One piece more each time, and not one row less: of equally many pieces, those of equal
	// size take the least memory.
	for n := 1; ; n++ {
		bytes, err = p.place(s)
		if err != nil || s.Micro.Size > 0 || bytes <= s.Micro.Bytes || p.pieces.most == 1 {
			return bytes, notes, err
		}
		// Rounded up, so that n+1 pieces are enough for the limit.
		p.pieces.most = (limit + n) / (n + 1)
	}
}

// obstacles reports whether the part that trains takes statistics of rows, and what else
// in it prevents its rows from being cut.
func (p *schedule) obstacles(symbol string) (statistics bool, obstacle string) {
	for _, s := range p.steps[p.frozen:p.forward] {
		// What has no rows, such as a product of parameters, comes out the same in every
		// piece.
		constant := s.out.shape.Constant()
		for _, v := range s.in {
			constant = constant && v.shape.Constant()
		}
		if constant {
			continue
		}
		if s.of.Statistic {
			statistics = true
			continue
		}
		if !s.of.Rowwise || !s.out.shape.CountedBy(symbol) {
			return statistics, s.label + " takes rows together"
		}
		for _, v := range append(append([]*value{}, s.in...), s.saved...) {
			if !v.shape.Constant() && !v.shape.CountedBy(symbol) {
				return statistics, fmt.Sprintf("%s has the shape %v", v.label, v.shape)
			}
		}
	}
	for _, v := range p.outputs {
		// A caller's output is filled piece by piece, by its rows.
		if v.trained && !v.shape.CountedBy(symbol) {
			return statistics, v.label + " depends on all rows together"
		}
	}
	return statistics, ""
}

// slice makes the part that trains read a piece's rows of the values that come from the
// part before it.
func (p *schedule) slice() {
	slices := map[*value]*value{}
	for i := p.frozen; i < len(p.steps); i++ {
		s := &p.steps[i]
		s.in = append([]*value(nil), s.in...)
		for k, v := range s.in {
			// What trains has a piece's rows already, and what has no rows is read whole.
			if v.trained || !v.shape.CountedBy(p.pieces.symbol) {
				continue
			}
			// One slice serves all readers, so that binding it once for a piece reaches
			// them all.
			if slices[v] == nil {
				slices[v] = &value{label: v.label, dtype: v.dtype, shape: v.shape, storage: storageSlice, whole: v}
				p.pieces.slices = append(p.pieces.slices, slices[v])
			}
			s.in[k] = slices[v]
		}
	}
}

// rowRange is the rows of a piece.
type rowRange struct{ from, to int }

// ranges returns the pieces of n rows.
func (c pieces) ranges(n int) []rowRange {
	if c.symbol == "" || n <= c.most {
		return []rowRange{{0, n}}
	}
	// As equal as can be: a short last piece would leave threads without work.
	count := (n + c.most - 1) / c.most
	each := (n + count - 1) / count
	var out []rowRange
	for from := 0; from < n; from += each {
		out = append(out, rowRange{from, min(n, from+each)})
	}
	return out
}
