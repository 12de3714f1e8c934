package pipeline

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"montage/core"
	"montage/core/spec"
)

// TestClassWeightsAreThoseOfOthers compares with scikit-learn and the authors' formula.
func TestClassWeightsAreThoseOfOthers(t *testing.T) {
	raw, err := os.ReadFile("testdata/class_weight.json")
	if err != nil {
		t.Fatal(err)
	}
	var fixture struct {
		Cases []struct {
			Supports  []int
			Inverse   []float64
			Effective map[string][]float64
		}
	}
	if err := json.Unmarshal(raw, &fixture); err != nil || len(fixture.Cases) == 0 {
		t.Fatal(len(fixture.Cases), err)
	}
	for _, c := range fixture.Cases {
		near(t, "inverse", inverseWeights(c.Supports), c.Inverse)
		if len(c.Effective) == 0 {
			t.Fatal("no effective weights")
		}
		for beta, want := range c.Effective {
			b, err := strconv.ParseFloat(beta, 64)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "effective "+beta, effectiveWeights(c.Supports, b), want)
		}
	}
}

// near allows for the digits that 1-βⁿ loses in the fixture.
func near(t *testing.T, what string, got, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d weights, want %d", what, len(got), len(want))
	}
	for i := range want {
		if !(math.Abs(got[i]-want[i]) <= 1e-10*want[i]) {
			t.Errorf("%s: weight %d is %v, want %v", what, i, got[i], want[i])
		}
	}
}

// TestNearOneEffectiveIsInverse, up to the scale.
func TestNearOneEffectiveIsInverse(t *testing.T) {
	supports := []int{100, 10, 1}
	got := effectiveWeights(supports, 0.9999999)
	for i, w := range inverseWeights(supports) {
		if ratio := got[i] / got[0] / (w / 0.37); math.Abs(ratio-1) > 1e-4 {
			t.Errorf("class %d: %v of inverse", i, ratio)
		}
	}
}

// weighing are fakes whose losses take class weights.
func weighing() *fakes {
	plugins := two()
	plugins.weighs = true
	return plugins
}

// TestWeightsOfTheData reach the loss, and those of the spec by name go before them.
func TestWeightsOfTheData(t *testing.T) {
	plain, _ := built(t, weighing())
	if b := plain.Branch("supervised"); b.ClassWeights != nil || plain.Inputs["supervised"].Sampler.Balance != nil {
		t.Errorf("weights %v without being asked", b.ClassWeights)
	}
	plugins := weighing()
	p, _ := built(t, plugins, `branch.supervised.class_weights="inverse"`,
		`branch.supervised.class_weight={`+strconv.Quote(" "+plain.Classes[1])+`=5}`,
		`branch.supervised.sampler="balanced"`)
	want := inverseWeights(p.Data.Labeled.Supports())
	want[1] = 5
	got, _ := plugins.values[core.ClassWeights].([]float64)
	near(t, "the loss's", got, want)
	near(t, "the branch's", p.Branch("supervised").ClassWeights, want)
	if p.Inputs["supervised"].Sampler.Balance == nil || p.Inputs["match"].Sampler.Balance != nil {
		t.Error("the wrong branch is balanced")
	}
}

// TestClassesWithoutSamplesWeighOne and are a warning, unless the spec weighs them.
func TestClassesWithoutSamplesWeighOne(t *testing.T) {
	const more, effective = `data.classes=["Comedy","Drama","Thriller","Zebra"]`,
		`branch.supervised.class_weights="effective"`
	p, _ := built(t, weighing(), effective, more)
	if got := p.Branch("supervised").ClassWeights; got[3] != 1 || !strings.Contains(p.Warnings.Error(),
		`1 of the 4 classes have no training sample to compute a weight from, and weigh 1, "Zebra" first`) {
		t.Errorf("weights %v, warnings %v", got, p.Warnings)
	}
	p, _ = built(t, weighing(), effective, more, `branch.supervised.class_weight={Zebra=3}`)
	if got := p.Branch("supervised").ClassWeights; got[3] != 3 || strings.Contains(p.Warnings.Error(), "weigh 1") {
		t.Errorf("weights %v, warnings %v", got, p.Warnings)
	}
}

func TestWeightsOfClassesThatAreNone(t *testing.T) {
	_, err := open(t, workplace(t, text+"[branch.supervised.class_weight]\nDrma = 2\nWestern = 3\n"), weighing(),
		&bytes.Buffer{})
	var problems spec.Problems
	if !errors.As(err, &problems) || len(problems) != 2 || problems[0].Pos.Line != 30 ||
		problems[0].Message != `the labels have no class "Drma"` ||
		problems[0].Hint != `did you mean "Drama"? runner plan lists the classes` ||
		problems[1].Message != `the labels have no class "Western"` ||
		problems[1].Hint != "runner plan lists the classes" {
		t.Error(err)
	}
}
