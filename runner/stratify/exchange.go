package stratify

// Exchanges are tried so many times for each unit, and no more than most in all, so that
// a million samples take seconds.
const (
	triesPerUnit = 200
	mostTries    = 20_000_000
)

// exchange improves a division: random units of two parts change places, and units of
// several samples also move alone, where that brings the parts nearer to what they want.
// Iterative stratification decides by one label at a time; this looks at all of them.
func (d *division) exchange() {
	if len(d.units) < 2 {
		return
	}
	grouped := false
	for _, u := range d.units {
		grouped = grouped || len(u.members) > 1
	}
	for range min(triesPerUnit*len(d.units), mostTries) {
		a := d.random.IntN(len(d.units))
		if grouped && d.random.IntN(4) == 0 {
			d.try(a, -1, d.random.IntN(len(d.parts)))
			continue
		}
		b := d.random.IntN(len(d.units))
		d.try(a, b, d.of[b])
	}
}

// try moves unit a to a part, and unit b of that part, unless it is -1, to a's.
func (d *division) try(a, b, to int) {
	from := d.of[a]
	if from == to {
		return
	}
	var other unit
	if b >= 0 {
		other = d.units[b]
	}
	if d.change(d.units[a], other, from, to) >= -1e-9 { // rounding alone must not swap for ever
		return
	}
	d.move(d.units[a], from, -1)
	d.put(a, to)
	if b >= 0 {
		d.move(other, to, -1)
		d.put(b, from)
	}
}

// change returns what it does to the error if a goes from one part to the other, and b the
// other way. The error is the sum over parts and features of (has - want)² / want, as in a
// chi-squared test, and the same of the sizes as often as there are features.
func (d *division) change(a, b unit, from, to int) (sum float64) {
	p, q := &d.parts[from], &d.parts[to]
	i, j := 0, 0
	for i < len(a.held) || j < len(b.held) {
		var f, n int
		switch {
		case j == len(b.held) || i < len(a.held) && a.held[i].feature < b.held[j].feature:
			f, n = a.held[i].feature, a.held[i].n
			i++
		case i == len(a.held) || b.held[j].feature < a.held[i].feature:
			f, n = b.held[j].feature, -b.held[j].n
			j++
		default:
			f, n = a.held[i].feature, a.held[i].n-b.held[j].n
			i, j = i+1, j+1
		}
		if n != 0 {
			sum += moved(float64(n), p.has[f], p.want[f]) + moved(float64(-n), q.has[f], q.want[f])
		}
	}
	if n := len(a.members) - len(b.members); n != 0 {
		sizes := moved(float64(n), p.got, p.size) + moved(float64(-n), q.got, q.size)
		sum += float64(float64(len(p.want)) * sizes)
	}
	return sum
}

// moved returns how (has - want)² / want changes if n go away. The conversions keep
// processors from fusing operations, which would round otherwise.
func moved(n, has, want float64) float64 {
	return float64(n*(n-2*float64(has-want))) / want
}
