package fileindex

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/renameio/v2"
	"golang.org/x/sys/unix"
)

// magic begins every index; the number is that of its layout.
const magic = "montage frames 1\n"

// hidden is the folder beside the data that holds the index.
const hidden = ".montage"

// largest is the size of the largest index that is read: of about 40 million frames.
const largest = 1 << 30

// places returns where the index of a folder may lie, the best place first: beside the data, unless that is no
// folder for it, and in the user's cache folder, by a digest of the path.
func places(root string) (list []string) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil
	}
	home, _ := os.UserHomeDir()
	if root != home && root != filepath.Dir(root) {
		list = append(list, filepath.Join(root, hidden, "frames.index"))
	}
	if cache, err := os.UserCacheDir(); err == nil {
		digest := sha256.Sum256([]byte(root))
		list = append(list, filepath.Join(cache, "montage", "index", fmt.Sprintf("%x", digest[:16])))
	}
	return list
}

// load reads the index that was written last, of those that are of use, and reports whether there is one, of use or
// not.
func (x *Index) load() (c content, exists bool) {
	var last time.Time
	for _, place := range x.places {
		_, missing := os.Lstat(place)
		exists = exists || missing == nil
		text, written, err := readFile(place, x.Version)
		if err != nil || !written.After(last) {
			continue
		}
		if found, ok := parse(text); ok {
			c, last = found, written
		}
	}
	return c, exists
}

// readFile returns what an index says behind its version, if its checksum is right, as one string.
func readFile(path, version string) (string, time.Time, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0) // a pipe would wait for a writer
	if err != nil {
		return "", time.Time{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", time.Time{}, err
	}
	size := info.Size() - sha256.Size
	if !info.Mode().IsRegular() || size < 0 || size > largest {
		return "", time.Time{}, errors.New("it is no index")
	}
	text, err := verified(f, size)
	if err != nil {
		return "", time.Time{}, err
	}
	r := reader{}
	var ours bool
	if r.rest, ours = strings.CutPrefix(text, magic); !ours || r.text() != version {
		return "", time.Time{}, errors.New("it is of another version")
	}
	return r.rest, info.ModTime(), nil
}

// verified reads as many bytes, and the checksum that follows them.
func verified(f io.Reader, size int64) (string, error) {
	var text strings.Builder
	text.Grow(int(size))
	sum := sha256.New()
	if _, err := io.CopyN(io.MultiWriter(&text, sum), f, size); err != nil {
		return "", err
	}
	var want [sha256.Size]byte
	if _, err := io.ReadFull(f, want[:]); err != nil {
		return "", err
	}
	if [sha256.Size]byte(sum.Sum(nil)) != want {
		return "", errors.New("it is damaged")
	}
	return text.String(), nil
}

// Save writes the index where something has changed. What is known of frames that nobody asked for this time is kept
// while they exist; another process may have added some.
func (x *Index) Save() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.changed.Load() || !x.exists && x.frames() < x.Least {
		return nil
	}
	folders, files := x.others()
	err := errors.New("there is no folder for it")
	for _, place := range x.places {
		if err = write(place, func(w *bufio.Writer) { x.write(w, folders, files) }); err == nil {
			return nil
		}
	}
	return fmt.Errorf("the index of frames is not kept: %w", err)
}

// frames counts the frames that were asked for.
func (x *Index) frames() int {
	n := len(x.files)
	for _, f := range x.folders {
		n += len(f.Names)
	}
	return n
}

// others returns what is known of what was not asked for, and still exists.
func (x *Index) others() (folders map[string]string, files map[string]stamp) {
	c, _ := x.load()
	exists := func(key string) bool {
		_, err := os.Stat(filepath.Join(x.Root, key))
		return err == nil && filepath.IsLocal(key)
	}
	folders, files = c.folders, c.files()
	maps.DeleteFunc(folders, func(key, _ string) bool { return x.folders[key] != nil || !exists(key) })
	maps.DeleteFunc(files, func(key string, _ stamp) bool {
		_, asked := x.files[key]
		return asked || !exists(key)
	})
	return folders, files
}

// write writes an index that readFile and parse read, with folders and files that were not asked for.
func (x *Index) write(w *bufio.Writer, folders map[string]string, files map[string]stamp) {
	b := appendText([]byte(magic), x.Version)
	b = appendNumber(b, len(x.folders)+len(folders))
	flush := func() { _, _ = w.Write(b); b = b[:0] } // the last flush of all returns the first error
	var one []byte
	for key, f := range x.folders {
		one = f.append(one[:0])
		b = append(appendNumber(appendText(b, key), len(one)), one...)
		flush()
	}
	for key, text := range folders {
		b = appendText(appendText(b, key), text)
		flush()
	}
	maps.DeleteFunc(x.files, func(_ string, s stamp) bool { return s == 0 })
	b = appendNumber(b, len(x.files)+len(files))
	for _, list := range []map[string]stamp{x.files, files} {
		for key, s := range list {
			b = appendStamp(appendText(b, key), s)
			flush()
		}
	}
	flush()
}

// write writes a file with its checksum, as a whole or not at all. It follows no link: what lies beside data may have
// come with it.
func write(path string, content func(w *bufio.Writer)) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(filepath.Dir(dir), 0o777); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if info, err := os.Lstat(dir); err != nil || !info.IsDir() {
		return fmt.Errorf("%s is no folder", dir)
	}
	sweep(path)
	file, err := renameio.NewPendingFile(path, renameio.WithTempDir(dir), renameio.WithPermissions(0o666))
	if err != nil {
		return err
	}
	defer func() { _ = file.Cleanup() }() // does nothing once the file is in place
	sum := sha256.New()
	w := bufio.NewWriterSize(io.MultiWriter(file, sum), 1<<20)
	content(w)
	if err := w.Flush(); err != nil {
		return err
	}
	if _, err := file.Write(sum.Sum(nil)); err != nil {
		return err
	}
	return file.CloseAtomicallyReplace()
}

// sweep removes what a process left that was killed while it wrote the index.
func sweep(path string) {
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"*"))
	for _, name := range left {
		if info, err := os.Lstat(name); err == nil && time.Since(info.ModTime()) > time.Hour {
			_ = os.Remove(name)
		}
	}
}
