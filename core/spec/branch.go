package spec

import (
	"fmt"
	"slices"

	"montage/core"
)

// branch fills one branch from its table.
func (b *builder) branch(name, path string, n *node) *BranchTable {
	branch := &BranchTable{Name: name, Views: map[string]*ViewTable{}, Heads: map[string]*Component{}}
	heads := headKeys(n)
	b.section(section{path: path, node: n, options: branchOptions(), tables: append(heads, branchTables...),
		what: "keys of a branch"}).Into(branch)
	// The size of [data] is the default here too, and data is read before branches.
	if branch.Batch == 0 {
		branch.Batch = b.spec.Data.Batch
	}
	branch.Augment = b.augment(join(path, "augment"), n.field("augment"))
	for _, key := range heads {
		if head := b.component(core.KindHead, join(path, key), n.field(key)); head != nil {
			branch.Heads[key] = head
		}
	}
	branch.Loss = b.component(core.KindLoss, join(path, "loss"), n.field("loss"))
	branch.Optimizer = b.optimizer(join(path, "optimizer"), n.field("optimizer"), name)
	branch.ClassWeight = b.classWeights(join(path, "class_weight"), n.field("class_weight"))
	b.views(branch, join(path, "view"), n.field("view"))
	return branch
}

// headKeys returns the keys that hold heads: "head", and any other with a table that
// names a plugin. CheckStrategyPlan reports those that the strategy does not know: which
// there are, such as a predictor, only the strategy can say.
func headKeys(n *node) []string {
	var keys []string
	for _, key := range n.order {
		if key == "head" || !slices.Contains(branchTables, key) && n.fields[key].field("plugin") != nil {
			keys = append(keys, key)
		}
	}
	return keys
}

func (b *builder) views(branch *BranchTable, path string, n *node) {
	if n == nil || !b.isTable(path, n) {
		return
	}
	for _, name := range n.order {
		at, child := join(path, name), n.fields[name]
		if !word.MatchString(name) {
			b.add(child.key, "", "view name %q is not of letters, digits, dashes and underscores", name)
			continue
		}
		b.section(section{path: at, node: child, tables: viewTables, what: "keys of a view"})
		if child.form == table && child.field("augment") == nil {
			b.add(child.at, `augment = [{ plugin = "…" }], or [] for none`, "view %q has no augment", name)
		}
		branch.Views[name] = &ViewTable{Augment: b.augment(join(at, "augment"), child.field("augment"))}
	}
}

// augment reads a list of augmentations, empty if there is none.
func (b *builder) augment(path string, n *node) []*Component {
	if n == nil {
		return nil
	}
	if n.form != list {
		b.add(n.at, `augment = [{ plugin = "…" }]`, "%s must be a list of augmentations", path)
		return nil
	}
	var all []*Component
	for i, item := range n.items {
		if c := b.component(core.KindAugmentation, element(path, i), item); c != nil {
			all = append(all, c)
		}
	}
	return all
}

// component reads a reference. It returns nil if there is none, or if it names no plugin.
func (b *builder) component(kind core.Kind, path string, n *node) *Component {
	if n == nil {
		return nil
	}
	if n.form != table {
		hint := `write { plugin = "…" }`
		// The likely mistake is loss = "focal": the hint then writes it as it must be.
		if text, ok := n.value.(string); ok && text != "" {
			hint = fmt.Sprintf("write { plugin = %q }", text)
		}
		b.add(n.at, hint, "%s must be a table that names a plugin", path)
		return nil
	}
	// Only plugin is declared so far: the other options keep the types of the file until
	// CheckComponents knows theirs.
	options := n.options([]core.Option{pluginOption()})
	plugin, ok := options["plugin"].(string)
	delete(options, "plugin")
	if !ok || plugin == "" {
		b.add(b.spec.PosOf(join(path, "plugin")), fmt.Sprintf(`plugin = "…" names the %s`, kind),
			"%s names no plugin", path)
		return nil
	}
	return &Component{Kind: kind, Plugin: plugin, Options: options, Path: path, Pos: n.at, node: n}
}

// top reads a component that every spec needs.
func (b *builder) top(kind core.Kind, path string, n *node) *Component {
	if n == nil {
		b.add(b.spec.tree.at, fmt.Sprintf("write\n    [%s]\n    plugin = \"…\"", path), "there is no [%s]", path)
		return nil
	}
	return b.component(kind, path, n)
}

func (b *builder) strategy(n *node) *Component { return b.top(core.KindStrategy, "strategy", n) }

func (b *builder) backbone(n *node) *Component {
	c := b.top(core.KindBackbone, "backbone", n)
	if c == nil {
		return nil
	}
	shared := backboneOptions()[1:]
	given := n.options(shared)
	for name := range given {
		if !slices.ContainsFunc(shared, func(o core.Option) bool { return o.Name == name }) {
			delete(given, name)
		}
	}
	values, faults := core.Check(shared, given)
	for _, fault := range faults {
		b.Problems = append(b.Problems, b.spec.atOption("backbone", fault))
	}
	var own struct {
		Weights    string `option:"weights"`
		MicroBatch int    `option:"micro_batch"`
	}
	withFallbacks(values, shared).Into(&own)
	b.spec.Weights, b.spec.MicroBatch = n.path("weights", own.Weights), own.MicroBatch
	// The keys of the runner are none of the component's, which would refuse them as
	// unknown.
	for _, o := range shared {
		delete(c.Options, o.Name)
	}
	b.spec.FeatureCache = b.cache("backbone.cache", n.field("cache"))
	for _, table := range backboneTables {
		delete(c.Options, table)
	}
	return c
}

// cache returns nil if the spec has no such table, or turns the cache off.
func (b *builder) cache(path string, n *node) *FeatureCacheTable {
	if n == nil {
		return nil
	}
	c := &FeatureCacheTable{}
	values := b.section(section{path: path, node: n, options: cacheOptions(), what: "keys of " + path})
	values.Into(c)
	c.Dir, c.Limit = b.folder(path, n, values)
	// So -s backbone.cache.variants=0 turns off a cache that the file turns on.
	if c.Variants == 0 {
		return nil
	}
	return c
}

// folder returns the folder that the table of a cache names, and the limit in bytes, which
// is text with a unit.
func (b *builder) folder(path string, n *node, values core.Values) (dir string, limit int64) {
	var raw struct {
		Dir   string `option:"dir"`
		Limit string `option:"limit"`
	}
	values.Into(&raw)
	return n.path("dir", raw.Dir), b.bytes(join(path, "limit"), raw.Limit)
}
