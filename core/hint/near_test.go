package hint_test

import (
	"testing"

	"montage/core/hint"
)

// TestDidYouMean holds the one threshold.
func TestDidYouMean(t *testing.T) {
	for _, c := range []struct {
		name  string
		known []string
		want  string
	}{
		{"sede", []string{"seed", "size"}, ""}, // two slips in four letters
		{"sed", []string{"seed", "size"}, "seed"},
		{"batches", []string{"batch"}, "batch"},
		{"gammaneg", []string{"gamma_pos", "gamma_neg"}, "gamma_neg"},
		{"NT_XENT", []string{"nt-xent"}, "nt-xent"},
		{"Dramma", []string{"War", "Drama"}, "Drama"},
		{"Ærlig", []string{"Aerlig", "ærlih"}, "ærlih"},
		{"reloo", []string{"relu"}, "relu"}, // two in five
		{"wieght", []string{"weights"}, ""}, // three in six
		{"abcdefgh", []string{"xxxdefgh"}, "xxxdefgh"},
		{"abcdefghijklmno", []string{"xxxxefghijklmno"}, ""}, // never more than three
		{"x", []string{"y"}, ""},                             // another name altogether
		{"x", []string{"xy"}, "xy"},
		{"ab", []string{"ac", "ad"}, "ac"},
		{"seed", nil, ""},
		{"", []string{"a", "seed"}, ""},
	} {
		want := ""
		if c.want != "" {
			want = `did you mean "` + c.want + `"?`
		}
		if got := hint.DidYouMean(c.name, c.known); got != want {
			t.Errorf("%q of %q: got %q, expected %q", c.name, c.known, got, want)
		}
	}
}
