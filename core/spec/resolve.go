package spec

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"montage/core"
)

// Resolved returns the spec as TOML with all defaults written out, those of
// components too once [Spec.CheckComponents] has found them. It stands alone: paths
// are absolute and nothing is extended. Loading it gives a spec of the same meaning.
func (s *Spec) Resolved() []byte {
	w := &writer{}
	w.pair("name", s.Name)
	w.pair("seed", s.Seed)
	// The order is fixed, and maps are written in order of their keys: equal specs give
	// equal bytes.
	w.data(s.Data)
	w.table("backbone")
	w.component(s.Backbone, map[string]any{"weights": s.Weights, "micro_batch": s.MicroBatch})
	if c := s.FeatureCache; c != nil {
		w.table("backbone.cache")
		w.pair("variants", c.Variants)
		w.pair("dir", c.Dir)
		w.pair("limit", c.Limit)
	}
	w.table("strategy")
	w.component(s.Strategy, nil)
	for _, b := range s.Branches {
		w.branch(b, s.Data.Batch)
	}
	for _, p := range s.Phases {
		w.table("phase." + p.Name)
		w.pair("epochs", p.Epochs)
		w.pair("steps", p.Steps)
		w.pair("probe_every", p.ProbeEvery)
	}
	w.table("eval")
	w.pair("top_k", s.Eval.TopK)
	w.pair("threshold", s.Eval.Threshold)
	w.pair("every", s.Eval.Every)
	w.batch(s.Eval.Batch, s.Data.Batch)
	return []byte(w.String())
}

type writer struct{ strings.Builder }

func (w *writer) table(name string) { fmt.Fprintf(w, "\n[%s]\n", name) }

// pair omits empty strings: they stand for what the spec does not give.
func (w *writer) pair(key string, value any) {
	if value != "" {
		fmt.Fprintf(w, "%s = %s\n", quoteKey(key), quote(value))
	}
}

// batch omits a size that equals that of [data], so that it still follows it.
func (w *writer) batch(own, common int) {
	if own != common {
		w.pair("batch", own)
	}
}

// component writes a component as keys of the current table.
func (w *writer) component(c *Component, shared map[string]any) {
	if c == nil {
		return
	}
	w.pair("plugin", c.Plugin)
	for _, key := range slices.Sorted(maps.Keys(shared)) {
		w.pair(key, shared[key])
	}
	options := c.resolved()
	for _, key := range slices.Sorted(maps.Keys(options)) {
		fmt.Fprintf(w, "%s = %s\n", quoteKey(key), quote(options[key]))
	}
}

// Values are the checked options with their defaults. They are nil until the component
// was found, and then what the file says is all there is.
func (c *Component) resolved() map[string]any {
	if c.Values != nil {
		return c.Values
	}
	return c.Options
}

func (w *writer) branch(b *BranchTable, batch int) {
	w.table("branch." + b.Name)
	w.augment(b.Augment)
	for _, key := range slices.Sorted(maps.Keys(b.Heads)) {
		w.pair(key, b.Heads[key])
	}
	if b.Loss != nil {
		w.pair("loss", b.Loss)
	}
	w.pair("optimizer", b.Optimizer)
	w.pair("weight", b.Weight)
	w.batch(b.Batch, batch)
	w.classes(b)
	for _, name := range slices.Sorted(maps.Keys(b.Views)) {
		w.table("branch." + b.Name + ".view." + name)
		w.augment(b.Views[name].Augment)
	}
}

// augment writes a line for each augmentation. It writes an empty list too, because a view
// must say that it has none.
func (w *writer) augment(all []*Component) {
	w.WriteString("augment = [")
	for _, c := range all {
		fmt.Fprintf(w, "\n  %s,", quote(c))
	}
	if len(all) > 0 {
		w.WriteByte('\n')
	}
	w.WriteString("]\n")
}

// quote writes a value as TOML.
func quote(value any) string {
	switch v := value.(type) {
	case string:
		return quoteString(v)
	case float64:
		return quoteFloat(v)
	case []int:
		return quoteList(v)
	case []float64:
		return quoteList(v)
	case []string:
		return quoteList(v)
	case []any:
		return quoteList(v)
	case []map[string]any:
		return quoteList(v)
	case map[string]any:
		return quoteTable(nil, v)
	case *Component:
		return quoteTable([]string{`plugin = ` + quoteString(v.Plugin)}, v.resolved())
	case OptimizerTable:
		return quoteOptimizer(v)
	}
	return fmt.Sprint(value) // bool, int, int64, date
}

func quoteList[T any](list []T) string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = quote(v)
	}
	return "[" + strings.Join(out, ", ") + "]"
}

func quoteTable(first []string, rest map[string]any) string {
	for _, key := range slices.Sorted(maps.Keys(rest)) {
		first = append(first, quoteKey(key)+" = "+quote(rest[key]))
	}
	if len(first) == 0 {
		return "{}"
	}
	return "{ " + strings.Join(first, ", ") + " }"
}

// quoteOptimizer writes the options that the kinds have, and no others.
func quoteOptimizer(o OptimizerTable) string {
	kind, pairs := ofKind(o, optimizerOptions(o.Kind))
	scheduleKind, schedule := ofKind(o.Schedule, scheduleOptions(o.Schedule.Kind))
	return quoteTable([]string{kind, "schedule = " + quoteTable([]string{scheduleKind}, schedule)}, pairs)
}

// ofKind returns the line of the kind, and the other options that it has.
func ofKind(table any, options []core.Option) (kind string, pairs map[string]any) {
	values, pairs := core.ValuesOf(table), map[string]any{}
	for _, o := range options {
		pairs[o.Name] = values[o.Name]
	}
	// The kind comes first, because a reader needs it to understand the rest.
	delete(pairs, "kind")
	return "kind = " + quote(values["kind"]), pairs
}

func quoteFloat(f float64) string {
	text := strconv.FormatFloat(f, 'g', -1, 64)
	switch {
	// TOML spells these in lower case.
	case text == "NaN":
		return "nan"
	case strings.HasSuffix(text, "Inf"):
		return strings.ToLower(text)
	// Without a point TOML would read a whole number, which has another type.
	case !strings.ContainsAny(text, ".e"):
		return text + ".0"
	}
	return text
}

// quoteString escapes as TOML does, which knows no \x and no \a.
func quoteString(s string) string {
	var out strings.Builder
	out.WriteByte('"')
	// A file that is not UTF-8 could not be loaded again.
	for _, r := range strings.ToValidUTF8(s, "�") {
		switch {
		case r == '"' || r == '\\':
			out.WriteString(`\` + string(r))
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&out, `\u%04X`, r)
		default:
			out.WriteRune(r)
		}
	}
	out.WriteByte('"')
	return out.String()
}

func quoteKey(key string) string {
	if word.MatchString(key) {
		return key
	}
	return quoteString(key)
}
