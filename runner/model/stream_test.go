package model

import "testing"

func TestStreamName(t *testing.T) {
	for name, want := range map[string]string{
		"supervised": "genre", "genre": "supervised", "supervised.head": "genre.head", "genre.head": "supervised.head",
		"proxy": "proxy", "proxy.supervised": "proxy.supervised", "backbone": "backbone", "supervised.": "genre.",
	} {
		if got := StreamName(name); got != want {
			t.Errorf("%s has the streams of %s, want %s", name, got, want)
		}
	}
}
