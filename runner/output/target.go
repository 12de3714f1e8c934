package output

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
)

// maxLinks is how many links in a row are followed, as many as Linux does.
const maxLinks = 40

// target is what a path leads to.
type target struct {
	path       string      // after all links
	mode       fs.FileMode // 0 where nothing exists
	descriptor int         // of an open file of this process, -1 for none
}

// regular reports whether the target can be replaced: it is a regular file, or does not exist.
func (t target) regular() bool { return t.descriptor < 0 && t.mode.IsRegular() }

// descriptors are the names of this process's open files. On Linux they are links, but to names that may lead
// nowhere (pipe:[5]) or to a file that would be replaced behind the back of whoever reads the descriptor.
var descriptors = regexp.MustCompile(`^(/dev/fd|/proc/self/fd|/proc/thread-self/fd|/proc/` +
	strconv.Itoa(os.Getpid()) + `/fd)/([0-9]+)$`)

// resolve follows links, the last of which may lead to a file that does not exist yet.
func resolve(path string) (target, error) {
	at := path
	for range maxLinks {
		if m := descriptors.FindStringSubmatch(absolute(at)); m != nil {
			fd, err := strconv.Atoi(m[2])
			return target{path: at, descriptor: fd}, err
		}
		info, err := os.Lstat(at)
		if errors.Is(err, fs.ErrNotExist) && at != "" && !os.IsPathSeparator(at[len(at)-1]) {
			return target{path: at, descriptor: -1}, nil
		}
		if err != nil {
			return target{}, fmt.Errorf("write %s: %w", path, err)
		}
		if info.IsDir() {
			return target{}, fmt.Errorf("write %s: it is a folder, expected a file", path)
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			return target{path: at, mode: info.Mode(), descriptor: -1}, nil
		}
		next, err := os.Readlink(at)
		if err != nil {
			return target{}, fmt.Errorf("write %s: %w", path, err)
		}
		if !filepath.IsAbs(next) {
			next = filepath.Join(folder(at), next)
		}
		at = next
	}
	return target{}, fmt.Errorf("write %s: more than %d links in a row", path, maxLinks)
}

// folder returns where a relative link starts from: its folder with all links followed, so that ".." in it means
// what it means to the system.
func folder(path string) string {
	dir := filepath.Dir(path)
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		return real
	}
	return dir
}

func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}
