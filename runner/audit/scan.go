package audit

import (
	"bytes"
	"context"
	"crypto/sha256"

	"montage/core/parallel"
	"montage/runner/picture"
)

// place is a frame of a sample: where a file is used.
type place struct{ member, frame int32 }

// scanned is what was seen of a file, which several samples may use.
type scanned struct {
	places []place // never empty, in the order of the samples
	info   picture.Info
	sum    [sha256.Size]byte
	look   look
	// numbers says that it is a row of features, which has no look.
	numbers bool
	err     error
}

// scan reads and decodes every file once, whatever the number of paths that lead to it.
func (c Config) scan(ctx context.Context, members []member) ([]scanned, error) {
	files, err := unique(ctx, members)
	if err != nil {
		return nil, err
	}
	decoder := &picture.Decoder{Size: side, Background: c.Background}
	count := parallel.Counter{Total: len(files), Show: c.Progress}
	err = parallel.Each(ctx, len(files), func(i int) error {
		files[i].read(members, decoder)
		count.Add()
		return nil
	})
	for _, f := range files {
		for _, p := range f.places {
			if f.err == nil {
				members[p.member].readable++
			}
			if f.comparable() {
				members[p.member].usable++
			}
		}
	}
	return files, err
}

// unique lists the files of all samples by what the file system says they are: paths through links lead to one file.
func unique(ctx context.Context, members []member) (files []scanned, err error) {
	ids := make([][]string, len(members))
	err = parallel.Each(ctx, len(members), func(i int) error {
		for frame := range members[i].Frames {
			ids[i] = append(ids[i], members[i].FileID(frame))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	for i := range members {
		for frame, id := range ids[i] {
			n, known := at[id]
			if !known {
				n = len(files)
				at[id] = n
				files = append(files, scanned{})
			}
			files[n].places = append(files[n].places, place{int32(i), int32(frame)})
		}
	}
	return files, nil
}

// read decodes the file to its end.
func (f *scanned) read(members []member, decoder *picture.Decoder) {
	p := f.places[0]
	content, err := members[p.member].Read(int(p.frame))
	if err != nil {
		f.err = err
		return
	}
	if rows := members[p.member].Rows; rows != "" {
		f.numbers = true
		f.sum, f.err = rows.Sum(content)
		return
	}
	f.sum = sha256.Sum256(content)
	if f.info, f.err = picture.Check(bytes.NewReader(content)); f.err != nil {
		return
	}
	var pixels [3 * side * side]uint8
	if f.err = decoder.Square(pixels[:], content); f.err == nil {
		f.look = lookOf(pixels[:])
	}
}

// flat reports whether the picture has too little detail to be told from others.
func (f scanned) flat() bool { return !f.numbers && f.look.flat() }

// comparable reports whether it can be told from others.
func (f scanned) comparable() bool { return f.err == nil && !f.flat() }
