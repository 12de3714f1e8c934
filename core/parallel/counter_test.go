package parallel

import "testing"

// TestCounterShowsEachNumberOnce, in order, whatever the goroutines; without Show it does nothing.
func TestCounterShowsEachNumberOnce(t *testing.T) {
	const n = 1000
	last := 0 // the race detector sees calls at the same time
	c := Counter{Total: n, Show: func(done, total int) {
		if done != last+1 || total != n {
			t.Errorf("%d of %d after %d", done, total, last)
		}
		last = done
	}}
	if err := Each(t.Context(), n, func(int) error {
		c.Add()
		new(Counter).Add()
		return nil
	}); err != nil || last != n {
		t.Errorf("%d of %d, %v", last, n, err)
	}
}
