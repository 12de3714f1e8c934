package pickle

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// recorder is a host that knows every name and notes what it is asked.
type recorder struct{ log []string }

var errRefused = errors.New("refused")

func (r *recorder) Global(module, name string) (any, error) {
	if module == "os" {
		return nil, errRefused
	}
	return module + "." + name, nil
}

func (r *recorder) Call(callee any, args Tuple) (any, error) {
	r.log = append(r.log, fmt.Sprint("call ", callee, args))
	return &Dict{}, nil
}

func (r *recorder) Build(object, state any) error {
	r.log = append(r.log, fmt.Sprintf("build %T %v", object, state))
	return nil
}

func (r *recorder) Persistent(id any) (any, error) { return fmt.Sprint("outside ", id), nil }

// TestLoadReadsValues: Python 3.11's pickle.loads gives the same values, and refuses
// the case without an end.
func TestLoadReadsValues(t *testing.T) {
	for in, want := range map[string]string{
		"\x80\x02N.": "<nil>",
		"\x80\x02]q\x00(K\x01M,\x01J\xff\xff\xff\xff\x8a\x05\x00\x00\x00\x00\x01\x8a\x01\x80e.": "[1 300 -1 " +
			"4294967296 -128]",
		"\x80\x02G?\xf8\x00\x00\x00\x00\x00\x00.":                                  "1.5",
		"\x80\x02\x88\x89\x86q\x00.":                                               "[true false]",
		"\x80\x02X\x03\x00\x00\x00a\xc3\xa9q\x00.":                                 "aé",
		"\x80\x04\x95\x0a\x00\x00\x00\x00\x00\x00\x00\x8c\x02hi\x94h\x00\x86\x94.": "[hi hi]",
		"\x80\x02(K\x01K\x02K\x03K\x04tq\x00.":                                     "[1 2 3 4]",
		"\x80\x02)K\x07\x85K\x01K\x02K\x03\x87\x87.":                               "[[] [7] [1 2 3]]",
		"U\x02hi.":               "hi",
		"T\x02\x00\x00\x00hi.":   "hi",
		"\x8a\x00.":              "0",
		"K\x05r\x00\x01\x00\x00": "error",
		"K\x05r\x00\x01\x00\x00j\x00\x01\x00\x00\x86.": "[5 5]",
		"(K\x01t.extra": "[1]",
	} {
		value, n, err := Load([]byte(in), &recorder{})
		if list, ok := value.(*List); ok {
			value = list.Items
		}
		got := fmt.Sprint(value)
		if err != nil {
			got = "error"
		}
		if got != want || (err == nil && n != strings.Index(in, ".")+1) {
			t.Errorf("%q: %s after %d bytes, %v; want %s", in, got, n, err, want)
		}
	}
}

// TestLoadAsksItsHost for names, calls, states and things outside.
func TestLoadAsksItsHost(t *testing.T) {
	host := &recorder{}
	value, _, err := Load([]byte("ccollections\nOrderedDict\n)R}b(U\x01aK\x01U\x01bK\x02uU\x01aU\x01kQs."), host)
	if err != nil {
		t.Fatal(err)
	}
	dict := value.(*Dict)
	a, _ := dict.Get("a")
	b, _ := dict.Get("b")
	_, c := dict.Get("c")
	if fmt.Sprintf("%v %v %v %d", a, b, c, len(dict.Items)) != "outside k 2 false 3" {
		t.Errorf("got %v %v %v in %v", a, b, c, dict.Items)
	}
	if got := strings.Join(host.log, "; "); got != "call collections.OrderedDict[]; build *pickle.Dict &{[]}" {
		t.Errorf("asked %s", got)
	}
	for _, in := range []string{"cos\nsystem\n.", "U\x02osU\x06system\x93."} {
		if _, _, err := Load([]byte(in), host); !errors.Is(err, errRefused) {
			t.Errorf("%q: %v", in, err)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	for in, want := range map[string]string{
		"":                     "pickle ends early, at byte 0",
		"K":                    "pickle, byte 0: unexpected EOF",
		"K\x01":                "pickle ends early, at byte 2",
		"X\xff\xff\xff\xffhi.": "pickle, byte 0: unexpected EOF",
		".":                    "takes more from the stack",
		"K\x01(.":              "takes more from the stack",
		"K\x01(\x85.":          "takes more from the stack",
		"t.":                   "no mark on the stack",
		"q\x00.":               "takes more from the stack",
		"h\x00.":               "refers to value 0, which was not kept",
		"\x80\x06N.":           "protocol 6; at most 5 is read",
		"\x8a\x09123456789.":   "a number of 9 bytes",
		"K\x01K\x02a.":         "appends to int64",
		"]K\x01K\x02s.":        "sets an item of *pickle.List",
		"}(K\x01u.":            "a key of a dict has no value",
		"U\x01fK\x01R.":        "the arguments of a call are int64",
		"K\x01K\x02\x93.":      "is no string",
		"cabc":                 "does not end within 3 bytes",
		"i__main__\nC\n.":      "opcode 0x69 is none that a state dict needs",
		"\x82\x01.":            "opcode 0x82",
		"c" + strings.Repeat("a", 300) + "\nb\n.": "does not end within 256 bytes",
	} {
		if v, _, err := Load([]byte(in), &recorder{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, %v; want %q", in, v, err, want)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte("ccollections\nOrderedDict\n)R}b(U\x01aK\x01U\x01bK\x02uU\x01aU\x01kQs."))
	f.Add([]byte("\x80\x02]q\x00(K\x01M,\x01J\xff\xff\xff\xff\x8a\x05\x00\x00\x00\x00\x01\x8a\x01\x80eh\x00a."))
	f.Fuzz(func(t *testing.T, in []byte) {
		if _, n, err := Load(in, &blind{}); err == nil && (n < 1 || n > len(in) || in[n-1] != opStop) {
			t.Errorf("ends at %d of %d", n, len(in))
		}
	})
}

// blind is a host that looks into nothing, since fuzzed values may contain themselves.
type blind struct{}

func (blind) Global(module, name string) (any, error) { return module + name, nil }
func (blind) Call(any, Tuple) (any, error)            { return &Dict{}, nil }
func (blind) Build(any, any) error                    { return nil }
func (blind) Persistent(id any) (any, error)          { return id, nil }
