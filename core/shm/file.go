//go:build unix

package shm

import (
	"errors"
	"fmt"
	"os"
)

// pair is one nameless file, opened for this process and for its plugins. Where plugins
// may write, both fields are the same file, which must then be closed once.
type pair struct{ own, lent *os.File }

// nameless creates the file in the first backing that works.
func nameless(access Access) (pair, string, error) {
	// Every error is kept: where no backing works, a user needs the reason of each.
	var faults []error
	for _, p := range backings() {
		made, err := p.create(access)
		if err == nil {
			return made, p.name, nil
		}
		faults = append(faults, fmt.Errorf("%s: %w", p.name, err))
	}
	return pair{}, "", errors.Join(faults...)
}

// backing is a place where a nameless file can live.
type backing struct {
	name   string
	create func(Access) (pair, error)
}

// folder is a backing that removes its files as soon as they are open.
func folder(dir string) backing {
	return backing{dir, func(access Access) (pair, error) {
		own, err := os.CreateTemp(dir, "montage-*") // mode 0600, close-on-exec
		if err != nil {
			return pair{}, err
		}
		// The descriptors keep the file alive, and without its name a crash leaves
		// nothing to sweep. lend still needs the name, so the removal waits for it.
		defer os.Remove(own.Name())
		return lend(own, own.Name(), access)
	}}
}

// lend opens the file a second time if plugins may only read: a descriptor that was opened
// read-only cannot be mapped for writing, whatever a plugin tries.
func lend(own *os.File, path string, access Access) (pair, error) {
	if access == ReadWrite {
		return pair{own, own}, nil
	}
	lent, err := os.Open(path)
	if err != nil {
		_ = own.Close()
		return pair{}, err
	}
	return pair{own, lent}, nil
}
