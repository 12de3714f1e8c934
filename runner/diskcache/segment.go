package diskcache

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// The files of a segment.
const (
	valuesSuffix = ".maps" // the first values that were kept were feature maps
	indexSuffix  = ".index"
)

// valuesOf returns the file of values that belongs to an index.
func valuesOf(index string) string { return strings.TrimSuffix(index, indexSuffix) + valuesSuffix }

// recordBytes is the size of one record of an index: key, offset, length, checksum of
// the value, checksum of these.
const recordBytes = 32 + 8 + 4 + 4 + 4

// castagnoli is the polynomial that processors have an instruction for.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// record says where in its segment a value lies.
type record struct {
	key         Key
	offset      int64
	length, sum uint32
}

func (r record) bytes() []byte {
	out := append(make([]byte, 0, recordBytes), r.key[:]...)
	out = binary.LittleEndian.AppendUint64(out, uint64(r.offset))
	out = binary.LittleEndian.AppendUint32(out, r.length)
	out = binary.LittleEndian.AppendUint32(out, r.sum)
	return binary.LittleEndian.AppendUint32(out, crc32.Checksum(out, castagnoli))
}

// parse returns the records of an index that are whole. They are of one size, so one
// that is damaged hides no other.
func parse(index []byte) (list []record) {
	for ; len(index) >= recordBytes; index = index[recordBytes:] {
		b := index[:recordBytes]
		if crc32.Checksum(b[:recordBytes-4], castagnoli) != binary.LittleEndian.Uint32(b[recordBytes-4:]) {
			continue
		}
		list = append(list, record{Key(b[:32]), int64(binary.LittleEndian.Uint64(b[32:])),
			binary.LittleEndian.Uint32(b[40:]), binary.LittleEndian.Uint32(b[44:])})
	}
	return list
}

// cacheSegment is a file of values and its index.
type cacheSegment struct {
	values, index *os.File
	mapped        []byte // the values that were there when this process opened it
	end           int64  // of the values, as this process knows it
	known         int64  // bytes of the index that this process has read
	used          atomic.Bool
}

// openSegment opens a segment to read and, where the rights are, to write.
func openSegment(index string) (*cacheSegment, error) {
	g := &cacheSegment{}
	var err error
	if g.index, err = openEither(index); err != nil {
		return nil, err
	}
	if g.values, err = openEither(valuesOf(index)); err != nil {
		return nil, errors.Join(err, g.index.Close())
	}
	if err = g.hold(); err == nil {
		err = g.mapValues()
	}
	if err != nil {
		g.close()
		return nil, err
	}
	return g, nil
}

// added returns the records that were added to the index since the last call. What
// cannot be read is not there.
func (g *cacheSegment) added() []record {
	end, err := size(g.index)
	if err != nil || end-g.known < recordBytes {
		return nil
	}
	text := make([]byte, (end-g.known)/recordBytes*recordBytes)
	n, _ := g.index.ReadAt(text, g.known)
	text = text[:n/recordBytes*recordBytes]
	g.known += int64(len(text))
	return parse(text)
}

func openEither(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, unix.EROFS) {
		f, err = os.Open(name)
	}
	return f, err
}

// mapValues maps the values that are there. Where that fails, they are read.
func (g *cacheSegment) mapValues() (err error) {
	if g.end, err = size(g.values); err != nil || g.end == 0 {
		return err
	}
	g.mapped, _ = unix.Mmap(int(g.values.Fd()), 0, int(g.end), unix.PROT_READ, unix.MAP_SHARED)
	return nil
}

// newSegment makes a segment under the first number that is free, and claims it.
func newSegment(dir string) (*cacheSegment, error) {
	for n := 1; ; n++ {
		base := filepath.Join(dir, fmt.Sprintf("%06d", n))
		values, err := os.OpenFile(base+valuesSuffix, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o666)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("make a file: %w", err)
		}
		g := &cacheSegment{values: values}
		if g.index, err = os.OpenFile(base+indexSuffix, os.O_CREATE|os.O_RDWR, 0o666); err != nil {
			return nil, errors.Join(fmt.Errorf("make a file: %w", err), values.Close())
		}
		if g.hold() == nil && g.claim() {
			return g, nil
		}
		g.close() // somebody saw it first
	}
}

// claim makes this process the one that writes to the segment, and finds its end. A
// record that another process left unfinished is cut off. Where a folder has no locks,
// two may overwrite each other's values, which the checksums reveal.
func (g *cacheSegment) claim() bool {
	if errors.Is(unix.Flock(int(g.index.Fd()), unix.LOCK_EX|unix.LOCK_NB), unix.EWOULDBLOCK) {
		return false
	}
	end, err := size(g.values)
	if err != nil {
		return false
	}
	records, err := size(g.index)
	if err != nil || g.index.Truncate(records/recordBytes*recordBytes) != nil {
		return false
	}
	g.end = end
	return true
}

func size(f *os.File) (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// append writes a value and, when it lies there, its record.
func (g *cacheSegment) append(k Key, value []byte) (record, error) {
	r := record{key: k, offset: g.end, length: uint32(len(value)), sum: crc32.Checksum(value, castagnoli)}
	if _, err := g.values.WriteAt(value, r.offset); err != nil {
		return record{}, fmt.Errorf("write a value: %w", err)
	}
	g.end += int64(len(value))
	at, err := size(g.index)
	if err == nil {
		_, err = g.index.WriteAt(r.bytes(), at)
	}
	if err != nil {
		return record{}, fmt.Errorf("write the index: %w", err)
	}
	g.used.Store(true)
	return r, nil
}

// read fills out with a value, and checks it.
func (g *cacheSegment) read(p place, out []byte) error {
	var err error
	if p.offset >= 0 && p.offset <= int64(len(g.mapped)-len(out)) {
		err = copyMapped(out, g.mapped[p.offset:])
	} else {
		_, err = g.values.ReadAt(out, p.offset)
	}
	if err == nil && crc32.Checksum(out, castagnoli) != p.sum {
		err = errors.New("its bytes do not add up to what they were")
	}
	if err == nil {
		g.use()
	}
	return err
}

// copyMapped copies mapped memory. Where the file was cut since it was mapped, or the
// disk cannot be read, the processor faults, which is an error here and not the end of
// the process.
func copyMapped(out, mapped []byte) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("read mapped memory: %v", r)
		}
	}()
	copy(out, mapped)
	return nil
}

func (g *cacheSegment) close() {
	if g.mapped != nil {
		_ = unix.Munmap(g.mapped)
		g.mapped = nil
	}
	for _, f := range []*os.File{g.values, g.index} {
		if f != nil {
			_ = f.Close() // all was written; what was lost is computed again
		}
	}
}
