package spec

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"montage/core"
)

// builder fills a Spec from its tree and collects the problems. It goes on after each, with
// the default in place of what is wrong, so that one call reports all of them.
type builder struct {
	Problems
	spec *Spec
}

func (b *builder) build() {
	s, root := b.spec, b.spec.tree
	top := b.section(section{node: root, options: topOptions(), tables: topTables, what: "keys"})
	top.Into(s)
	b.name()
	b.data()
	// After data, because phases ask for its files and branches for its batch size.
	s.Backbone, s.Strategy = b.backbone(root.field("backbone")), b.strategy(root.field("strategy"))
	b.features()
	b.named("branch", func(name, path string, n *node) { s.Branches = append(s.Branches, b.branch(name, path, n)) })
	b.named("phase", func(name, path string, n *node) {
		phase := &PhaseTable{Name: name}
		b.section(section{path: path, node: n, options: phaseOptions(), what: "keys of a phase"}).Into(phase)
		b.probes(path, phase)
		s.Phases = append(s.Phases, phase)
	})
	b.section(section{path: "eval", node: root.field("eval"), options: evalOptions(),
		what: "keys of [eval]"}).Into(&s.Eval)
	// Defaults that depend on other keys are filled in here, because a declared default is
	// a constant.
	if s.Eval.Batch == 0 {
		s.Eval.Batch = s.Data.Batch
	}
	b.sharedOptimizers()
}

// named calls each for every table inside a table: for [branch.X] or [phase.X].
func (b *builder) named(key string, each func(name, path string, n *node)) {
	all := b.spec.tree.field(key)
	if all == nil || !b.isTable(key, all) {
		return
	}
	// In the order of the file, which the resolved spec keeps.
	for _, name := range all.order {
		n, path := all.fields[name], key+"."+name
		if !word.MatchString(name) {
			b.add(n.key, "", "%s name %q is not of letters, digits, dashes and underscores", key, name)
			continue
		}
		if b.isTable(path, n) {
			each(name, path, n)
		}
	}
}

// probes reports a phase that probes its features without data to do so.
func (b *builder) probes(path string, p *PhaseTable) {
	for _, need := range []struct{ file, key, use string }{{b.spec.Data.Labeled, "labeled", "learn from"},
		{b.spec.Data.Valid, "valid", "score them on"}} {
		// Where [data] is not readable, its keys cannot be called missing.
		if p.ProbeEvery > 0 && need.file == "" && !b.spec.garbled("data") && !b.spec.Data.Split.Given() {
			b.add(b.spec.PosOf(path+".probe_every"), fmt.Sprintf("data.%s = \"…\", or leave probe_every out", need.key),
				"phase %s probes its features, but there is no data.%s to %s", p.Name, need.key, need.use)
		}
	}
}

// fileName excludes what shells and file systems treat specially, and a leading dot.
var fileName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$`)

func (b *builder) name() {
	if n := b.spec.tree.field("name"); n != nil && isString(n) && !fileName.MatchString(b.spec.Name) {
		b.add(n.at, "at most 100 letters, digits, dots, dashes and underscores, no dot or dash in front",
			"name %q cannot name a folder", b.spec.Name)
	}
}

// An override counts whatever it looks like, because it is taken as it was written.
func isString(n *node) bool {
	_, ok := n.value.(string)
	return ok || n.text != ""
}

// bytes reads the size that a key gives.
func (b *builder) bytes(path, text string) int64 {
	size, ok := parseBytes(text)
	if !ok {
		key := path[strings.LastIndex(path, ".")+1:]
		b.add(b.spec.PosOf(path), `bytes, or a number with B, KB, MB, GB, TB, KiB, MiB, GiB or TiB, such as "2GB"`,
			"%s = %q is not an amount of memory", key, text)
	}
	return size
}

// path makes the path in a key absolute, relative to the file that wrote it: a spec in
// another folder can extend this one, and still means the same files.
func (n *node) path(key, path string) string {
	if at := n.field(key); at != nil {
		return resolve(at.folder, path)
	}
	return path
}

// paths does so for a key that holds one path or a list of them. An empty path is none, so
// that a spec can take back what it extends.
func (n *node) paths(key string, paths []string) []string {
	at, out := n.field(key), []string{}
	for i, path := range paths {
		folder := at // its items may come from elsewhere
		if at.form == list {
			folder = at.items[i]
		}
		if path != "" {
			out = append(out, resolve(folder.folder, path))
		}
	}
	return out
}

var byteUnits = map[string]float64{"": 1, "B": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
	"KIB": 1 << 10, "MIB": 1 << 20, "GIB": 1 << 30, "TIB": 1 << 40}

// parseBytes reads an amount of memory. Above 2^53 a float64 no longer holds each number of
// bytes, and no machine has that many.
func parseBytes(text string) (int64, bool) {
	number := strings.TrimRight(text, "BKMGTIbkmgti ")
	unit, known := byteUnits[strings.ToUpper(strings.TrimSpace(text[len(number):]))]
	n, err := strconv.ParseFloat(number, 64)
	n *= unit
	if !known || err != nil || math.IsNaN(n) || n < 0 || n > 1<<53 {
		return 0, false
	}
	return int64(n), true
}

// section is a table and the options to check it against.
type section struct {
	path    string
	node    *node // nil where the spec has none
	options []core.Option
	// tables are the keys that are checked elsewhere; what names all keys in a hint.
	tables []string
	what   string
}

// section returns the values of all options, with the default instead of a wrong one.
func (b *builder) section(s section) core.Values {
	raw := map[string]any{}
	if s.node != nil && b.isTable(s.path, s.node) {
		raw = s.node.options(s.options)
		for _, name := range s.tables {
			// They are checked by a section of their own; here they would be unknown
			// options.
			delete(raw, name)
		}
	}
	values, faults := core.Check(s.options, raw)
	for _, fault := range faults {
		b.fault(s, fault)
	}
	return withFallbacks(values, s.options)
}

// withFallbacks adds what stands in for values that are wrong, so that checking can continue.
func withFallbacks(values core.Values, options []core.Option) core.Values {
	for _, o := range options {
		if _, ok := values[o.Name]; !ok {
			values[o.Name] = fallback(o)
		}
	}
	return values
}

// fault reports what is wrong with an option, at its position.
func (b *builder) fault(s section, fault *core.OptionError) {
	problem := b.spec.atOption(s.path, fault)
	if fault.Unknown {
		problem.Hint = s.suggest(fault.Path)
		if n := s.node.field(fault.Path); n != nil && n.form == table {
			problem.Message = fmt.Sprintf("unknown table %q", join(s.path, fault.Path))
		}
	}
	// A fault of the table as a whole names no key, so the message has to say which table
	// is meant.
	if fault.Path == "" && s.path != "" {
		problem.Message = s.path + ": " + problem.Message
	}
	b.Problems = append(b.Problems, problem)
}

func (s section) suggest(name string) string {
	// A new slice: appending to s.tables could write into an array that other sections
	// use.
	names := append([]string(nil), s.tables...)
	for _, o := range s.options {
		names = append(names, o.Name)
	}
	return suggest(name, s.what, names)
}

// options returns the fields of a table as [core.Check] takes them. An option of type
// string takes the text of an override as it was written.
func (n *node) options(options []core.Option) map[string]any {
	raw := n.raw().(map[string]any)
	for _, o := range options {
		child := n.field(o.Name)
		if child == nil || o.Type != core.TypeString || child.form != scalar {
			continue
		}
		_, isString := child.value.(string)
		// An amount of memory may be a bare number.
		if number, ok := child.value.(int64); ok && (o.Name == "cache" || o.Name == "limit") {
			raw[o.Name] = strconv.FormatInt(number, 10)
		} else if !isString && child.text != "" {
			raw[o.Name] = child.text
		}
	}
	return raw
}

// fallback is the default, or zero where there is none.
func fallback(o core.Option) any {
	if o.Default != nil {
		if value, err := o.Accept(o.Default); err == nil {
			return value
		}
	}
	return zero(o.Type)
}

// Lists are typed, because the fields that they are stored in are.
func zero(t core.OptionType) any {
	return map[core.OptionType]any{core.TypeBool: false, core.TypeInt: 0, core.TypeFloat: 0.0, core.TypeString: "",
		core.TypeInts: []int(nil), core.TypeFloats: []float64(nil), core.TypeTables: []map[string]any(nil),
		core.TypeStrings: []string(nil)}[t]
}

// isTable reports whether a node is a table, and adds a problem if not. The caller goes on
// with defaults or leaves the table out.
func (b *builder) isTable(path string, n *node) bool {
	if n.form != table {
		b.add(n.at, fmt.Sprintf("write [%s]", path), "%s must be a table", path)
	}
	return n.form == table
}

func (b *builder) require(ok bool, path, message string) {
	if !ok {
		b.add(b.spec.PosOf(path), "", "%s", message)
	}
}
