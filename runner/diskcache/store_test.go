package diskcache

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
)

const mapBytes = 1000

// filled returns the map of frame i.
func filled(i int) (Key, []byte) {
	return Key{byte(i), byte(i >> 8), 1}, bytes.Repeat([]byte{byte(i), 77, byte(i >> 8)}, mapBytes)[:mapBytes]
}

// opened opens a store, and closes it when the test ends.
func opened(t *testing.T, dir, name string, limit int64) (*Store, *bytes.Buffer) {
	t.Helper()
	log := &bytes.Buffer{}
	s := Open(Config{Dir: dir, Name: name, Limit: limit, Table: "backbone.cache", Log: zerolog.New(log)})
	t.Cleanup(s.Close)
	return s, log
}

func put(s *Store, from, to int) {
	for i := from; i < to; i++ {
		s.Put(filled(i))
	}
}

// found counts the maps of a range that come back, and fails where one is another.
func found(t *testing.T, s *Store, from, to int) (n int) {
	t.Helper()
	for i := from; i < to; i++ {
		k, want := filled(i)
		out := make([]byte, mapBytes)
		if s.Get(k, out) {
			n++
			if !bytes.Equal(out, want) {
				t.Errorf("map %d is another", i)
			}
		}
	}
	return n
}

func TestMapsComeBack(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "odd [1-] *")
	s, _ := opened(t, dir, "a", 1<<20)
	put(s, 0, 20)
	put(s, 0, 20) // nothing is kept twice
	if found(t, s, 0, 25) != 20 {
		t.Error("maps are lost")
	}
	if k, _ := filled(3); s.Get(k, make([]byte, mapBytes+1)) || s.Has(k, mapBytes-1) {
		t.Error("a map of another size")
	}
	beside, _ := opened(t, dir, "a", 1<<20) // while the first still writes
	put(beside, 20, 30)
	put(s, 30, 40)
	beside.looked = time.Now()
	if n := found(t, beside, 0, 40); n != 30 {
		t.Errorf("the second store finds %d maps at once", n)
	}
	beside.looked = time.Time{}
	if n := found(t, beside, 0, 40); n != 40 {
		t.Errorf("the second store finds %d maps later", n)
	}
	s.Close()
	beside.Close()
	if beside.looked = (time.Time{}); found(t, beside, 0, 40) != 0 {
		t.Error("a closed store finds something")
	}
	again, log := opened(t, dir, "a", 1<<20)
	if n := found(t, again, 0, 40); n != 40 {
		t.Errorf("a later store finds %d maps of both", n)
	}
	put(again, 40, 45)
	again.Close()
	if files := indexes(dir, "*"); len(files) != 2 {
		t.Errorf("three writers left %d segments; those of two that wrote at once were enough", len(files))
	}
	if other, _ := opened(t, dir, "b", 1<<20); other.Len() != 0 || log.Len() > 0 {
		t.Errorf("another prefix finds %d maps; %s", other.Len(), log)
	}
	if info, err := os.Stat(filepath.Join(dir, "a", "000001"+valuesSuffix)); err != nil || info.Size() < 35*mapBytes {
		t.Errorf("the first segment was not gone on with: %v, %v", info.Size(), err)
	}
}

// TestDamage cuts and flips bytes of both files: what is left comes back, the rest
// does not, and the store continues.
func TestDamage(t *testing.T) {
	for name, c := range map[string]struct {
		file   string
		damage func([]byte) []byte
		want   int
	}{
		"a map":          {valuesSuffix, func(b []byte) []byte { b[3*mapBytes+9] ^= 1; return b }, 9},
		"torn maps":      {valuesSuffix, func(b []byte) []byte { return b[:7*mapBytes+1] }, 7},
		"no maps":        {valuesSuffix, func([]byte) []byte { return nil }, 0},
		"a record":       {indexSuffix, func(b []byte) []byte { b[2*recordBytes+35] ^= 4; return b }, 9},
		"a torn index":   {indexSuffix, func(b []byte) []byte { return b[:4*recordBytes+8] }, 4},
		"an empty index": {indexSuffix, func([]byte) []byte { return nil }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s, _ := opened(t, dir, "a", 1<<20)
			put(s, 0, 10)
			s.Close()
			file := filepath.Join(dir, "a", "000001"+c.file)
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, c.damage(raw), 0o666); err != nil {
				t.Fatal(err)
			}
			s, _ = opened(t, dir, "a", 1<<20)
			if n := found(t, s, 0, 10); n != c.want {
				t.Errorf("%d of 10 maps are left, want %d", n, c.want)
			}
			put(s, 0, 10)
			if n := found(t, s, 0, 10); n != 10 {
				t.Errorf("%d of 10 maps after they were made again", n)
			}
			s.Close()
			if s, _ = opened(t, dir, "a", 1<<20); found(t, s, 0, 10) != 10 {
				t.Error("the repair did not last")
			}
		})
	}
}

// TestLimit fills a store: its maps stay, and the limit is logged once.
func TestLimit(t *testing.T) {
	s, log := opened(t, t.TempDir(), "a", 5*(mapBytes+recordBytes)+10)
	put(s, 0, 50)
	if found(t, s, 0, 5) != 5 || found(t, s, 5, 50) != 0 {
		t.Errorf("%d maps are kept, want the first 5", s.Len())
	}
	if n := strings.Count(log.String(), "\n"); n != 1 || !strings.Contains(log.String(), "limit") {
		t.Errorf("%d lines of log: %s", n, log)
	}
}

// TestOthersGiveWay fills a folder of which other frozen prefixes take the most.
func TestOthersGiveWay(t *testing.T) {
	dir := t.TempDir()
	const limit = 22 * (mapBytes + recordBytes)
	old, _ := opened(t, dir, "old", limit)
	put(old, 0, 10)
	old.Close()
	past := time.Now().Add(-time.Hour)
	if err := os.Chtimes(filepath.Join(dir, "old", "000001"+valuesSuffix), past, past); err != nil {
		t.Fatal(err)
	}
	used, _ := opened(t, dir, "used", limit)
	put(used, 0, 10)
	s, _ := opened(t, dir, "new", limit)
	put(s, 0, 20)
	if n := found(t, s, 0, 20); n != 12 {
		t.Errorf("%d maps replace an old prefix's 10, beside 2 that were free", n)
	}
	if _, err := os.Stat(filepath.Join(dir, "old")); !os.IsNotExist(err) {
		t.Error("the old prefix is still there")
	}
	if again, _ := opened(t, dir, "used", limit); found(t, again, 0, 10) != 10 {
		t.Error("a prefix in use was removed")
	}
}

// TestForeignFilesStay: a folder that was named by mistake loses nothing.
func TestForeignFilesStay(t *testing.T) {
	dir := t.TempDir()
	own := filepath.Join(dir, "photos", "first.png")
	for _, path := range []string{own, filepath.Join(dir, "photos", "000001"+valuesSuffix)} {
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, make([]byte, 9000), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	s, _ := opened(t, dir, "a", 10000)
	put(s, 0, 20)
	if found(t, s, 0, 20) == 0 {
		t.Error("others' files leave no room")
	}
	if _, err := os.Stat(own); err != nil {
		t.Error(err)
	}
}

// TestFolderThatCannotBe runs without, and says so once.
func TestFolderThatCannotBe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	s, log := opened(t, file, "a", 1<<20)
	put(s, 0, 3)
	if found(t, s, 0, 3) != 0 || strings.Count(log.String(), "\n") != 1 {
		t.Errorf("log: %s", log)
	}
}

// TestFullDisk writes to a device that is always full.
func TestFullDisk(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	if err != nil {
		t.Skip("this system has no /dev/full")
	}
	s, log := opened(t, t.TempDir(), "a", 1<<20)
	put(s, 0, 3)
	kept := s.writing.values
	s.writing.values = full
	put(s, 3, 9)
	s.writing.values = kept
	if found(t, s, 0, 9) != 3 || strings.Count(log.String(), "\n") != 1 ||
		!strings.Contains(log.String(), "no space left") {
		t.Errorf("%d maps; log: %s", s.Len(), log)
	}
}

func FuzzParse(f *testing.F) {
	whole := record{Key{1}, 2, 3, 4}.bytes()
	f.Add(whole)
	f.Add(append(whole, whole[:20]...))
	f.Fuzz(func(t *testing.T, index []byte) {
		for _, r := range parse(index) {
			if !bytes.Contains(index, r.bytes()) {
				t.Errorf("%v was read out of nothing", r)
			}
		}
	})
}

// large returns value i of a size of which some fill a segment.
func large(i int) (Key, []byte) {
	return Key{byte(i), 2}, bytes.Repeat([]byte{byte(i), 3}, 100_000)
}

// TestOwnGiveWay fills a folder under one name in three runs: what a run used stays, of
// the rest the longest unused goes.
func TestOwnGiveWay(t *testing.T) {
	dir := t.TempDir()
	const limit = 4_500_000 // 22 values, of which 6 fill a segment
	first, _ := opened(t, dir, "a", limit)
	for i := range 22 {
		first.Put(large(i))
	}
	first.Close()
	past := time.Now().Add(-time.Hour)
	if err := os.Chtimes(filepath.Join(dir, "a", "000002"+valuesSuffix), past, past); err != nil {
		t.Fatal(err)
	}
	second, log := opened(t, dir, "a", limit)
	out := make([]byte, 200_000)
	for _, i := range []int{0, 21} { // of the first segment and the last
		if k, _ := large(i); !second.Get(k, out) {
			t.Fatalf("value %d is lost", i)
		}
	}
	for i := range 8 {
		second.Put(large(100 + i))
	}
	kept := func(s *Store, i int) bool {
		k, want := large(i)
		return s.Get(k, out) && bytes.Equal(out, want)
	}
	for i, want := range map[int]bool{0: true, 5: true, 6: false, 11: false, 21: true, 100: true, 107: true} {
		if kept(second, i) != want {
			t.Errorf("value %d is kept: %v; log: %s", i, !want, log)
		}
	}
	second.Close()
	if total := usage(dir); total > limit {
		t.Errorf("the folder has %d bytes of at most %d", total, limit)
	}
	if third, _ := opened(t, dir, "a", limit); !kept(third, 0) || !kept(third, 107) || kept(third, 6) {
		t.Error("another store sees other values")
	}
}

// TestCutWhileOpen cuts a file under a store that has mapped it.
func TestCutWhileOpen(t *testing.T) {
	dir := t.TempDir()
	first, _ := opened(t, dir, "a", 1<<20)
	put(first, 0, 30)
	first.Close()
	s, log := opened(t, dir, "a", 1<<20)
	if len(s.segments[0].mapped) != 30*mapBytes {
		t.Fatalf("%d bytes are mapped", len(s.segments[0].mapped))
	}
	if err := os.Truncate(filepath.Join(dir, "a", "000001"+valuesSuffix), 0); err != nil {
		t.Fatal(err)
	}
	if found(t, s, 0, 30) != 0 || !strings.Contains(log.String(), "computed a value again") {
		t.Errorf("log: %s", log)
	}
	put(s, 0, 30)
	if n := found(t, s, 0, 30); n != 30 {
		t.Errorf("%d of 30 values after they were made again", n)
	}
}

// TestManyAtOnce reads and writes from many goroutines and two stores, with little room.
func TestManyAtOnce(t *testing.T) {
	dir := t.TempDir()
	var group sync.WaitGroup
	for range 2 {
		s, _ := opened(t, dir, "a", 3_000_000)
		for g := range 4 {
			group.Go(func() {
				out := make([]byte, 200_000)
				for i := range 60 {
					k, want := large((i*7 + g) % 40)
					if s.Get(k, out) && !bytes.Equal(out, want) {
						t.Errorf("value %d is another", i)
					}
					s.Put(k, want)
				}
			})
		}
	}
	group.Wait()
}
