package report

import (
	"fmt"
	"math"
	"strings"
)

// The drawing's size in SVG units, and the box that the line stays in.
const (
	chartWidth, chartHeight = 360, 160
	left, right             = 56, 348
	top, bottom             = 12, 134
)

// curve is one measure over the epochs of a phase, as an SVG drawing needs it.
type curve struct {
	Title       string
	Points      []point
	First, Last int // epochs
	Low, High   string
	Final       string
	NotFinite   int // epochs that cannot be drawn
}

// point is one epoch.
type point struct {
	X, Y string // in the drawing
	Tip  string // shown when pointed at
}

// box holds the measures of a drawing.
type box struct{ Width, Height, Left, Right, Top, Bottom int }

// Box returns the measures, the same for all.
func (curve) Box() box { return box{chartWidth, chartHeight, left, right, top, bottom} }

// Line returns the points as SVG's polyline wants them.
func (c curve) Line() string {
	var line []string
	for _, p := range c.Points {
		line = append(line, p.X+","+p.Y)
	}
	return strings.Join(line, " ")
}

// curves returns one curve per phase and name, in the order of training.
func curves(measures []Measure) []curve {
	var titles []string
	groups := map[string][]Measure{}
	for _, m := range measures {
		title := m.Phase + " / " + m.Name
		if groups[title] == nil {
			titles = append(titles, title)
		}
		groups[title] = append(groups[title], m)
	}
	var all []curve
	for _, title := range titles {
		all = append(all, newCurve(title, groups[title]))
	}
	return all
}

func newCurve(title string, measures []Measure) curve {
	c := curve{Title: title, First: measures[0].Epoch, Last: measures[0].Epoch}
	low, high := math.Inf(1), math.Inf(-1)
	for _, m := range measures {
		c.First, c.Last = min(c.First, m.Epoch), max(c.Last, m.Epoch)
		if finite(m.Value) {
			low, high = min(low, m.Value), max(high, m.Value)
		}
	}
	c.Low, c.High = short(low), short(high)
	for _, m := range measures {
		c.Final = short(m.Value)
		if !finite(m.Value) {
			c.NotFinite++
			continue
		}
		c.Points = append(c.Points, point{
			X:   coordinate(left, right, float64(m.Epoch-c.First), float64(c.Last-c.First)),
			Y:   coordinate(bottom, top, m.Value-low, high-low),
			Tip: fmt.Sprintf("epoch %d: %s", m.Epoch, short(m.Value)),
		})
	}
	return c
}

// coordinate places a share of a range between two ends; at the second where the
// range is empty, since that end bears the label.
func coordinate(from, to, share, of float64) string {
	at := 1.0
	if of > 0 {
		at = share / of
	}
	return fmt.Sprintf("%.1f", from+float64(at*(to-from)))
}

func short(x float64) string { return fmt.Sprintf("%.3g", x) }

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
