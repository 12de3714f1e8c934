package spec

// header returns the table that [keys] or [[keys]] opens. After a problem it is a table
// outside the tree, so that the lines below the header cause no further problems.
func (p *parser) header(keys []name, repeated bool) *node {
	last := keys[len(keys)-1]
	parent := p.root
	for _, key := range keys[:len(keys)-1] {
		if parent = p.descend(parent, key); parent == nil {
			return p.loose(last)
		}
	}
	old := parent.fields[last.text]
	if repeated {
		return p.repeat(parent, old, last)
	}
	if old == nil {
		old = p.loose(last)
		parent.set(last.text, old)
		return old
	}
	if old.form != table || old.made != byImply {
		p.twice(last, old)
		return p.loose(last)
	}
	// The table got its own header after one of its children. It is closed to a second
	// header from now on, and messages point to this one.
	old.made, old.key, old.at = byHeader, last.at, last.at
	return old
}

// descend follows one of the leading parts of a header.
func (p *parser) descend(parent *node, key name) *node {
	child := parent.fields[key.text]
	switch {
	case child == nil:
		child = newTable(byImply, key.at, p.source.folder())
		parent.set(key.text, child)
		return child
	case child.form == table && child.made != byValue:
		return child
	case child.form == list && child.made == byHeader:
		// As TOML says, a header inside [[x]] belongs to the element that was opened
		// last.
		return child.items[len(child.items)-1]
	}
	p.twice(key, child)
	return nil
}

// repeat adds the element that [[key]] opens.
func (p *parser) repeat(parent, old *node, key name) *node {
	element := p.loose(key)
	switch {
	case old == nil:
		all := &node{form: list, made: byHeader, key: key.at, at: key.at, folder: p.source.folder(),
			items: []*node{element}}
		parent.set(key.text, all)
	case old.form == list && old.made == byHeader:
		old.items = append(old.items, element)
	default:
		p.twice(key, old)
	}
	return element
}

// assign stores a value at its dotted key.
func (p *parser) assign(to *node, keys []name, value *node) {
	for _, key := range keys[:len(keys)-1] {
		child := to.fields[key.text]
		if child == nil {
			child = newTable(byDots, key.at, p.source.folder())
			to.set(key.text, child)
		}
		// Dotted keys must not reach into a table that has a header or braces of its own.
		if child.form != table || child.made != byDots {
			p.twice(key, child)
			return
		}
		to = child
	}
	last := keys[len(keys)-1]
	if old := to.fields[last.text]; old != nil {
		p.twice(last, old)
		return
	}
	to.set(last.text, value)
}

// loose returns the table of a header, not yet in the tree. That of a refused header stays
// outside: it takes the lines below, so that one mistake is one problem.
func (p *parser) loose(key name) *node { return newTable(byHeader, key.at, p.source.folder()) }

func (p *parser) twice(key name, old *node) {
	p.problems.add(key.at, "", "%q is already defined in line %d", key.text, old.key.Line)
}
