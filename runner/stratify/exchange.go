package stratify

const (
	// Exchanges are tried in rounds, in which each unit is tried about once.
	mostRounds  = 200
	leastTries  = 20_000
	worthwhile  = 0.003 // of the error, that a round takes away
	goodEnough  = 1e-4  // of the error that a random division has
	missing     = 10    // is added to the error for a class of which the first part has no sample
	movesInFour = 1     // of the tries with groups, that move one unit
)

// exchange improves a division: random units of two parts change places, and units of
// several samples also move alone, where that brings the parts nearer to what they want.
// Iterative stratification decides by one label at a time; this looks at all of them.
func (d *division) exchange() {
	left := d.error()
	enough := float64(goodEnough * float64(len(d.parts)*len(d.parts[0].want))) // random: about 1 for each of these
	for range mostRounds {
		var change float64
		for range max(len(d.units), leastTries) {
			a := d.random.IntN(len(d.units))
			if d.grouped && d.random.IntN(4) < movesInFour {
				change += d.try(a, -1, d.random.IntN(len(d.parts)))
				continue
			}
			b := d.random.IntN(len(d.units))
			change += d.try(a, b, d.of[b])
		}
		if left += change; left < enough || -change < worthwhile*left {
			return
		}
	}
}

// error is the sum over parts and features of (has - want)² / want, as in a chi-squared
// test, and the same of the sizes as often as there are features.
func (d *division) error() (sum float64) {
	for j, p := range d.parts {
		sum += float64(float64(len(p.want)) * squared(p.got, p.size))
		for f, want := range p.want {
			if want > 0 {
				sum += squared(p.has[f], want)
			}
			if j == 0 && f < d.protects && want > 0 && p.has[f] == 0 {
				sum += missing
			}
		}
	}
	return sum
}

func squared(has, want float64) float64 { return float64((has-want)*(has-want)) / want }

// try moves unit a to a part, and unit b of that part, unless it is -1, to a's, where the
// error becomes less. It returns the change.
func (d *division) try(a, b, to int) float64 {
	from := d.of[a]
	if from == to {
		return 0
	}
	var other unit
	if b >= 0 {
		other = d.units[b]
	}
	change := d.change(d.units[a], other, from, to)
	if change >= -1e-9 { // rounding alone is no gain
		return 0
	}
	d.move(d.units[a], from, -1)
	d.put(a, to)
	if b >= 0 {
		d.move(other, to, -1)
		d.put(b, from)
	}
	return change
}

// change returns what it does to the error if a goes from one part to the other, and b the
// other way.
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
			switch 0 {
			case from:
				sum += d.missed(f, -n)
			case to:
				sum += d.missed(f, n)
			}
		}
	}
	if n := len(a.members) - len(b.members); n != 0 {
		sizes := moved(float64(n), p.got, p.size) + moved(float64(-n), q.got, q.size)
		sum += float64(float64(len(p.want)) * sizes)
	}
	return sum
}

// missed returns the change if the first part gets so many samples of a feature, of which
// it is to have one at least.
func (d *division) missed(feature, gets int) float64 {
	has := d.parts[0].has[feature]
	switch {
	case feature >= d.protects:
	case has == 0:
		return -missing
	case has+float64(gets) == 0:
		return missing
	}
	return 0
}

// moved returns how (has - want)² / want changes if n go away. The conversions keep
// processors from fusing operations, which would round otherwise.
func moved(n, has, want float64) float64 {
	return float64(n*(n-2*float64(has-want))) / want
}
