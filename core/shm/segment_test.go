package shm

import (
	"math"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"montage/core/hint"
	"montage/core/tensor"
)

func grown(t testing.TB, access Access, size int64) *Segment {
	t.Helper()
	s, err := Create("test", access)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Grow(size); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestBothSidesSeeOneMemory(t *testing.T) {
	own := grown(t, ReadWrite, 4096)
	x, err := own.Alloc(tensor.Float32, 2, 3)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := Open("work", own.Descriptor(), 4096, ReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	offset, ok := own.Ref(x)
	if !ok {
		t.Fatal("a tensor of the segment was not found")
	}
	y, err := theirs.View(offset, tensor.Float32, []int{2, 3})
	if err != nil {
		t.Fatal(err)
	}
	x.Float32s()[5] = 7
	y.Float32s()[0] = 8
	if y.Float32s()[5] != 7 || x.Float32s()[0] != 8 {
		t.Errorf("runner sees %v, plugin sees %v", x.Float32s(), y.Float32s())
	}
}

func TestReadOnlyDescriptorCannotBeMappedForWriting(t *testing.T) {
	s := grown(t, ReadOnly, 4096)
	if _, err := Open("state", s.Descriptor(), 4096, ReadOnly); err != nil {
		t.Error(err)
	}
	if _, err := Open("state", s.Descriptor(), 4096, ReadWrite); err == nil {
		t.Error("a plugin could write the state")
	}
}

func TestLayoutIsExact(t *testing.T) {
	shapes := [][]int{{3}, {0, 5}, {17, 2}, {1}, {64}}
	var l Layout
	for _, shape := range shapes {
		if err := l.Add(tensor.Uint64, shape...); err != nil {
			t.Fatal(err)
		}
	}
	s := grown(t, ReadWrite, l.Bytes())
	for _, shape := range shapes {
		x, err := s.Alloc(tensor.Uint64, shape...)
		if err != nil {
			t.Fatal(err)
		}
		if x.Len() > 0 {
			if offset, ok := s.Ref(x); !ok || offset%Align != 0 {
				t.Errorf("%v lies at %d, found %v", x, offset, ok)
			}
		}
	}
	if _, err := s.Alloc(tensor.Uint8, 1); err == nil {
		t.Error("one byte more than planned was handed out")
	}
}

func TestLayoutRefusesWhatNoMachineHolds(t *testing.T) {
	var l Layout
	for range 1 << 14 {
		if err := l.Add(tensor.Uint64, 1<<46); err != nil {
			return
		}
	}
	t.Errorf("a layout of %d bytes was accepted", l.Bytes())
}

func TestRefRefusesOtherMemory(t *testing.T) {
	s := grown(t, ReadWrite, 4096)
	if _, ok := s.Ref(tensor.New(tensor.Float32, 4)); ok {
		t.Error("a tensor of the heap was found in the segment")
	}
	x, _ := s.Alloc(tensor.Float32, 32)
	inner, err := tensor.View(x.Bytes()[4:8], tensor.Float32, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := s.Ref(inner); ok {
		t.Error("a tensor that is not on a boundary of 64 bytes was referred to")
	}
}

func TestInside(t *testing.T) {
	for _, c := range []struct {
		name string
		span Span
		ok   bool
	}{
		{"whole", Span{0, tensor.Float32, []int{1024}}, true},
		{"last", Span{4032, tensor.Uint8, []int{64}}, true},
		{"empty at the end", Span{4096, tensor.Uint8, []int{0}}, true},
		{"one beyond", Span{0, tensor.Float32, []int{1025}}, false},
		{"starts beyond", Span{4160, tensor.Uint8, []int{0}}, false},
		{"crooked", Span{4, tensor.Float32, []int{1}}, false},
		{"negative", Span{0, tensor.Float32, []int{-1, -1}}, false},
		{"product overflows", Span{0, tensor.Float32, []int{1 << 32, 1 << 32}}, false},
		{"size overflows", Span{64, tensor.Uint64, []int{1 << 46}}, false},
		{"end overflows", Span{math.MaxUint64 - 63, tensor.Uint8, []int{128}}, false},
		{"no dtype", Span{0, 0, []int{1}}, false},
	} {
		if err := Inside(c.span, 4096); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func FuzzView(f *testing.F) {
	s := grown(f, ReadWrite, 4096)
	f.Add(uint64(0), byte(1), int64(4), int64(4))
	f.Add(uint64(math.MaxUint64-63), byte(2), int64(1<<40), int64(1<<40))
	f.Fuzz(func(t *testing.T, offset uint64, d byte, a, b int64) {
		x, err := s.View(offset, tensor.DType(d), []int{int(a), int(b)})
		if err != nil {
			return
		}
		for i := range x.Bytes() { // an address outside is fatal
			x.Bytes()[i] = 1
		}
		if x.Len() > 0 {
			if back, ok := s.Ref(x); !ok || back != offset {
				t.Errorf("%v at %d was found at %d, %v", x, offset, back, ok)
			}
		}
	})
}

func TestNoRoomIsAnError(t *testing.T) {
	s, err := Create("work", ReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	err = s.Grow(1 << 50)
	if err == nil {
		t.Fatal("a petabyte was reserved")
	}
	for _, want := range []string{"work", "1073741824.0 MiB", s.place, "hint: "} {
		if !strings.Contains(hint.Text(err), want) {
			t.Errorf("%q does not name %q", err, want)
		}
	}
	if err := s.Grow(4096); err != nil {
		t.Errorf("after a refusal: %v", err)
	}
}

func TestSegmentGrowsOnce(t *testing.T) {
	s := grown(t, ReadWrite, 64)
	if err := s.Grow(128); err == nil {
		t.Error("grew twice")
	}
}

func TestOpenBeyondTheFileIsAnError(t *testing.T) {
	s := grown(t, ReadWrite, 64)
	if _, err := Open("work", s.Descriptor(), 1<<20, ReadWrite); err == nil {
		t.Error("mapped beyond the end of the file")
	}
}

// Every backing must work, not only the one that this machine prefers.
func TestBackings(t *testing.T) {
	for _, p := range backings() {
		for _, access := range []Access{ReadOnly, ReadWrite} {
			f, err := p.create(access)
			if err != nil {
				t.Errorf("%s: %v", p.name, err)
				continue
			}
			s := &Segment{name: "test", place: p.name, file: f.own, lent: f.lent}
			if err := s.Grow(1 << 16); err != nil {
				t.Errorf("%s: %v", p.name, err)
			}
			if _, err := Open("test", s.Descriptor(), 1<<16, access); err != nil {
				t.Errorf("%s: %v", p.name, err)
			}
			_ = s.Close()
		}
	}
}

func TestNothingIsLeftInTheFolder(t *testing.T) {
	dir := t.TempDir()
	f, err := folder(dir).create(ReadOnly)
	if err != nil {
		t.Fatal(err)
	}
	defer f.own.Close()
	defer f.lent.Close()
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("%v has a name", left)
	}
}

func TestDescriptorsAreNotInheritedByChance(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("looks into /proc")
	}
	s := grown(t, ReadOnly, 64)
	for _, f := range []*os.File{s.file, s.lent} {
		flags, err := unix.FcntlInt(f.Fd(), unix.F_GETFD, 0)
		if err != nil || flags&unix.FD_CLOEXEC == 0 {
			t.Errorf("%s is not close-on-exec: %v", f.Name(), err)
		}
	}
	out, err := exec.Command("ls", "-l", "/proc/self/fd").Output()
	if err != nil || strings.Contains(string(out), "montage") {
		t.Errorf("a child has: %s, %v", out, err)
	}
}
