package bench

import (
	"fmt"
	"io"
	"strings"

	"montage/runner/plan"
)

// WriteHeader begins a Markdown table of results with the same rivals.
func (r Result) WriteHeader(w io.Writer) error {
	cells := []string{"step", "Montage"}
	for _, rival := range r.Rivals {
		cells = append(cells, rival.Name)
	}
	if len(r.Rivals) > 0 {
		cells = append(cells, "Montage is")
	}
	_, err := fmt.Fprintf(w, "%s%s\n", row(cells), strings.Repeat("|---", len(cells))+"|")
	return err
}

// WriteRows adds a row for the result, and one for the frozen prefix and the trained block
// if a rival reports them too.
func (r Result) WriteRows(w io.Writer, title string) error {
	cells, ratios := []string{title, speed(r.FramesPerSecond, r.Cores, r.MemoryTotal)}, []Ratio{}
	for _, rival := range r.Rivals {
		cells, ratios = append(cells, speed(rival.FramesPerSecond, rival.Cores, rival.Peak)),
			append(ratios, rival.Ratio)
	}
	text := row(append(cells, faster(ratios)...))
	for _, name := range []string{FrozenPrefix, Block} {
		text += r.groupRow(name)
	}
	_, err := io.WriteString(w, text)
	return err
}

// speed is the cell of one side: how fast, on how many busy cores, in how much memory.
func speed(rate, cores float64, bytes int64) string {
	text := figures(rate) + " frames/s"
	if cores > 0 {
		text += fmt.Sprintf(" on %.2f cores", cores)
	}
	return text + ", " + plan.Bytes(bytes)
}

func (r Result) groupRow(name string) string {
	cells, ratios := []string{"its " + titles[name], ""}, []Ratio{}
	for _, rival := range r.Rivals {
		g, ok := rival.Groups[name]
		if !ok {
			return ""
		}
		cells[1] = figures(g.Ours) + " frames/s"
		cells, ratios = append(cells, figures(g.Theirs)+" frames/s"), append(ratios, g.Ratio)
	}
	if len(ratios) == 0 {
		return ""
	}
	return row(append(cells, faster(ratios)...))
}

// faster returns the last cell, none without rivals.
func faster(ratios []Ratio) []string {
	var parts []string
	for _, r := range ratios {
		parts = append(parts, r.String())
	}
	if len(parts) == 0 {
		return nil
	}
	return []string{strings.Join(parts, " and ") + " times as fast"}
}

func row(cells []string) string {
	for i, c := range cells {
		cells[i] = strings.ReplaceAll(c, "|", "\\|")
	}
	return "| " + strings.Join(cells, " | ") + " |\n"
}

// figures prints three of them.
func figures(x float64) string {
	if x < 100 {
		return fmt.Sprintf("%.3g", x)
	}
	return fmt.Sprintf("%.0f", x)
}
