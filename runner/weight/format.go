package weight

import (
	"bytes"
	"errors"
	"fmt"

	"montage/core/hint"
)

// parse reads a file of any format. It goes by the first bytes: people name
// PyTorch's files .pth, .pt, .bin, .ckpt, .pth.tar.
func parse(raw []byte) (file, error) {
	switch {
	case isSafetensors(raw):
		return readSafetensors(raw)
	case bytes.HasPrefix(raw, []byte("PK\x03\x04")):
		return readZip(raw)
	case len(raw) > 2 && bytes.HasPrefix(raw[2:], []byte(legacyMagic)):
		return readLegacy(raw)
	}
	return file{}, unknown(raw)
}

// isSafetensors reports whether a file starts with a length and a JSON object. The ninth byte of
// the other formats is never a brace.
func isSafetensors(raw []byte) bool {
	return len(raw) > 8 && raw[8] == '{'
}

// unknown says what a file of another format probably is.
func unknown(raw []byte) error {
	switch {
	case len(raw) == 0:
		return damaged(errors.New("the file is empty"))
	case raw[0] == '<':
		return hint.With(errors.New("this is a web page, not a weights file"), "download the file itself")
	case bytes.HasPrefix(raw, []byte("version https://git-lfs")):
		return hint.With(errors.New("this only points to a file in Git LFS"), "git lfs pull")
	case raw[0] == 0x80:
		return wantStateDict(errors.New("this is a Python pickle, but none that torch.save wrote"))
	}
	return damaged(fmt.Errorf("neither a safetensors file nor one of torch.save; it begins with % x",
		raw[:min(8, len(raw))]))
}

// damaged adds what to do about a file that is not whole.
func damaged(err error) error {
	return hint.With(err, "the file may be cut off or damaged: copy or download it again")
}

// wantStateDict adds how to save what can be read.
func wantStateDict(err error) error {
	return hint.With(err, `in Python: torch.save(model.state_dict(), "weights.pth")`)
}
