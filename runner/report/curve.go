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

// curve is the loss of one branch in one phase, as an SVG drawing needs it.
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

// Line returns the points as SVG's polyline wants them.
func (c curve) Line() string {
	var line []string
	for _, p := range c.Points {
		line = append(line, p.X+","+p.Y)
	}
	return strings.Join(line, " ")
}

// curves returns one curve per phase and branch, in the order of training.
func curves(losses []Loss) []curve {
	var titles []string
	groups := map[string][]Loss{}
	for _, l := range losses {
		title := l.Phase + " / " + l.Branch
		if groups[title] == nil {
			titles = append(titles, title)
		}
		groups[title] = append(groups[title], l)
	}
	var all []curve
	for _, title := range titles {
		all = append(all, newCurve(title, groups[title]))
	}
	return all
}

func newCurve(title string, losses []Loss) curve {
	c := curve{Title: title, First: losses[0].Epoch, Last: losses[0].Epoch}
	low, high := math.Inf(1), math.Inf(-1)
	for _, l := range losses {
		c.First, c.Last = min(c.First, l.Epoch), max(c.Last, l.Epoch)
		if finite(l.Value) {
			low, high = min(low, l.Value), max(high, l.Value)
		}
	}
	c.Low, c.High = short(low), short(high)
	for _, l := range losses {
		c.Final = short(l.Value)
		if !finite(l.Value) {
			c.NotFinite++
			continue
		}
		c.Points = append(c.Points, point{
			X:   coordinate(left, right, float64(l.Epoch-c.First), float64(c.Last-c.First)),
			Y:   coordinate(bottom, top, l.Value-low, high-low),
			Tip: fmt.Sprintf("epoch %d: %s", l.Epoch, short(l.Value)),
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
