package featurecache

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// The files of a segment.
const (
	mapsSuffix  = ".maps"
	indexSuffix = ".index"
)

// segmentBytes is where a segment ends and another begins.
const segmentBytes = 1 << 30

// recordBytes is the size of one record of an index: key, offset, length, checksum of
// the map, checksum of these.
const recordBytes = 32 + 8 + 4 + 4 + 4

// castagnoli is the polynomial that processors have an instruction for.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// record says where in its segment a map lies.
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

// cacheSegment is a file of maps and its index.
type cacheSegment struct {
	maps, index *os.File
	end         int64 // of the maps, as this process knows it
}

// openSegment opens a segment to read and, where the rights are, to write.
func openSegment(index string) (*cacheSegment, []record, error) {
	g := &cacheSegment{}
	var err error
	if g.index, err = openEither(index); err != nil {
		return nil, nil, err
	}
	if g.maps, err = openEither(strings.TrimSuffix(index, indexSuffix) + mapsSuffix); err != nil {
		return nil, nil, errors.Join(err, g.index.Close())
	}
	text, err := os.ReadFile(index)
	if err == nil {
		g.end, err = size(g.maps)
	}
	if err != nil {
		g.close()
		return nil, nil, fmt.Errorf("read the index: %w", err)
	}
	return g, parse(text), nil
}

func openEither(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrPermission) {
		f, err = os.Open(name)
	}
	return f, err
}

// newSegment makes a segment under the first number that is free, and claims it.
func newSegment(dir string) (*cacheSegment, error) {
	for n := 1; ; n++ {
		base := filepath.Join(dir, fmt.Sprintf("%06d", n))
		maps, err := os.OpenFile(base+mapsSuffix, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o666)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("make a file: %w", err)
		}
		g := &cacheSegment{maps: maps}
		if g.index, err = os.OpenFile(base+indexSuffix, os.O_CREATE|os.O_RDWR, 0o666); err != nil {
			return nil, errors.Join(fmt.Errorf("make a file: %w", err), maps.Close())
		}
		if g.claim() {
			return g, nil
		}
		g.close() // somebody saw it first
	}
}

// claim makes this process the one that writes to the segment, and finds its end. A
// record that another process left unfinished is cut off. Where a folder has no locks,
// two may overwrite each other's maps, which the checksums reveal.
func (g *cacheSegment) claim() bool {
	if errors.Is(unix.Flock(int(g.index.Fd()), unix.LOCK_EX|unix.LOCK_NB), unix.EWOULDBLOCK) {
		return false
	}
	end, err := size(g.maps)
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

// append writes a map and, when it lies there, its record.
func (g *cacheSegment) append(k Key, kept []byte) (record, error) {
	r := record{key: k, offset: g.end, length: uint32(len(kept)), sum: crc32.Checksum(kept, castagnoli)}
	if _, err := g.maps.WriteAt(kept, r.offset); err != nil {
		return record{}, fmt.Errorf("write a map: %w", err)
	}
	g.end += int64(len(kept))
	at, err := size(g.index)
	if err == nil {
		_, err = g.index.WriteAt(r.bytes(), at)
	}
	if err != nil {
		return record{}, fmt.Errorf("write the index: %w", err)
	}
	return r, nil
}

// read fills out with a map, and checks it.
func (g *cacheSegment) read(r record, out []byte) error {
	if _, err := g.maps.ReadAt(out, r.offset); err != nil {
		return err
	}
	if crc32.Checksum(out, castagnoli) != r.sum {
		return errors.New("its bytes do not add up to what they were")
	}
	return nil
}

func (g *cacheSegment) close() {
	for _, f := range []*os.File{g.maps, g.index} {
		if f != nil {
			_ = f.Close() // all was written; what was lost is computed again
		}
	}
}
