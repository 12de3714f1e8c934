package weight

import (
	"encoding/binary"
	"errors"
	"fmt"

	"montage/runner/weight/pickle"
)

// legacyMagic is the pickled number that follows the protocol's two bytes.
const legacyMagic = "\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."

// legacyVersion is the only version of the legacy format.
const legacyVersion = 1001

// stream is a legacy file: pickles and numbers one after the other.
type stream struct {
	raw      []byte
	at       int
	storages map[string]*storage
}

// readLegacy reads the format of PyTorch before 1.6: pickles of a magic number, a
// version, the system and the state dict, then one of the storages' keys, and for
// each key a count and the numbers.
func readLegacy(raw []byte) (file, error) {
	s := &stream{raw: raw, at: 2 + len(legacyMagic), storages: map[string]*storage{}}
	if err := s.preamble(); err != nil {
		return file{}, err
	}
	value, err := s.next()
	if err != nil {
		return file{}, err
	}
	keys, err := s.next()
	if err != nil {
		return file{}, err
	}
	list, ok := keys.(*pickle.List)
	if !ok {
		return file{}, damaged(fmt.Errorf("the storages' keys are %s; expected a list", describe(keys)))
	}
	for _, key := range list.Items {
		if err := s.numbers(key); err != nil {
			return file{}, damaged(err)
		}
	}
	return stateDict(value, len(raw))
}

// preamble checks version and byte order.
func (s *stream) preamble() error {
	version, err := s.next()
	if err != nil {
		return err
	}
	if version != int64(legacyVersion) {
		return wantStateDict(fmt.Errorf("not version %d of torch.save's legacy format, the only one that is read",
			legacyVersion))
	}
	system, err := s.next()
	if err != nil {
		return err
	}
	if dict, ok := system.(*pickle.Dict); ok {
		if little, known := dict.Get("little_endian"); known && little != true {
			return wantStateDict(errors.New("the numbers have the big end first; only little end first is read"))
		}
	}
	return nil
}

// next reads a pickle.
func (s *stream) next() (any, error) {
	value, n, err := unpickle(s.raw[s.at:], &torch{find: s.find})
	s.at += n
	return value, err
}

// find notes a storage, whose numbers come later.
func (s *stream) find(key string, e *element, count int) (*storage, error) {
	if known := s.storages[key]; known != nil {
		return known, known.same(key, e, count)
	}
	s.storages[key] = &storage{element: e, count: count}
	return s.storages[key], nil
}

// numbers reads the count and the numbers of one storage.
func (s *stream) numbers(key any) error {
	name, _ := key.(string)
	known := s.storages[name]
	if known == nil || known.data != nil {
		return errors.New("the keys of the storages are not those of the tensors")
	}
	rest := s.raw[s.at:]
	if len(rest) < 8 {
		return fmt.Errorf("the file ends before storage %q", name)
	}
	count, rest := binary.LittleEndian.Uint64(rest), rest[8:]
	if count != uint64(known.count) {
		return fmt.Errorf("storage %q has %d numbers; its tensors say %d", name, count, known.count)
	}
	if count > uint64(len(rest)/known.element.size) {
		return fmt.Errorf("the file ends within storage %q: %d bytes are left for %d numbers of %s", name, len(rest),
			count, known.element.name)
	}
	n := known.count * known.element.size
	known.data = rest[:n:n]
	s.at += 8 + n
	return nil
}
