package compare

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
)

// Print is a fingerprint of what a run's numbers follow from.
type Print struct{ sum hash.Hash }

// NewPrint begins with a resolved spec.
func NewPrint(spec []byte) Print {
	p := Print{sha256.New()}
	p.sum.Write(spec) // a hash never fails to take bytes
	return p
}

// Add takes the digest of a data set in, "" where there is none.
func (p Print) Add(digest string) { p.sum.Write([]byte("\n" + digest)) }

// String returns the first eight digits, enough to distinguish the runs of a folder.
func (p Print) String() string { return hex.EncodeToString(p.sum.Sum(nil))[:8] }
