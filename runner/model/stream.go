package model

import "strings"

// StreamName returns the name from which the random streams of a branch, or of a
// module "branch.key", are derived.
//
// It is the name itself but for one pair. The branch of the labels was called "genre"
// before it was called "supervised", and a renamed stream draws other numbers: its
// streams keep the old name, so that results from before repeat bit for bit. A branch
// that is called "genre" takes the other name in turn, as no two may share streams.
func StreamName(name string) string {
	branch, key, module := strings.Cut(name, ".")
	switch branch {
	case "supervised":
		branch = "genre"
	case "genre":
		branch = "supervised"
	}
	if module {
		return branch + "." + key
	}
	return branch
}
