package spec

import "montage/core"

// Section is a table of the spec with the options it takes. Parsing, defaults and
// documentation all follow from it.
type Section struct {
	// Name is the table as specs write it; X stands for a name.
	Name string
	Doc  string
	// An option of the name [AnyClass] is that of every class's key.
	Options []core.Option
	// Tables are the other keys, which hold tables or components.
	Tables []string
}

// Sections returns all tables of a spec, in the order of a spec.
func Sections() []Section {
	return []Section{
		{"", "The top of the file.", topOptions(), topTables},
		{"data", "Where samples come from, and how they are drawn.", dataOptions(), dataTables},
		{"data.table", "How label files are read: CSV, TSV, JSON Lines, or a JSON file per sample. What is left out " +
			"is found, and plan prints it.", tableOptions(), nil},
		{"data.split", "Which samples of a label file are trained on and which judge.", splitOptions(), nil},
		{"data.frame_cache", "Keeps decoded, resized frames on disk, for later epochs and runs. They are found by " +
			"the files that they were made of, so runs may share the folder, also at once, and it may be removed at " +
			"any time. A run may be continued with it or without.", frameCacheOptions(), nil},
		{"data.video", "Which key frames are taken of the videos that [data] names or predict and embed are given; " +
			"runner keyframes has the same options as flags.", VideoOptions(), nil},
		{"backbone", "The feature extractor that all branches share; all keys but these are options of the component.",
			backboneOptions(), backboneTables},
		{"backbone.cache", "Caches the activations of the backbone's frozen prefix on disk, rounded to 16 bits, for " +
			"later epochs and runs. They are found by the pixels and the frozen weights, so the folder may be " +
			"shared, and removed at any time.", cacheOptions(), nil},
		{"strategy", "Which branches are trained in which phases; all keys but this are options of the component.",
			[]core.Option{pluginOption()}, nil},
		{"branch.X", "One objective of the strategy. A strategy may ask for further heads beside head.",
			branchOptions(), branchTables},
		{"branch.X.class_weight", "Factors of classes in the loss, by their names. They go before what class_weights " +
			"computes.", []core.Option{classWeight()}, nil},
		{"branch.X.view.Y", "Augmentations of one view, instead of the branch's.", nil, viewTables},
		{"branch.X.optimizer", "How the branch's parameters are updated; adam and adamw take betas and eps, sgd " +
			"momentum and nesterov, lars these and trust.", everyOptimizerOption(), []string{"schedule"}},
		{"branch.X.optimizer.schedule",
			"How the learning rate changes; step takes step_epochs and gamma, cosine min_factor.",
			everyScheduleOption(), nil},
		{"phase.X", "How long a phase of the strategy lasts.", phaseOptions(), nil},
		{"eval", "How predictions are made and scored.", evalOptions(), nil},
	}
}

var (
	topTables      = []string{"data", "backbone", "strategy", "branch", "phase", "eval"}
	dataTables     = []string{"table", "split", "video", "frame_cache"}
	backboneTables = []string{"cache"}
	branchTables   = []string{"augment", "view", "head", "loss", "optimizer", "class_weight"}
	viewTables     = []string{"augment"}
)

func bound(x float64) *float64 { return &x }

func pluginOption() core.Option {
	return core.Option{Name: "plugin", Type: core.TypeString, Doc: "name of the component"}
}

func topOptions() []core.Option {
	return []core.Option{
		{Name: "name", Type: core.TypeString,
			Doc: "names the folder of the runs: letters, digits, dots, dashes and underscores"},
		{Name: "seed", Type: core.TypeInt, Default: 0, Min: bound(0), Doc: "every random draw follows from it"},
		{Name: "extends", Type: core.TypeString, Default: "",
			Doc: "another spec, which gives the keys that this one leaves out"},
	}
}

func backboneOptions() []core.Option {
	return []core.Option{pluginOption(),
		{Name: "weights", Type: core.TypeString, Default: "",
			Doc: "file of weights to start from, safetensors or a torchvision .pth; left out: random"},
		{Name: "micro_batch", Type: core.TypeInt, Default: 0, Min: bound(0),
			Doc: "most frames that the trained layers take at a time; the gradients are still those of the whole " +
				"batch; 0: as memory allows"},
	}
}

func cacheOptions() []core.Option {
	return []core.Option{
		{Name: "variants", Type: core.TypeInt, Default: 1, Min: bound(0), Max: bound(10000),
			Doc: "how many times a sample's frames, their augmentation and what the strategy does to them are drawn: " +
				"so many epochs compute, later ones repeat them in turn; 0 turns the cache off"},
		{Name: "dir", Type: core.TypeString, Default: "",
			Doc: "folder of the cache; left out: montage/prefix in the user's cache folder"},
		{Name: "limit", Type: core.TypeString, Default: "20GiB",
			Doc: `most bytes of the folder: a number, or a size such as "20GiB"; beyond it what was not used for ` +
				"longest is removed, first that of other frozen prefixes, but nothing that this run used"},
	}
}

func branchOptions() []core.Option {
	return append([]core.Option{
		{Name: "weight", Type: core.TypeFloat, Default: 1.0, Min: bound(0), Doc: "factor on the branch's loss"},
		{Name: "batch", Type: core.TypeInt, Default: 0, Min: bound(0),
			Doc: "samples per step in this branch; 0: as [data] says"},
	}, classOptions()...)
}

func phaseOptions() []core.Option {
	return []core.Option{
		{Name: "epochs", Type: core.TypeInt, Min: bound(0), Doc: "passes over the data; 0 leaves the phase out"},
		{Name: "steps", Type: core.TypeInt, Default: 0, Min: bound(0),
			Doc: "stop the phase after this many steps; 0: no limit. A step takes one batch of each branch, also if " +
				"an optimizer accumulates several before it updates its parameters"},
		{Name: "probe_every", Type: core.TypeInt, Default: 0, Min: bound(0),
			Doc: "epochs from one probe of the features to the next, learnt from data.labeled and scored on " +
				"data.valid, as runner probe does, and after the last; 0: never"},
	}
}

func evalOptions() []core.Option {
	return []core.Option{
		{Name: "top_k", Type: core.TypeInts, Default: []int{10, 9, 8, 7, 6, 5, 4}, Min: bound(1),
			Doc: "score the k likeliest classes, for each k"},
		{Name: "threshold", Type: core.TypeFloat, Default: 0.5, Min: bound(0), Max: bound(1),
			Doc: "predict and score the classes whose probability is greater than this"},
		{Name: "batch", Type: core.TypeInt, Default: 0, Min: bound(0), Doc: "samples at a time; 0: as [data] says"},
		{Name: "every", Type: core.TypeInt, Default: 1, Min: bound(1),
			Doc: "epochs from one score of the validation set to the next; the last epoch of a phase is always scored"},
	}
}
