package audit

import (
	"context"
	"slices"

	"montage/runner/data"
	"montage/runner/layout"
	"montage/runner/picture"
)

// Config says what to check.
type Config struct {
	// Sets are the data sets by their roles, opened so that broken files are skipped.
	Sets    map[layout.Role]*data.Dataset
	Classes []string
	// Background is behind transparent pixels, as in training.
	Background picture.Background
	// Progress, when set, is called with the number of files decoded so far, by one goroutine at a time.
	Progress func(done, total int)
}

// order is that in which data sets are compared: those that judge first, since they are to be found in the others.
var order = []layout.Role{layout.Test, layout.Valid, layout.Labeled, layout.Unlabeled}

// member is a sample of a data set.
type member struct {
	data.Sample
	role layout.Role
	// name is its id among the label files of its folder, "" of a sample that no label file names.
	name string
	// readable is the number of its frames that decode, usable that of those with enough detail to be compared.
	readable, usable int
}

// Check decodes every file of all data sets and compares samples. It returns early when ctx is done.
func Check(ctx context.Context, c Config) (*Findings, error) {
	members := c.members()
	files, err := c.scan(ctx, members)
	if err != nil {
		return nil, err
	}
	f := &Findings{Warnings: []string{}} // not null in JSON
	f.describe(c, members, files)
	f.unreadable(c, members, files)
	m, err := matched(ctx, members, files)
	if err != nil {
		return nil, err
	}
	f.sort(m.matches())
	return f, nil
}

// members lists the samples of all data sets.
func (c Config) members() (all []member) {
	for _, role := range order {
		set := c.Sets[role]
		if set == nil {
			continue
		}
		for _, s := range set.Samples {
			if s = s.Sound(); len(s.Frames) > 0 { // its other frames are among the skipped
				all = append(all, member{Sample: s, role: role, name: s.Name()})
			}
		}
	}
	return all
}

// leaky reports whether samples of one role say too much about those of another.
func leaky(a, b layout.Role) bool { return a != b && (a.Judges() || b.Judges()) }

// roles returns the roles that have a data set, as a spec lists them.
func (c Config) roles() []layout.Role {
	return slices.DeleteFunc([]layout.Role{layout.Labeled, layout.Unlabeled, layout.Valid, layout.Test},
		func(r layout.Role) bool { return c.Sets[r] == nil })
}
