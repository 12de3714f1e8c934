package synth

import "math"

// shape reports whether a point belongs to an object: u runs from -1 on the left to 1
// on the right, v from 0 on the ground to 1. No shape equals its mirror image.
type shape func(u, v float64) bool

var shapes = []shape{
	house, flag, tree, stairs, sail, cactus, figure, bridge, crane, snail,
}

// house has a gable roof with a chimney on its left.
func house(u, v float64) bool {
	wall := math.Abs(u) < 0.75 && v < 0.55 && !(u > 0.1 && u < 0.45 && v < 0.35)
	roof := v >= 0.55 && v < 0.95-0.45*math.Abs(u)
	chimney := u > -0.65 && u < -0.4 && v >= 0.55 && v < 1
	return wall || roof || chimney
}

// flag flies to the right of its pole.
func flag(u, v float64) bool {
	pole := u > -0.75 && u < -0.55
	wave := 0.06 * math.Sin(4*u)
	cloth := u >= -0.55 && u < 0.9 && v > 0.45+wave && v < 0.95+wave
	return pole || cloth
}

// tree has its crown bent to the right.
func tree(u, v float64) bool {
	prefix := math.Abs(u+0.15-0.3*v) < 0.15 && v < 0.6
	return prefix || disc(u-0.15, (v-0.68)*2, 0.62) || disc(u-0.55, (v-0.5)*2, 0.32)
}

// stairs rise to the right.
func stairs(u, v float64) bool {
	step := math.Floor((u+1)*2.5) / 5
	return v < 0.2+step
}

// sail is a boat whose sail is behind its mast.
func sail(u, v float64) bool {
	hull := v < 0.22 && math.Abs(u) < 0.6+1.5*v
	cloth := v > 0.28 && u > -0.2 && u < 0.85*(1-v)/0.72-0.05
	mast := u > -0.35 && u <= -0.2
	return hull || cloth || mast && v >= 0.22
}

// cactus has a high arm on its right and a low one on its left.
func cactus(u, v float64) bool {
	stem := math.Abs(u) < 0.24
	right := u >= 0.24 && u < 0.85 && v > 0.5 && v < 0.64 || u > 0.6 && u < 0.85 && v >= 0.5 && v < 0.92
	left := u <= -0.24 && u > -0.75 && v > 0.2 && v < 0.34 || u < -0.5 && u > -0.75 && v >= 0.2 && v < 0.55
	return stem || right || left
}

// figure walks to the right, pointing there.
func figure(u, v float64) bool {
	head := disc(u-0.1, (v-0.86)*2, 0.27)
	body := math.Abs(u) < 0.3 && v > 0.35 && v < 0.74
	arm := u >= 0 && u < 0.95 && v > 0.58 && v < 0.7
	front := math.Abs(u-0.5+1.1*v) < 0.16 && v <= 0.4
	back := math.Abs(u+0.5-1.1*v) < 0.16 && v <= 0.4
	return head || body || arm || front || back
}

// bridge is an arch with a tower on its left end.
func bridge(u, v float64) bool {
	deck := v < 0.55 && !disc(u-0.2, v*2, 0.72)
	tower := u < -0.6
	return deck || tower
}

// crane reaches out to the right, with a load.
func crane(u, v float64) bool {
	mast := u > -0.7 && u < -0.35
	beam := v > 0.8 && u > -0.95
	load := u > 0.35 && u < 0.9 && v > 0.3 && v < 0.65
	rope := u > 0.55 && u < 0.7 && v >= 0.65
	return mast || beam || load || rope
}

// snail has its shell on the left and its head up on the right.
func snail(u, v float64) bool {
	foot := v < 0.2 && u > -0.95
	shell := disc(u+0.25, (v-0.5)*1.4, 0.6)
	neck := u > 0.55 && u < 0.9 && v < 0.8
	return foot || shell || neck
}

func disc(x, y, radius float64) bool { return x*x+y*y < radius*radius }

// texture says which of a motif's two colours a point has.
type texture func(u, v float64) bool

var textures = []texture{
	func(u, v float64) bool { return true },
	func(u, v float64) bool { return odd(v * 5) },
	func(u, v float64) bool { return odd(u * 2.5) },
	func(u, v float64) bool { return odd(u*2 + v*4) },
	func(u, v float64) bool { return odd(u*2) != odd(v*4) },
	func(u, v float64) bool { return v > 0.5 },
	func(u, v float64) bool { return disc(fraction(u*2)-0.5, fraction(v*4)-0.5, 0.33) },
	func(u, v float64) bool { return odd(math.Hypot(u, (v-0.5)*2) * 3) },
	func(u, v float64) bool { return u < 0 },
}

func odd(x float64) bool         { return int(math.Floor(x))&1 == 1 }
func fraction(x float64) float64 { return x - math.Floor(x) }
