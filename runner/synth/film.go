package synth

import (
	"image"
	"math/rand/v2"
	"slices"

	"montage/core/rng"
)

// film draws the frames of a trailer. What it holds is the same in all of them.
type film struct {
	key     rng.Key
	cast    []actor
	classes int
	quality int
	canvas  *canvas
	picture *image.RGBA

	skyHue, groundHue float64
	daylight, horizon float64
}

// actor is a genre's object as one trailer shows it.
type actor struct {
	motif      motif
	saturation float64
	size       float64
}

// proportions are those of films, mostly wide.
var proportions = []float64{16. / 9, 16. / 9, 2.39, 1.85, 4. / 3, 1, 3. / 4}

func newFilm(c Config, t trailer) *film {
	r := t.key.Of("film").Rand()
	long := int(float64(c.Size) * between(r, 0.5, 1))
	w, h := long, long
	if p := proportions[r.IntN(len(proportions))]; p > 1 {
		h = int(float64(long) / p)
	} else {
		w = int(float64(long) * p)
	}
	f := &film{
		key:       t.key,
		classes:   c.Classes,
		quality:   70 + r.IntN(22),
		canvas:    newCanvas(w, h),
		picture:   image.NewRGBA(image.Rect(0, 0, w, h)),
		skyHue:    between(r, 0.45, 0.75),
		groundHue: between(r, 0.02, 0.4),
		daylight:  between(r, 0.65, 1),
		horizon:   between(r, 0.4, 0.6),
	}
	for _, genre := range t.genres {
		f.cast = append(f.cast, newActor(r, genre))
	}
	return f
}

// newActor varies a genre's motif a little.
func newActor(r *rand.Rand, genre int) actor {
	m := motifOf(genre)
	shift := between(r, -0.05, 0.05)
	m.hue, m.other = wrap(m.hue+shift), wrap(m.other+shift)
	return actor{motif: m, saturation: between(r, 0.55, 0.95), size: between(r, 0.8, 1.2)}
}

// prop is an actor in its place in a frame.
type prop struct {
	actor
	// x and foot are where it stands, height how high it is, in parts of the
	// picture's height.
	x, foot, height float64
}

// frame draws a frame; the picture is good until the next call.
func (f *film) frame(number int) *image.RGBA {
	r := f.key.Of("frame").At(uint64(number)).Rand()
	horizon := f.horizon + between(r, -0.06, 0.06)
	f.background(r, horizon)
	props := f.props(r, horizon)
	slices.SortStableFunc(props, func(a, b prop) int { // the near ones hide the far ones
		if a.foot < b.foot {
			return -1
		}
		return 1
	})
	for _, p := range props {
		f.shadow(p)
		f.object(p)
	}
	f.canvas.develop(f.picture, r, f.daylight*between(r, 0.75, 1.15), between(r, 0.02, 0.1))
	return f.picture
}

// props chooses who is in a frame: not every actor, but mostly one at least, and
// extras: grey ones of any shape, and now and then one of a genre that the
// trailer does not have.
func (f *film) props(r *rand.Rand, horizon float64) []prop {
	var props []prop
	for _, a := range f.cast {
		if r.Float64() < 0.65 {
			props = append(props, f.place(r, a, horizon))
		}
	}
	if len(props) == 0 && r.Float64() < 0.8 {
		props = append(props, f.place(r, f.cast[r.IntN(len(f.cast))], horizon))
	}
	for range r.IntN(3) {
		extra := newActor(r, r.IntN(f.classes))
		extra.saturation, extra.size = 0.05, 0.7*extra.size
		props = append(props, f.place(r, extra, horizon))
	}
	if r.Float64() < 0.06 {
		props = append(props, f.place(r, newActor(r, r.IntN(f.classes)), horizon))
	}
	return props
}

// place puts an actor on the ground; the nearer, the lower and the bigger.
func (f *film) place(r *rand.Rand, a actor, horizon float64) prop {
	depth := r.Float64()
	width := float64(f.canvas.w) / float64(f.canvas.h)
	return prop{
		actor:  a,
		x:      width * between(r, 0.1, 0.9),
		foot:   horizon + (0.97-horizon)*(0.15+0.85*depth),
		height: a.size * (0.38 + 0.3*depth),
	}
}

func between(r *rand.Rand, low, high float64) float64 { return low + (high-low)*r.Float64() }
