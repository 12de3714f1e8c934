package weight

import (
	"bytes"
	"errors"
	"fmt"
)

// Hints on what to do about a file.
const (
	hintStateDict = "\nhint: in Python: torch.save(model.state_dict(), \"weights.pth\")"
	hintAgain     = "\nhint: the file may be cut off or damaged: copy or download it again"
)

// parse reads a file of any format, which its first bytes tell: people name
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

// unknown says what a file that is none of ours probably is.
func unknown(raw []byte) error {
	switch {
	case len(raw) == 0:
		return errors.New("the file is empty" + hintAgain)
	case raw[0] == '<':
		return errors.New("this is a web page, not a weights file\nhint: download the file itself")
	case bytes.HasPrefix(raw, []byte("version https://git-lfs")):
		return errors.New("this only points to a file in Git LFS\nhint: git lfs pull")
	case raw[0] == 0x80:
		return errors.New("this is a Python pickle, but none that torch.save wrote" + hintStateDict)
	}
	return fmt.Errorf("neither a safetensors file nor one of torch.save; it begins with % x%s", raw[:min(8, len(raw))],
		hintAgain)
}
