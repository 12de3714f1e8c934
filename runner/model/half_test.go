package model

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"
)

type halves struct {
	Values []uint32 `json:"values"`
	Halves []uint16 `json:"halves"`
	SHA256 string   `json:"widened_sha256"`
}

func fixture(t *testing.T) (f halves) {
	t.Helper()
	raw, err := os.ReadFile("testdata/half.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &f); err != nil || len(f.Values) < 1000 || len(f.Values) != len(f.Halves) {
		t.Fatal(err, len(f.Values))
	}
	return f
}

// TestHalvesAreNumpys compares with numpy, overflow and subnormal numbers included.
func TestHalvesAreNumpys(t *testing.T) {
	f := fixture(t)
	refused := 0
	for i, bits := range f.Values {
		v := math.Float32frombits(bits)
		if got := half(v); got != f.Halves[i] {
			t.Errorf("%g is %#04x, numpy's is %#04x", v, got, f.Halves[i])
		}
		out := make([]byte, 2)
		err := roundHalf(out, []float32{v})
		if overflow := f.Halves[i]&0x7fff == 0x7c00 && !math.IsInf(float64(v), 0); (err != nil) != overflow {
			t.Errorf("%g: %v", v, err)
		} else if overflow {
			refused++
		}
		if err == nil && binary.LittleEndian.Uint16(out) != f.Halves[i] {
			t.Errorf("%g is kept as %x", v, out)
		}
	}
	if refused < 100 {
		t.Errorf("only %d numbers were too large", refused)
	}
	if err := roundHalf(make([]byte, 4), []float32{1, -7e4}); err == nil || !strings.Contains(err.Error(), "-70000") {
		t.Errorf("an overflow is reported as %v", err)
	}
}

func TestWidenedAreNumpys(t *testing.T) {
	all := make([]byte, 2<<16)
	for h := range 1 << 16 {
		binary.LittleEndian.PutUint16(all[2*h:], uint16(h))
	}
	out := make([]float32, 1<<16)
	widenHalf(out, all)
	sum := sha256.New()
	for h, v := range out {
		if nan := h&0x7fff > 0x7c00; nan != (v != v) {
			t.Fatalf("%#04x is %v", h, v)
		} else if !nan {
			_ = binary.Write(sum, binary.LittleEndian, v)
		}
	}
	if hex.EncodeToString(sum.Sum(nil)) != fixture(t).SHA256 {
		t.Error("other numbers than numpy's")
	}
}

// TestRoundTwice: what was rounded once stays as it is, NaN too.
func TestRoundTwice(t *testing.T) {
	once, again := make([]byte, 2), make([]byte, 2)
	for h := range 1 << 16 {
		binary.LittleEndian.PutUint16(once, uint16(h))
		v := make([]float32, 1)
		widenHalf(v, once)
		if err := roundHalf(again, v); err != nil {
			t.Fatalf("%#04x: %v", h, err)
		}
		if got := binary.LittleEndian.Uint16(again); v[0] == v[0] && int(got) != h {
			t.Fatalf("%#04x comes back as %#04x", h, got)
		} else if v[0] != v[0] && got&0x7fff <= 0x7c00 {
			t.Fatalf("NaN comes back as %#04x", got)
		}
	}
}

func BenchmarkWiden(b *testing.B) {
	kept, out := make([]byte, 2*14*14*1024), make([]float32, 14*14*1024)
	for i := range kept {
		kept[i] = byte(i * 7)
	}
	b.SetBytes(int64(len(kept)))
	for b.Loop() {
		widenHalf(out, kept)
	}
}
