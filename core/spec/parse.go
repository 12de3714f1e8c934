package spec

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2/unstable"
)

// maxDepth bounds tables in lists in tables. Bundled components need five. Without a bound
// a file of brackets would be followed as deep as it is long.
const maxDepth = 32

// parser makes the tree of one file. The library finds tokens and their offsets;
// which keys may follow which is decided in table.go.
type parser struct {
	source *source
	unstable.Parser
	root     *node
	current  *node
	problems Problems
}

// parse returns the tree of a text. It reports the first error of syntax, and every key
// that is defined twice.
func parse(s *source) (*node, Problems) {
	p := &parser{source: s}
	p.root = newTable(byHeader, s.position(0), s.folder())
	p.current = p.root
	if !utf8.Valid(s.data) {
		p.notUTF8()
		return p.root, p.problems
	}
	p.Reset(s.data)
	for p.NextExpression() {
		p.expression(p.Expression())
	}
	if err := p.Error(); err != nil {
		p.syntax(err)
	}
	return p.root, p.problems
}

func (p *parser) expression(e *unstable.Node) {
	switch e.Kind {
	case unstable.Table, unstable.ArrayTable:
		keys := p.keys(e.Key())
		if len(keys) > maxDepth {
			p.tooDeep(keys[0].at)
			// What follows belongs to the refused header. It goes to a table outside the
			// tree, so that it causes no problems of its own.
			p.current = newTable(byHeader, keys[0].at, p.source.folder())
			return
		}
		p.current = p.header(keys, e.Kind == unstable.ArrayTable)
	case unstable.KeyValue:
		p.pair(p.current, e, 1)
	}
}

// name is one part of a dotted key and its position.
type name struct {
	text string
	at   Position
	end  int
}

func (p *parser) keys(it unstable.Iterator) []name {
	var keys []name
	for it.Next() {
		raw := it.Node().Raw
		keys = append(keys, name{text: string(it.Node().Data), at: p.source.position(int(raw.Offset)),
			end: int(raw.Offset + raw.Length)})
	}
	return keys
}

// pair adds key = value to a table.
func (p *parser) pair(to *node, e *unstable.Node, depth int) {
	keys := p.keys(e.Key())
	if depth += len(keys); depth > maxDepth {
		p.tooDeep(keys[0].at)
		return
	}
	// The value begins behind the last part of the key and its equals sign.
	value, _ := p.value(e.Value(), p.skip(keys[len(keys)-1].end, " \t="), depth)
	value.key = keys[len(keys)-1].at
	p.assign(to, keys, value)
}

// value makes the node of a value that begins at start, and returns where it ends. The
// library keeps no offset of a list, so it is computed from what comes before.
func (p *parser) value(v *unstable.Node, start, depth int) (*node, int) {
	at := p.source.position(start)
	n := &node{form: scalar, key: at, at: at, folder: p.source.folder()}
	switch v.Kind {
	case unstable.Array:
		n.form = list
		return n, p.elements(n, v, start+1, depth+1)
	case unstable.InlineTable:
		n = newTable(byValue, at, n.folder)
		return n, p.fields(n, v, start+1, depth+1)
	}
	n.value = p.scalar(v, at)
	return n, int(v.Raw.Offset + v.Raw.Length)
}

// between is what may stand between the elements of a list or inline table.
const between = " \t\r\n,"

// It returns where the list ends, behind its closing bracket: the next value is found
// from there.
func (p *parser) elements(to *node, v *unstable.Node, end, depth int) int {
	for it := v.Children(); it.Next(); {
		start := p.skip(end, between)
		if depth > maxDepth {
			p.tooDeep(p.source.position(start))
			return start
		}
		var item *node
		item, end = p.value(it.Node(), start, depth)
		to.items = append(to.items, item)
	}
	return p.skip(end, between) + 1
}

func (p *parser) fields(to *node, v *unstable.Node, end, depth int) int {
	for it := v.Children(); it.Next(); {
		p.pair(to, it.Node(), depth)
		raw := it.Node().Raw
		end = int(raw.Offset + raw.Length)
	}
	return p.skip(end, between) + 1
}

// skip returns the offset of the next byte that is none of these, nor of a comment.
func (p *parser) skip(offset int, these string) int {
	for data := p.source.data; offset < len(data); offset++ {
		if data[offset] == '#' {
			for offset < len(data) && data[offset] != '\n' {
				offset++
			}
		} else if strings.IndexByte(these, data[offset]) < 0 {
			break
		}
	}
	return offset
}

func (p *parser) scalar(v *unstable.Node, at Position) any {
	text := string(v.Data)
	switch v.Kind {
	case unstable.String:
		return text
	case unstable.Bool:
		return text == "true"
	case unstable.Integer:
		n, err := strconv.ParseInt(strings.ReplaceAll(text, "_", ""), 0, 64)
		// TOML allows any size; what does not fit must not be cut off silently.
		if err != nil {
			p.problems.add(at, "", "%s is too large for a whole number", text)
		}
		return n
	case unstable.Float:
		f, err := strconv.ParseFloat(strings.ReplaceAll(text, "_", ""), 64)
		if err != nil {
			p.problems.add(at, "", "%s is too large for a number", text)
		}
		return f
	}
	return date(text)
}

func (p *parser) tooDeep(at Position) {
	p.problems.add(at, "", "nested deeper than %d levels", maxDepth)
}

func (p *parser) notUTF8() {
	offset := 0
	for {
		r, size := utf8.DecodeRune(p.source.data[offset:])
		if r == utf8.RuneError && size <= 1 {
			break
		}
		offset += size
	}
	p.problems.add(p.source.position(offset), "save the file as UTF-8", "byte 0x%02x is not UTF-8",
		p.source.data[offset])
}

// syntax reports the library's error, which carries its position as a stretch of the data.
func (p *parser) syntax(err error) {
	problem := Problem{Pos: p.source.position(0), Message: fmt.Sprintf("not TOML: %v", err)}
	var at *unstable.ParserError
	if errors.As(err, &at) {
		// The stretch shares the memory of the data, so the difference of their capacities
		// is where it begins.
		offset := min(cap(p.source.data)-cap(at.Highlight), len(p.source.data))
		problem.Pos = p.source.position(offset)
		if hint := p.unquoted(offset); hint != "" {
			problem.Message, problem.Hint = "not TOML: expected a value", hint
		}
	}
	problem.Excerpt = p.source.excerpt(problem.Pos)
	p.problems = append(p.problems, problem)
}

// unquoted makes the hint for the most common mistake, text without quotes. For other
// mistakes it returns "".
func (p *parser) unquoted(offset int) string {
	before := strings.TrimRight(string(p.source.data[:offset]), " \t")
	found := bareText.Find(p.source.data[offset:])
	switch text := string(found); {
	case found == nil || before == "" || !strings.ContainsAny(before[len(before)-1:], "=[,"):
		return ""
	case strings.EqualFold(text, "true"), strings.EqualFold(text, "false"):
		return "write " + strings.ToLower(text)
	default:
		return fmt.Sprintf("text needs quotes: %q", text)
	}
}

var bareText = regexp.MustCompile(`^[A-Za-z][\w./-]*`)
