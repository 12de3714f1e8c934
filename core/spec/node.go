package spec

// form is the kind of value that a node holds.
type form uint8

const (
	scalar form = iota
	list
	table
)

// made is how the file defines a table or list. It decides what may be added to it.
type made uint8

const (
	byValue  made = iota // inline, closed
	byHeader             // [x] or [[x]]
	byImply              // x of [x.y]: its own header may still come
	byDots               // x of x.y = 1: more dotted keys may come
)

// date is a TOML date or time as it was written. No key takes one.
type date string

// node is a value of a spec with its position.
type node struct {
	form form
	made made
	// key is the position of the key, at that of the value.
	key, at Position
	// folder is the folder that paths in this value are relative to.
	folder string
	// value of a scalar: string, bool, int64, float64 or date. For an override, text is
	// the value as it was written.
	value any
	text  string
	items []*node
	// fields of a table and their order in the file.
	fields map[string]*node
	order  []string
}

func newTable(how made, at Position, folder string) *node {
	return &node{form: table, made: how, key: at, at: at, folder: folder, fields: map[string]*node{}}
}

func (n *node) set(name string, child *node) {
	if _, ok := n.fields[name]; !ok {
		// A replaced field keeps its place.
		n.order = append(n.order, name)
	}
	n.fields[name] = child
}

// field returns a field of a table, nil if there is none; n may be nil.
func (n *node) field(name string) *node {
	if n == nil || n.form != table {
		return nil
	}
	return n.fields[name]
}

// find follows the steps as far as they exist, and reports whether it reached the end.
func (n *node) find(steps []pathStep) (*node, bool) {
	for _, s := range steps {
		next := n.field(s.key)
		if s.key == "" && n.form == list && s.index < len(n.items) {
			next = n.items[s.index]
		}
		if next == nil {
			return n, false
		}
		n = next
	}
	return n, true
}

// merge returns base with the fields of over in place of its own. The result may share
// nodes with both. Tables keep their order and position in base. A component with another
// plugin is replaced as a whole: the options of one mean nothing to the other.
func merge(base, over *node) *node {
	if base == nil || base.form != table || over.form != table || otherPlugin(base, over) {
		return over
	}
	// A shallow copy with maps of its own: base may still be referred to elsewhere, so
	// merging must not change it.
	out := *base
	out.fields, out.order = map[string]*node{}, nil
	for _, name := range base.order {
		out.set(name, base.fields[name])
	}
	for _, name := range over.order {
		out.set(name, merge(base.fields[name], over.fields[name]))
	}
	return &out
}

func otherPlugin(base, over *node) bool {
	a, b := base.field("plugin"), over.field("plugin")
	return a != nil && b != nil && a.form == scalar && b.form == scalar && a.value != b.value
}

// raw returns the value as [core.Check] and components take it.
func (n *node) raw() any {
	switch n.form {
	case list:
		out := make([]any, len(n.items))
		for i, item := range n.items {
			out[i] = item.raw()
		}
		return out
	case table:
		out := make(map[string]any, len(n.fields))
		for name, child := range n.fields {
			out[name] = child.raw()
		}
		return out
	}
	return n.value
}
