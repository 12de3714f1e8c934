package spec

import "montage/core"

// Spec is a spec with all defaults filled in.
type Spec struct {
	// Name is safe in file names.
	Name string `option:"name"`
	// Seed is the root of every random draw of a run.
	Seed int `option:"seed"`

	Data DataTable
	// Found are data sets that the spec does not name and that were found: in a folder of
	// several, or in a split of the labelled samples.
	Found    map[core.Source]bool
	Backbone *Component
	// Weights is the file of weights that the backbone starts from, "" for random ones.
	Weights string
	// MicroBatch is the most frames that train at a time, 0 for as many as fit in memory.
	MicroBatch int
	// FeatureCache keeps the activations of the backbone's frozen prefix, nil for no cache.
	FeatureCache *FeatureCacheTable
	Strategy     *Component
	// Branches and Phases are in the order of the file.
	Branches []*BranchTable
	Phases   []*PhaseTable
	Eval     EvalTable

	// The merged tree stays, because later checks report positions in it.
	tree *node
}

// FeatureCacheTable says where the activations of the backbone's frozen prefix are kept.
type FeatureCacheTable struct {
	// Variants is how often frames and their augmentations are drawn before they repeat.
	Variants int `option:"variants"`
	// Dir is absolute, or "" for a folder in the user's cache folder.
	Dir string
	// Limit is in bytes.
	Limit int64
}

// BranchTable is one training objective.
type BranchTable struct {
	Name    string
	Augment []*Component
	// Views are the tables [branch.X.view.Y], by name.
	Views map[string]*ViewTable
	// Heads are all heads by their key; most branches have one, "head".
	Heads     map[string]*Component
	Loss      *Component // nil if the spec has none, which CheckStrategyPlan reports
	Optimizer OptimizerTable
	Weight    float64 `option:"weight"`
	// Batch is the number of samples in a batch: the branch's own or that of [data].
	Batch int `option:"batch"`
	// ClassWeights says how the weights of classes in the loss follow from the labelled
	// training samples, and ClassWeight gives those of single classes instead.
	ClassWeights string  `option:"class_weights"`
	Beta         float64 `option:"class_weights_beta"`
	ClassWeight  []NamedWeight
	// Sampler says how samples are drawn.
	Sampler string `option:"sampler"`
}

// ViewTable gives a view augmentations of its own, which replace the branch's.
type ViewTable struct{ Augment []*Component }

// Augmentations returns the augmentations of a view: its own list or the branch's.
func (b *BranchTable) Augmentations(view string) []*Component {
	if v := b.Views[view]; v != nil {
		return v.Augment
	}
	return b.Augment
}

// PhaseTable says how long a phase lasts.
type PhaseTable struct {
	Name   string
	Epochs int `option:"epochs"` // 0 leaves the phase out
	Steps  int `option:"steps"`  // at most so many steps (a batch of each branch), 0 for no limit
	// ProbeEvery is the number of epochs from one probe of the features to the next, 0 for
	// no probes.
	ProbeEvery int `option:"probe_every"`
}

// EvalTable says how predictions are made and scored.
type EvalTable struct {
	// Predictions are made in both ways: the k most probable classes for each k in TopK,
	// and those by the probability Threshold.
	TopK      []int   `option:"top_k"`
	Threshold float64 `option:"threshold"`
	// Batch is the number of samples at a time: eval's own or that of [data].
	Batch int `option:"batch"`
	// Every is the number of epochs from one score of the validation set to the next.
	Every int `option:"every"`
}

// Component is a reference to a component with its options.
type Component struct {
	Kind   core.Kind
	Plugin string
	// Options are the keys other than plugin, as the spec has them.
	Options map[string]any
	// Path leads to the table, such as branch.supervised.augment[1], and Pos is its position.
	Path string
	Pos  Position
	// Description and Values are what [Spec.CheckComponents] found: the component,
	// and its options with all defaults.
	Description core.Description
	Values      core.Values

	// Options are read from the node again once the component's declaration is known,
	// because the type of an option decides how an override's text counts.
	node *node
}

// Branch returns a branch by name, nil if the spec does not have it.
func (s *Spec) Branch(name string) *BranchTable {
	for _, b := range s.Branches {
		if b.Name == name {
			return b
		}
	}
	return nil
}

// Phase returns a phase by name, nil if the spec does not have it.
func (s *Spec) Phase(name string) *PhaseTable {
	for _, p := range s.Phases {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// PosOf returns the position of a value, such as branch.supervised.augment[1].p. For a value
// that the spec leaves out, it returns the position of the nearest table around it.
func (s *Spec) PosOf(path string) Position {
	n, _ := s.find(path)
	return n.at
}

// keyPos returns the position of the key of a value.
func (s *Spec) keyPos(path string) Position {
	n, _ := s.find(path)
	return n.key
}

// has reports whether the spec has a value at the path.
func (s *Spec) has(path string) bool {
	_, ok := s.find(path)
	return ok
}

// garbled reports whether a key that should hold a table holds something else. [Load] has
// reported that; what the table lacks is then no problem of its own.
func (s *Spec) garbled(key string) bool {
	n := s.tree.field(key)
	return n != nil && n.form != table
}

func (s *Spec) find(path string) (*node, bool) {
	if path == "" {
		return s.tree, true
	}
	steps, err := splitPath(path)
	if err != nil {
		return s.tree, false
	}
	return s.tree.find(steps)
}
