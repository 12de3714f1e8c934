package preview

import (
	"fmt"
	"image"
	"image/color"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"montage/core/hint"
)

// The measures of a sheet, in pixels.
const (
	margin   = 8
	textSize = 12
	lineHigh = 18
	baseline = 13 // below the top of a line
	// narrow is the least width of a column, and least the number of columns that
	// there is room for: text needs it.
	narrow, least = 150, 4
	// most bounds the pixels of a sheet.
	most = 100_000_000
)

// Draw paints the sheet and notes in each cell where its frame is.
func (s *Sheet) Draw() (*image.RGBA, error) {
	face, err := text()
	if err != nil {
		return nil, err
	}
	size := s.size()
	if size.X*size.Y > most {
		return nil, hint.With(fmt.Errorf("the sheet would have %d×%d pixels; expected at most %d million", size.X,
			size.Y, most/1_000_000), "show fewer samples or frames")
	}
	p := painter{image: image.NewRGBA(image.Rectangle{Max: size}), face: face, side: s.Side}
	for i := range p.image.Pix {
		p.image.Pix[i] = math.MaxUint8 // white
	}
	y := margin
	for i := range s.Sections {
		y = p.section(&s.Sections[i], y)
	}
	return p.image, nil
}

// text returns the font, which has Latin, Greek and Cyrillic letters.
func text() (font.Face, error) {
	parsed, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return nil, fmt.Errorf("font of the labels: %w", err)
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: textSize, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		return nil, fmt.Errorf("font of the labels: %w", err)
	}
	return face, nil
}

// pitch is the width of a column: that of a frame, or of text.
func pitch(side int) int { return max(side, narrow) + margin }

// size is that of the sheet.
func (s *Sheet) size() image.Point {
	columns, high := least, margin
	for _, section := range s.Sections {
		columns = max(columns, len(section.Columns))
		high += sectionHigh(section, s.Side)
	}
	return image.Pt(margin+columns*pitch(s.Side), high)
}

func sectionHigh(s Section, side int) int {
	return 2*lineHigh + len(s.Lines)*(side+lineHigh+margin) + margin
}

// painter draws on an image.
type painter struct {
	image *image.RGBA
	face  font.Face
	side  int
}

// section draws a section below y and returns where the next one begins.
func (p painter) section(s *Section, y int) int {
	wide := p.image.Bounds().Dx() - 2*margin
	p.write(s.Title, image.Pt(margin, y), wide)
	end := y + sectionHigh(*s, p.side)
	y += lineHigh
	for i, title := range s.Columns {
		p.write(title, image.Pt(margin+i*pitch(p.side), y), pitch(p.side)-margin)
	}
	y += lineHigh
	for _, line := range s.Lines {
		for i := range line {
			p.cell(&line[i], image.Pt(margin+i*pitch(p.side), y))
		}
		y += p.side + lineHigh + margin
	}
	return end
}

func (p painter) cell(c *Cell, at image.Point) {
	c.At = image.Rectangle{Min: at, Max: at.Add(image.Pt(p.side, p.side))}
	for i := 0; i < len(c.Pixels); i += 3 {
		n := i / 3
		p.image.SetRGBA(at.X+n%p.side, at.Y+n/p.side, color.RGBA{c.Pixels[i], c.Pixels[i+1], c.Pixels[i+2],
			math.MaxUint8})
	}
	p.write(c.Text, image.Pt(at.X, c.At.Max.Y), pitch(p.side)-margin)
}

// write writes a line of text whose top left is at, as much of it as there is room for.
func (p painter) write(s string, at image.Point, wide int) {
	d := font.Drawer{Dst: p.image, Src: image.Black, Face: p.face, Dot: fixed.P(at.X, at.Y+baseline)}
	d.DrawString(p.fitting(s, fixed.I(wide)))
}

// fitting cuts a text to the room that there is.
func (p painter) fitting(s string, room fixed.Int26_6) string {
	if font.MeasureString(p.face, s) <= room {
		return s
	}
	room -= font.MeasureString(p.face, "…")
	for i, r := range s {
		advance, _ := p.face.GlyphAdvance(r) // of a rune that the font lacks, that of its stand-in
		if room -= advance; room < 0 {
			return s[:i] + "…"
		}
	}
	return s
}
