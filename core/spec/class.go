package spec

import (
	"fmt"
	"slices"

	"montage/core"
)

// How a branch weighs classes, and how it draws samples.
const (
	NoWeights        = "none"
	InverseWeights   = "inverse"   // by 1 over the number of samples
	EffectiveWeights = "effective" // by 1 over the effective number of samples

	ShuffleSampler  = "shuffle"  // each sample once
	BalancedSampler = "balanced" // each class as often
)

// AnyClass stands in [Sections] for the name of a class.
const AnyClass = "CLASS"

// NamedWeight is the weight that a spec gives to one class.
type NamedWeight struct {
	Class  string
	Weight float64
	// Pos is the position of the class's name.
	Pos Position
}

// WeighsClasses reports whether the branch gives its loss a weight for each class.
func (b *BranchTable) WeighsClasses() bool {
	return b.ClassWeights != NoWeights || len(b.ClassWeight) > 0
}

// ClassWeightsPath is the key of the spec that asks for computed weights.
func (b *BranchTable) ClassWeightsPath() string { return "branch." + b.Name + ".class_weights" }

// classOptions are the options of a branch that are about classes.
func classOptions() []core.Option {
	return []core.Option{
		{Name: "class_weights", Type: core.TypeString, Default: NoWeights,
			Choices: []string{NoWeights, InverseWeights, EffectiveWeights},
			Doc: "how much each class counts in the loss, from the labelled training samples: inverse is by 1 over " +
				"the class's number of samples (the mean over all labels is 1; with one label a sample these are " +
				"scikit-learn's balanced weights), effective by 1 over the effective number of samples (Cui et al. " +
				"2019; the mean over the classes is 1); [branch.X.class_weight] gives those of single classes"},
		{Name: "class_weights_beta", Type: core.TypeFloat, Default: 0.999, Min: bound(0), Max: bound(0.9999999),
			Doc: "effective: β of the effective number (1-βⁿ)/(1-β) of n samples; 0 weighs all classes alike, and " +
				"near 1 it is as inverse"},
		{Name: "sampler", Type: core.TypeString, Default: ShuffleSampler,
			Choices: []string{ShuffleSampler, BalancedSampler},
			Doc: "shuffle draws each sample once an epoch; balanced draws the classes in turn and a sample of " +
				"each (class-aware sampling, Shen et al. 2016), as many as there are samples, for branches of " +
				"labelled samples"},
	}
}

// classWeight declares each key of [branch.X.class_weight].
func classWeight() core.Option {
	return core.Option{Name: AnyClass, Type: core.TypeFloat, Min: bound(0), Max: bound(1e6),
		Doc: "the class's factor in the loss"}
}

// classWeights reads the weights that [branch.X.class_weight] gives, in the order of the
// file. Whether there are such classes only the data can say.
func (b *builder) classWeights(path string, n *node) (weights []NamedWeight) {
	if n == nil || !b.isTable(path, n) {
		return nil
	}
	for _, class := range n.order {
		child, option := n.fields[class], classWeight()
		option.Name = fmt.Sprintf("%q", class)
		value, err := option.Accept(child.raw())
		if err != nil {
			b.Problems = append(b.Problems, problemAt(child.at, err))
			continue
		}
		weights = append(weights, NamedWeight{Class: class, Weight: value.(float64), Pos: child.key})
	}
	return weights
}

// classes reports what a branch says of classes that it cannot do.
func (c *strategyCheck) classes(path string, want core.Branch, have *BranchTable) {
	if have.Sampler == BalancedSampler && want.Source != core.Labeled {
		c.add(c.spec.PosOf(join(path, "sampler")), "leave it out; only a branch of labelled samples can have it",
			"sampler = %q needs labels, but branch %q draws %s samples", BalancedSampler, want.Name, want.Source)
	}
	if !have.WeighsClasses() {
		return
	}
	at := c.weightsPos(path)
	if !c.ofClasses(want) {
		c.add(at, "leave it out", "branch %q of strategy %q does not predict the classes of the labels, so they "+
			"have no weights in its loss", want.Name, c.name())
		return
	}
	c.weighed(at, path, have.Loss)
}

// weighed reports a loss that takes no class weights, or has some of its own.
func (c *strategyCheck) weighed(at Position, path string, loss *Component) {
	// What was not found has no description; CheckComponents reported it.
	if loss == nil || loss.Description.Name == "" {
		return
	}
	declares := func(o core.Option) bool { return o.Name == core.ClassWeights && o.Type == core.TypeFloats }
	if !slices.ContainsFunc(loss.Description.Options, declares) {
		c.add(at, "choose a loss with the option "+core.ClassWeights+", such as asymmetric, bce or cross-entropy",
			"loss %q of %s takes no class weights", loss.Plugin, path)
		return
	}
	if own, _ := loss.Values[core.ClassWeights].([]float64); len(own) > 0 {
		c.add(c.spec.PosOf(loss.Path+"."+core.ClassWeights), "keep one of the two",
			"the loss has class weights of its own beside those of %s", path)
	}
}

// weightsPos is where a branch asks for class weights.
func (c *strategyCheck) weightsPos(path string) Position {
	if at := join(path, "class_weights"); c.spec.has(at) {
		return c.spec.PosOf(at)
	}
	return c.spec.keyPos(join(path, "class_weight"))
}

// ofClasses reports whether the columns of a branch's predictions are the classes of the
// labels: its targets are labels, or it has the heads of a branch for which they are.
func (c *strategyCheck) ofClasses(want core.Branch) bool {
	if want.SharesHeadsOf != "" && len(want.OwnHeads()) == 0 {
		for _, owner := range c.plan.Branches {
			if owner.Name == want.SharesHeadsOf {
				return owner.Origin == core.FromLabels
			}
		}
	}
	return want.Origin == core.FromLabels
}

// classes writes what a branch says of classes, where it differs from the defaults: the
// specs of runs that began without these keys stay as they were. Beta means nothing but to
// effective weights.
func (w *writer) classes(b *BranchTable) {
	if b.ClassWeights != NoWeights {
		w.pair("class_weights", b.ClassWeights)
	}
	if b.ClassWeights == EffectiveWeights {
		w.pair("class_weights_beta", b.Beta)
	}
	if b.Sampler != ShuffleSampler {
		w.pair("sampler", b.Sampler)
	}
	if len(b.ClassWeight) > 0 {
		w.table("branch." + b.Name + ".class_weight")
	}
	for _, c := range b.ClassWeight {
		w.pair(c.Class, c.Weight)
	}
}
