package data

import "testing"

func TestDigestDistinguishesDataSets(t *testing.T) {
	base := func() *Dataset {
		return &Dataset{Classes: []string{"a", "b"},
			Samples: []Sample{{ID: "x", Frames: []string{"1", "2"}, Labels: []int{0}},
				{ID: "y", Frames: []string{"1"}}}}
	}
	seen := map[string]string{base().Digest(): "the first"}
	for name, change := range map[string]func(*Dataset){
		"class":  func(d *Dataset) { d.Classes[0] = "c" },
		"id":     func(d *Dataset) { d.Samples[0].ID = "z" },
		"frame":  func(d *Dataset) { d.Samples[0].Frames[1] = "3" },
		"fewer":  func(d *Dataset) { d.Samples[0].Frames = d.Samples[0].Frames[:1] },
		"label":  func(d *Dataset) { d.Samples[0].Labels[0] = 1 },
		"order":  func(d *Dataset) { d.Samples[0], d.Samples[1] = d.Samples[1], d.Samples[0] },
		"joined": func(d *Dataset) { d.Samples[0].Frames = []string{"12"} },
	} {
		d := base()
		change(d)
		if other, same := seen[d.Digest()]; same {
			t.Errorf("%s has the digest of %s", name, other)
		}
		seen[d.Digest()] = name
	}
	if first, again := base().Digest(), base().Digest(); first != again {
		t.Error("a digest changes by itself")
	}
}
