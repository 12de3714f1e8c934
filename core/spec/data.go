package spec

import (
	"reflect"
	"slices"

	"montage/core"
)

// DataTable says where samples come from. Paths are absolute, "" if not given.
type DataTable struct {
	// Labeled and Unlabeled are trained on, Test is scored at the end, Valid during
	// training. Each is a label file, a folder, an archive, or a pattern of these.
	Labeled   string `option:"labeled"`
	Unlabeled string `option:"unlabeled"`
	Test      string `option:"test"`
	Valid     string `option:"valid"`
	// Classes is the vocabulary, or ClassFile names a file with a class a line. With
	// neither, the labelled samples give it.
	Classes   []string `option:"classes"`
	ClassFile string   `option:"class_file"`
	// Features are files of features, or patterns of such files, whose rows stand for frames.
	Features []string `option:"features"`
	// At most Frames frames of a sample are drawn each epoch. Size is the side of a frame
	// in pixels, Batch the number of samples of a branch in a step.
	Frames int `option:"frames"`
	Size   int `option:"size"`
	Batch  int `option:"batch"`
	// Resize is squash, crop or fit; Background is seen through what is transparent.
	Resize     string `option:"resize"`
	Background string `option:"background"`
	OnError    string `option:"on_error"` // fail or skip
	// Cache is the memory for decoded frames in bytes.
	Cache int64

	Table LabelTable
	Split SplitTable
	Video VideoTable
	// FrameCache keeps decoded frames on disk, nil for no such cache.
	FrameCache *FrameCacheTable
}

// LabelTable says how label files are read; what is empty is found from the file.
type LabelTable struct {
	// ID and Labels name columns, or keys of JSON with dots between levels; a sample has the
	// labels of all its Labels. Separator stands between those of a column. ClassColumns are
	// columns of 0 and 1, or of true and false, one for each class; "first..last" is a range
	// of them.
	ID           string   `option:"id"`
	Labels       []string `option:"labels"`
	Separator    string   `option:"separator"`
	ClassColumns []string `option:"class_columns"`
	// Delimiter stands between the columns of the file.
	Delimiter string `option:"delimiter"`
	// Files is where a sample's frames are, with columns in braces: frames/{id}.
	Files string `option:"files"`
	// Empty says what a row without labels is: error, none or leave-out.
	Empty string `option:"empty"`
}

// SplitTable says which rows of a label file belong to which data set.
type SplitTable struct {
	// Column holds the split of a row, or File says it: JSON with a list of ids for each
	// split, a table with ids, or a list of ids for each split by a pattern with {split}.
	// Of JSON with several divisions, Column names the one to take.
	Column string `option:"column"`
	File   string `option:"file"`
	// Fold stands for {fold} in Column and File.
	Fold int `option:"fold"`
	// The values that mean each data set.
	Train     []string `option:"train"`
	Valid     []string `option:"valid"`
	Test      []string `option:"test"`
	Unlabeled []string `option:"unlabeled"`
}

// FrameCacheTable says where decoded, resized frames are kept on disk.
type FrameCacheTable struct {
	// Dir is absolute, or "" for a folder in the user's cache folder.
	Dir string
	// Limit is in bytes.
	Limit int64
}

// Given reports whether the spec splits its label file.
func (s SplitTable) Given() bool { return s.Column != "" || s.File != "" }

func dataOptions() []core.Option {
	return []core.Option{
		{Name: "labeled", Type: core.TypeString, Default: "",
			Doc: "label file (CSV, TSV, JSON, JSON Lines), a pattern of JSON files (labels/*.json), a list of images " +
				"(a path and its labels a line), shards (train-*.tar), or a folder: with one of these beside its " +
				"frames, or with a folder for each class; [data.table] says how they are read"},
		{Name: "unlabeled", Type: core.TypeString, Default: "",
			Doc: "samples whose labels are not read: as labeled, or a folder of folders of frames, of images, or of " +
				"videos"},
		{Name: "test", Type: core.TypeString, Default: "", Doc: "labelled samples like labeled, for evaluation"},
		{Name: "valid", Type: core.TypeString, Default: "",
			Doc: "labelled samples like labeled, scored after each epoch, or as eval.every says; the epoch with the " +
				"greatest mean average precision is the best checkpoint"},
		{Name: "classes", Type: core.TypeStrings, Default: []string{},
			Doc: "the classes, in the order of the outputs; other labels are left out; left out: the labels of all " +
				"labelled samples, sorted"},
		{Name: "class_file", Type: core.TypeString, Default: "", Doc: "text file with the classes, one a line"},
		{Name: "features", Type: core.TypeStrings, Default: []string{},
			Doc: "files of features, or patterns of such files, for backbone features: .safetensors or .csv as " +
				"runner embed writes them. A sample's rows have its id, or begin with it and a slash; unlabeled may " +
				"name such a file itself"},
		{Name: "frames", Type: core.TypeInt, Default: 20, Min: bound(1),
			Doc: "frames drawn of a sample each epoch, at most"},
		{Name: "size", Type: core.TypeInt, Default: 224, Min: bound(8), Max: bound(4096),
			Doc: "side of the square frames in pixels"},
		{Name: "batch", Type: core.TypeInt, Default: 16, Min: bound(1), Doc: "samples per branch and step"},
		{Name: "resize", Type: core.TypeString, Default: "squash", Choices: []string{"squash", "crop", "fit"},
			Doc: "how a frame becomes a square: squash it, crop its centre, or fit all of it on the background"},
		{Name: "background", Type: core.TypeString, Default: "black",
			Doc: "what shows through transparent pixels and around a frame that fits: black, white or #rrggbb"},
		{Name: "on_error", Type: core.TypeString, Default: "fail", Choices: []string{"fail", "skip"},
			Doc: "what to do about frames that are missing or broken"},
		{Name: "cache", Type: core.TypeString, Default: "1GB",
			Doc: `memory for decoded frames: bytes, or a size such as "2GB" or "512MiB"`},
	}
}

func tableOptions() []core.Option {
	column := func(name, doc string) core.Option {
		return core.Option{Name: name, Type: core.TypeString, Default: "", Doc: doc}
	}
	return []core.Option{
		column("id", "column of the ids, or a JSON key with dots between levels; left out: id, or the first column"),
		{Name: "labels", Type: core.TypeStrings, Default: []string{},
			Doc: `column of the labels, or several: ["category", "subcategory"]; left out: labels, or the column ` +
				"that looks like it"},
		column("separator", `between the labels of the column: "|", ",", ";" or another; json or python: a list as `+
			"either writes it; left out: found"),
		{Name: "class_columns", Type: core.TypeStrings, Default: []string{},
			Doc: `a column for each class, of 0 and 1 or true and false: names, or a range "action..thriller"`},
		column("delimiter", "between the columns of the file; left out: found"),
		column("files", "where a sample's frames are, relative to the label file, with columns in braces: a folder "+
			`("frames/{id}"), pattern ("clips/{id}/*.jpg"), an image ("posters/{id}.jpeg"), a video; left out: found`),
		{Name: "empty", Type: core.TypeString, Default: "error", Choices: []string{"error", "none", "leave-out"},
			Doc: "what a row without any label is: an error, a sample of no class, or left out"},
	}
}

func splitOptions() []core.Option {
	values := func(name, doc string, standard ...string) core.Option {
		return core.Option{Name: name, Type: core.TypeStrings, Default: standard, Doc: doc}
	}
	return []core.Option{
		{Name: "column", Type: core.TypeString, Default: "",
			Doc: `column with each row's split: "split", or "split{fold}" where every fold has a column; of a JSON ` +
				`file, the key of the object that has the lists`},
		{Name: "file", Type: core.TypeString, Default: "",
			Doc: `file with the split of each id: JSON with a list of ids for each split, a table with columns id ` +
				`and split, or a list of ids for each split ("splits/{split}.txt"); runner data split writes one`},
		{Name: "fold", Type: core.TypeInt, Default: 0, Min: bound(0), Doc: "what {fold} stands for"},
		values("train", "values of the labelled samples", "train", "trn", "training"),
		values("valid", "values of the validation samples", "valid", "val", "validation", "dev"),
		values("test", "values of the test samples", "test", "tst", "testing"),
		values("unlabeled", "values of the samples whose labels are not read", "unlabeled", "unlabelled"),
	}
}

func frameCacheOptions() []core.Option {
	return []core.Option{
		{Name: "dir", Type: core.TypeString, Default: "",
			Doc: "folder of the cache; left out: montage/frames in the user's cache folder"},
		{Name: "limit", Type: core.TypeString, Default: "10GB",
			Doc: `most bytes of the folder: a number, or a size such as "10GB"; beyond it the frames that were not ` +
				"used for longest are removed, but none that this run used; 0 turns the cache off"},
	}
}

func (b *builder) data() {
	n, d := b.spec.tree.field("data"), &b.spec.Data
	values := b.section(section{path: "data", node: n, options: dataOptions(), tables: dataTables,
		what: "keys of [data]"})
	values.Into(d)
	// The key is text with a unit, but the field of the table is a number of bytes. It is
	// read apart and converted below.
	var raw struct {
		Cache string `option:"cache"`
	}
	values.Into(&raw)
	d.Labeled, d.Unlabeled = n.path("labeled", d.Labeled), n.path("unlabeled", d.Unlabeled)
	d.Test, d.Valid = n.path("test", d.Test), n.path("valid", d.Valid)
	d.Features = n.paths("features", d.Features)
	d.ClassFile = n.path("class_file", d.ClassFile)
	d.Cache = b.bytes("data.cache", raw.Cache)
	b.section(section{path: "data.table", node: n.field("table"), options: tableOptions(),
		what: "keys of [data.table]"}).Into(&d.Table)
	b.section(section{path: "data.split", node: n.field("split"), options: splitOptions(),
		what: "keys of [data.split]"}).Into(&d.Split)
	d.Split.File = n.field("split").path("file", d.Split.File)
	b.section(section{path: "data.video", node: n.field("video"), options: VideoOptions(),
		what: "keys of [data.video]"}).Into(&d.Video)
	d.Video.Scenes = n.field("video").path("scenes", d.Video.Scenes)
	d.FrameCache = b.frameCache(n.field("frame_cache"))
}

// frameCache returns nil if the spec has no such table, or turns the cache off.
func (b *builder) frameCache(n *node) *FrameCacheTable {
	if n == nil {
		return nil
	}
	c := &FrameCacheTable{}
	values := b.section(section{path: "data.frame_cache", node: n, options: frameCacheOptions(),
		what: "keys of [data.frame_cache]"})
	c.Dir, c.Limit = b.folder("data.frame_cache", n, values)
	// So -s data.frame_cache.limit=0 turns off a cache that the file turns on.
	if c.Limit == 0 {
		return nil
	}
	return c
}

// data writes [data]. Keys that came after the first version are written where they differ
// from their defaults, so that runs of before have the same spec.
func (w *writer) data(d DataTable) {
	w.table("data")
	w.pair("labeled", d.Labeled)
	w.pair("unlabeled", d.Unlabeled)
	w.pair("test", d.Test)
	w.pair("valid", d.Valid)
	w.pair("frames", d.Frames)
	w.pair("size", d.Size)
	w.pair("batch", d.Batch)
	w.pair("on_error", d.OnError)
	w.pair("cache", d.Cache)
	older := map[string]bool{}
	for _, name := range []string{"labeled", "unlabeled", "test", "valid", "frames", "size", "batch", "on_error",
		"cache"} {
		older[name] = true
	}
	w.changed(d, slices.DeleteFunc(dataOptions(), func(o core.Option) bool { return older[o.Name] }))
	w.changedTable("data.table", d.Table, tableOptions())
	w.changedTable("data.split", d.Split, splitOptions())
	if c := d.FrameCache; c != nil {
		w.table("data.frame_cache")
		w.pair("dir", c.Dir)
		w.pair("limit", c.Limit)
	}
	w.changedTable("data.video", d.Video, VideoOptions())
}

// changed writes the options of a table that differ from their defaults.
func (w *writer) changed(table any, options []core.Option) (written int) {
	values := core.ValuesOf(table)
	for _, o := range options {
		if !reflect.DeepEqual(values[o.Name], fallback(o)) {
			w.pair(o.Name, values[o.Name])
			written++
		}
	}
	return written
}

// changedTable writes a table unless all of it is by default.
func (w *writer) changedTable(name string, table any, options []core.Option) {
	var inner writer
	if inner.changed(table, options) > 0 {
		w.table(name)
		w.WriteString(inner.String())
	}
}
