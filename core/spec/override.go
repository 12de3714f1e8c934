package spec

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"montage/core/hint"
)

// override merges key=value into the tree.
func override(root *node, text string) (*node, error) {
	path, value, ok := strings.Cut(text, "=")
	if !ok {
		return root, hint.With(errors.New("no = in it, expected key=value"), "-s phase.joint.epochs=1")
	}
	steps, err := splitPath(path)
	if err != nil {
		return root, err
	}
	// Overrides build tables too, so they keep the bound of the parser.
	if len(steps) > maxDepth {
		return root, fmt.Errorf("nested deeper than %d levels", maxDepth)
	}
	// The files are merged before the overrides, which would come too late.
	if steps[0].key == "extends" {
		return root, fmt.Errorf("extends is read from the file alone")
	}
	at := commandLine(text)
	return graft(root, steps, overrideValue(value, at), at)
}

// commandLine is the position of an override.
// An empty override must not look like the zero Position, which means a file.
func commandLine(text string) Position {
	if text == "" {
		text = `""`
	}
	return Position{Override: text}
}

// graft merges a value into the place that the steps lead to. It makes missing tables on
// the way; elements of a list must exist. It copies what it changes, since an override that
// fails must leave the tree as it was.
func graft(to *node, steps []pathStep, value *node, at Position) (*node, error) {
	if len(steps) == 0 {
		// A table given on the command line is merged, so the keys it does not name are
		// kept.
		return merge(to, value), nil
	}
	first := steps[0]
	if first.key != "" {
		child, err := graft(to.field(first.key), steps[1:], value, at)
		if err != nil {
			return nil, err
		}
		over := newTable(byValue, at, value.folder)
		over.set(first.key, child)
		return merge(to, over), nil
	}
	if to == nil || to.form != list {
		return nil, fmt.Errorf("[%d] does not follow a list", first.index)
	}
	if first.index >= len(to.items) {
		return nil, fmt.Errorf("there is no element [%d]: the list has %d, counted from 0", first.index, len(to.items))
	}
	item, err := graft(to.items[first.index], steps[1:], value, at)
	if err != nil {
		return nil, err
	}
	// Copied, with a list of its own: the tree that the caller holds stays as it was.
	out := *to
	out.items = append([]*node(nil), to.items...)
	out.items[first.index] = item
	return &out, nil
}

// overrideValue reads the text after the equals sign as a TOML value and, if it is not one,
// as a string, because a shell takes quotes away. A path in it is relative to the working
// directory, where the person who wrote it is.
func overrideValue(text string, at Position) *node {
	// A value may be anything that TOML writes, lists and tables included, so the parser
	// of files reads it.
	s := &source{path: "."}
	s.fill([]byte("value = " + text))
	root, problems := parse(s)
	n := root.field("value")
	// A text with a line break could define further keys, which the caller did not name.
	if n == nil || len(problems) > 0 || len(root.fields) != 1 || strings.ContainsAny(text, "\n\r") {
		n = &node{form: scalar, value: text}
	}
	folder, err := os.Getwd()
	if err != nil {
		folder = "."
	}
	n.relocate(at, folder)
	// Kept for options of type string: -s name=2024 is a name, though it parses as a
	// number.
	n.text = text
	return n
}

// relocate gives the node and all below it one position.
// The positions of the parser are those in a text that no user has seen.
func (n *node) relocate(at Position, folder string) {
	n.key, n.at, n.folder = at, at, folder
	for _, item := range n.items {
		item.relocate(at, folder)
	}
	for _, child := range n.fields {
		child.relocate(at, folder)
	}
}
