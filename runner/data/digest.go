package data

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strconv"
)

// Digest returns a sha256 of what draws depend on: ids, labels and the names of
// frames, in order. The pixels are not in it.
func (d *Dataset) Digest() string {
	h := sha256.New()
	text := func(s string) {
		var length [8]byte
		binary.LittleEndian.PutUint64(length[:], uint64(len(s)))
		h.Write(length[:]) // a hash never fails to take bytes
		h.Write([]byte(s))
	}
	list := func(items []string) {
		text(strconv.Itoa(len(items)))
		for _, s := range items {
			text(s)
		}
	}
	list(d.Classes)
	for _, t := range d.Samples {
		text(t.ID)
		list(t.Frames)
		for _, k := range t.Labels {
			text(d.Classes[k])
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
