package optim

import "fmt"

// KeyError is one problem of one key, relative to the table that holds it: the
// reader of the spec knows which table that is, in which file and line.
type KeyError struct {
	Key     string
	Problem string
	Hint    string // how to mend it; may be empty
}

func (e KeyError) Error() string {
	text := e.Key + ": " + e.Problem
	if e.Hint != "" {
		text += "\nhint: " + e.Hint
	}
	return text
}

// problems gathers them, so that a user sees all at once.
type problems []KeyError

func (p *problems) add(key, problem, hint string) {
	*p = append(*p, KeyError{Key: key, Problem: problem, Hint: hint})
}

func (p *problems) check(ok bool, key, expected string, seen any) {
	if !ok {
		p.add(key, fmt.Sprintf("%s, got %v", expected, seen), "")
	}
}
