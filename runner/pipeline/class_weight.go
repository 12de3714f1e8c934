package pipeline

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"montage/core"
	"montage/core/hint"
	"montage/core/spec"
)

// loss makes the loss of a branch, with the weights of classes that the spec asks for.
func (p *Pipeline) loss(s *spec.BranchTable) (loss core.Loss, weights []float64, err error) {
	if weights, err = p.classWeights(s); err != nil {
		return nil, nil, err
	}
	c := *s.Loss
	if weights != nil {
		c.Values = maps.Clone(c.Values)
		c.Values[core.ClassWeights] = weights
	}
	loss, err = component[core.Loss](p, &c)
	return loss, weights, err
}

// classWeights returns the weight of each class in a branch's loss, nil where the spec
// weighs none. A class that no training sample has weighs 1 unless the spec says otherwise.
func (p *Pipeline) classWeights(s *spec.BranchTable) ([]float64, error) {
	if !s.WeighsClasses() {
		return nil, nil
	}
	var supports []int
	if s.ClassWeights != spec.NoWeights {
		if p.Data.Labeled == nil {
			return nil, p.Spec.At(s.ClassWeightsPath(), hint.With(fmt.Errorf(
				"class_weights = %q needs labelled samples to count", s.ClassWeights),
				"name them by data.labeled, or give the weights in [branch.%s.class_weight]", s.Name))
		}
		supports = p.Data.Labeled.Supports()
	}
	var weights []float64
	switch s.ClassWeights {
	case spec.InverseWeights:
		weights = inverseWeights(supports)
	case spec.EffectiveWeights:
		weights = effectiveWeights(supports, s.Beta)
	default:
		weights = slices.Repeat([]float64{1}, len(p.Classes))
	}
	given, err := p.givenWeights(s, weights)
	if err != nil {
		return nil, err
	}
	p.warnUncounted(s, supports, given)
	return weights, nil
}

// givenWeights writes the weights that the spec gives by the classes' names, and returns
// the classes that have one.
func (p *Pipeline) givenWeights(s *spec.BranchTable, weights []float64) (given map[int]bool, err error) {
	var problems spec.Problems
	given = map[int]bool{}
	for _, w := range s.ClassWeight {
		class := slices.Index(p.Classes, norm.NFC.String(strings.TrimSpace(w.Class))) // as labels are read
		if class < 0 {
			problems = append(problems, spec.Problem{Pos: w.Pos,
				Message: fmt.Sprintf("the labels have no class %q", w.Class),
				Hint:    strings.TrimSpace(hint.DidYouMean(w.Class, p.Classes) + " runner plan lists the classes")})
			continue
		}
		weights[class], given[class] = w.Weight, true
	}
	return given, problems.Err()
}

// warnUncounted warns of classes whose weight could not be computed.
func (p *Pipeline) warnUncounted(s *spec.BranchTable, supports []int, given map[int]bool) {
	var without []string
	for class, n := range supports {
		if n == 0 && !given[class] {
			without = append(without, p.Classes[class])
		}
	}
	if len(without) == 0 {
		return
	}
	p.Warnings = append(p.Warnings, spec.Problem{Pos: p.Spec.PosOf(s.ClassWeightsPath()),
		Message: fmt.Sprintf("%d of the %d classes have no training sample to compute a weight from, and weigh 1, "+
			"%q first", len(without), len(supports), without[0]),
		Hint: fmt.Sprintf("[branch.%s.class_weight] can give them another", s.Name)})
}

// inverseWeights weighs classes by 1 over their number of samples, so that the mean weight
// of all labels is 1. Where each sample has one label, these are scikit-learn's "balanced"
// weights: samples / (classes · samples of the class).
func inverseWeights(supports []int) []float64 {
	labels, classes := 0, 0
	for _, n := range supports {
		labels += n
		classes += min(n, 1)
	}
	return eachCounted(supports, func(n int) float64 { return float64(labels) / float64(classes*n) })
}

// effectiveWeights weighs classes by 1 over their effective number of samples,
// (1-βⁿ)/(1-β), so that the mean weight of classes is 1.
//
// Source: Cui et al.: Class-Balanced Loss Based on Effective Number of Samples (CVPR 2019).
func effectiveWeights(supports []int, beta float64) []float64 {
	// Expm1 keeps the digits of 1-βⁿ where β is near 1.
	each := func(n int) float64 { return (1 - beta) / -math.Expm1(float64(n)*math.Log(beta)) }
	sum, classes := 0.0, 0
	for _, n := range supports {
		if n > 0 {
			sum, classes = sum+each(n), classes+1
		}
	}
	return eachCounted(supports, func(n int) float64 { return each(n) * float64(classes) / sum })
}

// eachCounted gives classes with samples their weight, and those without the weight 1.
func eachCounted(supports []int, weight func(n int) float64) []float64 {
	weights := make([]float64, len(supports))
	for class, n := range supports {
		if weights[class] = 1; n > 0 {
			weights[class] = weight(n)
		}
	}
	return weights
}
