package synth

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"montage/core/rng"
)

// The splits, which are also the names of the CSV files.
const (
	trainSplit     = "train"
	testSplit      = "test"
	unlabeledSplit = "unlabeled"
)

var splits = []string{trainSplit, testSplit, unlabeledSplit}

// mostGenres is how many genres a trailer has at most.
const mostGenres = 4

// trailer is what is decided about a trailer before it is drawn.
type trailer struct {
	id, split string
	genres    []int
	frames    int
	key       rng.Key
}

// labels returns the names of the genres, sorted.
func (t trailer) labels() []string {
	var names []string
	for _, genre := range t.genres {
		names = append(names, genreName(genre))
	}
	slices.Sort(names)
	return names
}

// plan decides on all trailers of a data set.
func plan(c Config) []trailer {
	var trailers []trailer
	weights := genreWeights(c.Classes)
	root := rng.New(c.Seed).Of("synth")
	for i, n := range []int{c.Train, c.Test, c.Unlabeled} {
		split := splits[i]
		for j := range n {
			key := root.Of(split).At(uint64(j))
			r := key.Of("plan").Rand()
			trailers = append(trailers, trailer{
				id:     fmt.Sprintf("%s-%05d", split, j+1),
				split:  split,
				genres: drawGenres(r, weights),
				frames: drawCount(r, c.MinFrames, c.MaxFrames),
				key:    key,
			})
		}
	}
	if c.Train >= c.Classes {
		cover(root.Of("cover").Rand(), trailers[:c.Train], c.Classes)
	}
	return trailers
}

// genreWeights falls as in Zipf's law: about a third of all trailers have the first
// of 85 genres, one in two hundred the last.
func genreWeights(classes int) []float64 {
	weights := make([]float64, classes)
	for i := range weights {
		weights[i] = 1 / (float64(i) + 1.5)
	}
	return weights
}

// drawGenres draws one to four different genres.
func drawGenres(r *rand.Rand, weights []float64) []int {
	n := 1
	for _, more := range []float64{0.7, 0.5, 0.3} {
		if r.Float64() >= more {
			break
		}
		n++
	}
	weights = slices.Clone(weights)
	var genres []int
	for range min(n, len(weights)) {
		total := 0.0
		for _, w := range weights {
			total += w
		}
		genre := len(weights) - 1
		for at, x := 0, r.Float64()*total; at < len(weights); at++ {
			if x -= weights[at]; x < 0 {
				genre = at
				break
			}
		}
		weights[genre] = 0
		genres = append(genres, genre)
	}
	return genres
}

// drawCount draws a number of frames: mostly few, sometimes many.
func drawCount(r *rand.Rand, least, most int) int {
	return least + int(float64(most-least+1)*math.Pow(r.Float64(), 3))
}

// cover gives every genre at least one of the trailers, of which there are as many
// as genres or more. It adds to a trailer with room for a genre, and where there is
// none replaces a genre that occurs elsewhere too.
func cover(r *rand.Rand, trailers []trailer, classes int) {
	count := make([]int, classes)
	for _, t := range trailers {
		for _, genre := range t.genres {
			count[genre]++
		}
	}
	order := r.Perm(len(trailers))
	for genre := range count {
		if count[genre] > 0 {
			continue
		}
		count[genre]++
		room := slices.IndexFunc(order, func(i int) bool { return len(trailers[i].genres) < mostGenres })
		if room >= 0 {
			chosen := order[room]
			trailers[chosen].genres = append(trailers[chosen].genres, genre)
			order = append(slices.Delete(order, room, room+1), chosen) // the others come first now
			continue
		}
		replaceGenre(trailers, count, genre)
	}
}

// replaceGenre puts a genre in the place of one that occurs more than once.
func replaceGenre(trailers []trailer, count []int, genre int) {
	for _, t := range trailers {
		for i, old := range t.genres {
			if count[old] > 1 {
				count[old]--
				t.genres[i] = genre
				return
			}
		}
	}
}
