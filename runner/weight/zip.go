package weight

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
)

// records are the parts of a zip file by name.
type records struct {
	raw   []byte
	files map[string]*zip.File
}

// readZip reads the format of PyTorch 1.6 and later: a zip file with the pickle
// FOLDER/data.pkl and the numbers of each storage in FOLDER/data/KEY.
func readZip(raw []byte) (file, error) {
	r, folder, err := openZip(raw)
	if err != nil {
		return file{}, damaged(err)
	}
	if r.files[folder+"constants.pkl"] != nil {
		return file{}, wantStateDict(errors.New("this is a TorchScript program, not weights"))
	}
	description, err := r.read(folder + "data.pkl")
	if err != nil {
		return file{}, damaged(err)
	}
	if err := r.checkByteOrder(folder); err != nil {
		return file{}, err
	}
	value, _, err := unpickle(description, &torch{find: r.finder(folder + "data/")})
	if err != nil {
		return file{}, err
	}
	return stateDict(value, len(raw))
}

// openZip lists the records and finds the folder of data.pkl.
func openZip(raw []byte) (r records, folder string, err error) {
	archive, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return r, "", fmt.Errorf("not a complete zip file: %w", err)
	}
	r = records{raw: raw, files: map[string]*zip.File{}}
	found := 0
	for _, f := range archive.File {
		if r.files[f.Name] != nil {
			return r, "", fmt.Errorf("two records are named %q", f.Name)
		}
		r.files[f.Name] = f
		if name, ok := strings.CutSuffix(f.Name, "data.pkl"); ok && strings.Count(name, "/") <= 1 &&
			(name == "" || strings.HasSuffix(name, "/")) {
			folder = name
			found++
		}
	}
	if found != 1 {
		return r, "", fmt.Errorf("a zip file with %d records FOLDER/data.pkl, which torch.save writes; expected one",
			found)
	}
	return r, folder, nil
}

// read returns the bytes of a record in place. PyTorch never compresses, so there
// is nothing to inflate and no bomb to defuse.
func (r records) read(name string) ([]byte, error) {
	f := r.files[name]
	if f == nil {
		return nil, fmt.Errorf("record %q is missing", name)
	}
	if f.Method != zip.Store || f.CompressedSize64 != f.UncompressedSize64 {
		return nil, fmt.Errorf("record %q is compressed, which torch.save never does", name)
	}
	start, err := f.DataOffset()
	if err != nil {
		return nil, fmt.Errorf("record %q: %w", name, err)
	}
	if start < 0 || start > int64(len(r.raw)) || f.UncompressedSize64 > uint64(len(r.raw))-uint64(start) {
		return nil, fmt.Errorf("record %q reaches beyond the end of the file", name)
	}
	data := r.raw[start : uint64(start)+f.UncompressedSize64]
	if sum := crc32.ChecksumIEEE(data); sum != f.CRC32 {
		return nil, fmt.Errorf("record %q is damaged: its checksum is %08x, the file says %08x", name, sum, f.CRC32)
	}
	return data, nil
}

// checkByteOrder refuses numbers with the big end first; without the record they
// have the little end first.
func (r records) checkByteOrder(folder string) error {
	if r.files[folder+"byteorder"] == nil {
		return nil
	}
	order, err := r.read(folder + "byteorder")
	if err != nil {
		return err
	}
	if string(order) != "little" {
		return wantStateDict(fmt.Errorf("the byte order is %.20q; only little is read", order))
	}
	return nil
}

// finder reads each storage once, where it is first mentioned.
func (r records) finder(folder string) func(string, *element, int) (*storage, error) {
	known := map[string]*storage{}
	return func(key string, e *element, count int) (*storage, error) {
		if s := known[key]; s != nil {
			return s, s.same(key, e, count)
		}
		data, err := r.read(folder + key)
		if err != nil {
			return nil, err
		}
		if len(data)%e.size != 0 || len(data)/e.size != count {
			return nil, fmt.Errorf("storage %q has %d bytes; expected %d numbers of %d", key, len(data), count, e.size)
		}
		known[key] = &storage{element: e, count: count, data: data}
		return known[key], nil
	}
}

// same refuses a storage that is mentioned again as something else.
func (s *storage) same(key string, e *element, count int) error {
	if s.element != e || s.count != count {
		return fmt.Errorf("storage %q is %d numbers of %s and %d of %s", key, s.count, s.element.name, count, e.name)
	}
	return nil
}
