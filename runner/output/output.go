// Package output writes the files that a user names, whatever kind of file that is.
//
// A regular file, or one that does not exist, is replaced as a whole: at any moment it is the old or the new one.
// A symbolic link is followed and stays; what it leads to is written. Devices, FIFOs, sockets and open descriptors
// such as /dev/stdout are opened and written, never replaced: as root, a rename would turn a device into a file.
package output

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
	"golang.org/x/sys/unix"
)

// Check reports why a file cannot be written at path: it is a folder, its folder does not exist, or writing is not
// permitted. Commands call it before the work whose result the file would hold. It opens and changes nothing.
func Check(path string) error {
	t, err := resolve(path)
	if err != nil {
		return err
	}
	if t.descriptor >= 0 {
		return nil
	}
	writable := t.path
	if t.regular() {
		writable = filepath.Dir(t.path) // it takes the new file
		if info, err := os.Stat(writable); err != nil || !info.IsDir() {
			return fmt.Errorf("write %s: folder %s does not exist", path, writable)
		}
	}
	if err := unix.Access(writable, unix.W_OK); err != nil {
		return fmt.Errorf("write %s: %s: %w", path, writable, err)
	}
	return nil
}

// Write writes a file of this content. A new file has the permissions 0666 less the umask; one that exists keeps
// its own.
func Write(path string, content []byte) error {
	return WriteTo(path, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

// WriteTo writes the file that write makes. After an error a regular file is what it was; a device or FIFO has got
// what came before the error.
func WriteTo(path string, write func(io.Writer) error) error {
	t, err := resolve(path)
	if err != nil {
		return err
	}
	if t.regular() {
		err = replace(t.path, write)
	} else {
		err = fill(t, write)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// Remove removes the regular file that path leads to, if there is one. Links, devices and FIFOs stay.
func Remove(path string) error {
	t, err := resolve(path)
	if err != nil || !t.regular() {
		return err
	}
	if err := os.Remove(t.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// replace writes a new file and renames it over a regular one or none.
func replace(path string, write func(io.Writer) error) error {
	file, err := renameio.NewPendingFile(path, renameio.WithPermissions(0o666), renameio.WithExistingPermissions())
	if err != nil {
		return err
	}
	defer func() { _ = file.Cleanup() }() // does nothing once the file is in place
	if err := write(file); err != nil {
		return err
	}
	return file.CloseAtomicallyReplace()
}

// fill writes into what cannot be replaced.
func fill(t target, write func(io.Writer) error) error {
	w, err := t.open()
	if err != nil {
		return err
	}
	return errors.Join(write(w), w.Close())
}

func (t target) open() (io.WriteCloser, error) {
	switch {
	case t.descriptor >= 0:
		fd, err := unix.FcntlInt(uintptr(t.descriptor), unix.F_DUPFD_CLOEXEC, 0)
		if err != nil {
			return nil, err
		}
		return os.NewFile(uintptr(fd), t.path), nil
	case t.mode&fs.ModeSocket != 0:
		return net.Dial("unix", t.path)
	}
	return os.OpenFile(t.path, os.O_WRONLY, 0)
}
