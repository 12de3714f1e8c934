package core

import "testing"

func TestSummaryIsTheFirstSentence(t *testing.T) {
	for doc, want := range map[string]string{
		"One. Two.": "One.",
		"The focal loss (Lin et al. 2017, equation 4). Predictions are logits.": "The focal loss (Lin et al. 2017, " +
			"equation 4).",
		"No end":        "No end",
		"Lines.\nMore.": "Lines.",
	} {
		if got := (Description{Doc: doc}).Summary(); got != want {
			t.Errorf("%q: summary %q, want %q", doc, got, want)
		}
	}
}
