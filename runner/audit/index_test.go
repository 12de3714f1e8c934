package audit

import (
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// random returns a look in which every bit is as likely 0 as 1, and all waves count.
func random(rng *rand.Rand) look {
	l := look{waves: 255}
	for i := range l.upright {
		l.upright[i], l.mirrored[i] = rng.Uint64(), rng.Uint64()
	}
	return l
}

// flip changes so many different bits of the 96 lowest.
func flip(f fingerprint, n int, rng *rand.Rand) fingerprint {
	for _, bit := range rng.Perm(16 * chunks)[:n] {
		f[bit/64] ^= 1 << (bit % 64)
	}
	return f
}

// TestIndexFindsAllThatAreNear plants neighbours that differ in 0 to 11 of the lowest bits.
func TestIndexFindsAllThatAreNear(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	const n = 2000
	var looks []look
	for range n {
		looks = append(looks, random(rng))
	}
	for i := range n {
		l := random(rng)
		if l.upright = flip(looks[i].upright, i%(2*chunks), rng); i%3 == 0 {
			l.upright, l.mirrored = l.mirrored, l.upright
		}
		looks = append(looks, l)
	}
	x := newIndex(looks)
	for i := range n {
		want := []neighbour{{picture: i, mirrored: i%3 == 0}}
		if found := x.before(n + i); !slices.Equal(found, want) {
			t.Fatalf("%d bits away: found %v, want %v", i%(2*chunks), found, want)
		}
		if found := x.before(i); len(found) > 0 {
			t.Fatalf("%d has neighbours before it: %v", i, found)
		}
	}
}

// TestIndexComparesFewPairs of 100,000 fingerprints that are alike as frames of films are: those of synthetic frames, a
// sixth of their bits changed.
func TestIndexComparesFewPairs(t *testing.T) {
	dir, _ := drawn(t)
	paths, err := filepath.Glob(filepath.Join(dir, "frames", "*", "*.jpg"))
	if err != nil || len(paths) < 80 {
		t.Fatalf("%d frames, %v", len(paths), err)
	}
	var films, looks []look
	for _, path := range paths {
		films = append(films, looked(t, read(t, path)))
	}
	const n = 100_000
	rng := rand.New(rand.NewPCG(9, 10))
	for range n {
		l := films[rng.IntN(len(films))]
		for range 42 {
			bit := rng.IntN(255)
			l.upright[bit/64] ^= 1 << (bit % 64)
			l.mirrored[bit/64] ^= 1 << (bit % 64)
		}
		looks = append(looks, l)
	}
	began := time.Now()
	x := newIndex(looks)
	compared := 0
	const tried = 1000
	for i := n - tried; i < n; i++ {
		x.before(i)
		for c := range chunks {
			v := looks[i].upright.chunk(c)
			compared += len(x.list(c, v))
			for bit := range 16 {
				compared += len(x.list(c, v^1<<bit))
			}
		}
	}
	t.Logf("%.2f %% of all pairs compared, %v for the index and %d queries", float64(compared)/tried/n*100,
		time.Since(began), tried)
	if compared > tried*n/50 {
		t.Errorf("%d fingerprints are compared with one, of %d", compared/tried, n)
	}
}

func TestIndexBoundsWhatItFinds(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	looks := slices.Repeat([]look{random(rng)}, 3*most)
	if found := newIndex(looks).before(len(looks) - 1); len(found) != most || found[0].picture != 0 {
		t.Errorf("found %d", len(found))
	}
}

func TestColoursAreCompared(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	red, dark, blue := random(rng), look{}, look{}
	dark, blue = red, red
	red.colour, dark.colour, blue.colour = [2]float32{-10, 40}, [2]float32{-7, 28}, [2]float32{50, -10}
	if found := newIndex([]look{red, dark, blue}).before(1); len(found) != 1 {
		t.Error("the same red in less light was not found")
	}
	if found := newIndex([]look{red, dark, blue}).before(2); len(found) != 0 {
		t.Errorf("blue is red: %v", found)
	}
}

func TestFrequenciesAreAllThereOnce(t *testing.T) {
	seen := map[frequency]bool{}
	for i, f := range frequencies {
		seen[f] = true
		if i > 0 && f.x+f.y < frequencies[i-1].x+frequencies[i-1].y {
			t.Errorf("%v comes after %v", f, frequencies[i-1])
		}
	}
	if len(seen) != waves*waves-1 || len(frequencies) != len(seen) || seen[frequency{}] {
		t.Errorf("%d of %d", len(seen), len(frequencies))
	}
	if n := (fingerprint{1, 3, 7, 15}).distance(fingerprint{}); n != 10 {
		t.Errorf("distance %d", n)
	}
}
