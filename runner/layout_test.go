package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// goPackage is what go list says of a package.
type goPackage struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
	CgoFiles     []string
}

func packages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports,CgoFiles",
		"../...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []goPackage
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 20 {
		t.Fatalf("go list found only %d packages", len(all))
	}
	return all
}

// top returns the first element of a package's path within the module, or "".
func top(path string) string {
	rest, ok := strings.CutPrefix(path, "montage/")
	if !ok {
		return ""
	}
	first, _, _ := strings.Cut(rest, "/")
	return first
}

// plugin returns the folder of a plugin's package, or "".
func plugin(path string) string {
	rest, ok := strings.CutPrefix(path, "montage/plugins/")
	if !ok {
		return ""
	}
	first, _, _ := strings.Cut(rest, "/")
	return first
}

// TestDirectionsOfImports holds what keeps plugins plugins: core knows nobody, a
// plugin knows core alone, and the runner meets plugins only through the registry,
// save main, which lists those it serves.
func TestDirectionsOfImports(t *testing.T) {
	allowed := map[string][]string{
		"core": {"core"}, "plugins": {"core"}, "registry": {"core", "registry"},
		"runner": {"core", "registry"},
		"specs":  {"core"}, // programs that prepare data
	}
	for _, p := range packages(t) {
		from := top(p.ImportPath)
		if allowed[from] == nil {
			t.Errorf("%s is in none of core, plugins, registry, runner and specs", p.ImportPath)
			continue
		}
		if len(p.CgoFiles) > 0 {
			t.Errorf("%s uses cgo", p.ImportPath)
		}
		for _, imported := range append(append(p.Imports, p.TestImports...), p.XTestImports...) {
			to := top(imported)
			own := plugin(imported) != "" && plugin(imported) == plugin(p.ImportPath)
			lists := p.ImportPath == "montage/runner" && to == "plugins" || from == "runner" && to == "runner"
			if to != "" && !own && !lists && !slices.Contains(allowed[from], to) {
				t.Errorf("%s imports %s", p.ImportPath, imported)
			}
		}
	}
}

// TestDoorToTheWire keeps the protocol behind two packages, the plugin's side and the
// host's, and what both share. That nobody but core imports the one and nobody but
// registry the other, Go itself refuses: they are internal.
func TestDoorToTheWire(t *testing.T) {
	sides := map[string]bool{"montage/core/wire": true, "montage/core/wire/pb": true,
		"montage/core/internal/service": true, "montage/registry/internal/host": true}
	met := 0
	for _, p := range packages(t) {
		if sides[p.ImportPath] {
			met++
			continue
		}
		for _, imported := range append(append(p.Imports, p.TestImports...), p.XTestImports...) {
			if imported == "montage/core/wire/pb" || strings.HasPrefix(imported, "github.com/hashicorp/go-plugin") ||
				strings.HasPrefix(imported, "google.golang.org/grpc") {
				t.Errorf("%s imports %s", p.ImportPath, imported)
			}
		}
		if top(p.ImportPath) == "runner" && slices.Contains(p.Imports, "montage/core/wire") {
			t.Errorf("%s imports core/wire: what the runner needs of it is in registry and registry/clock",
				p.ImportPath)
		}
	}
	if met != len(sides) {
		t.Errorf("%d of the packages of the wire were found, expected %d", met, len(sides))
	}
}

// doors lists the packages that alone import others, by the beginning of what is
// imported. Each of them must: a door that nothing goes through is a mistake here.
var doors = map[string][]string{
	"gorgonia.org/":                {"montage/core/internal/autodiff"},
	"github.com/chewxy/hm":         {"montage/core/internal/autodiff"},
	"montage/core/internal/exec":   {"montage/core/graph/gradtest", "montage/core/sdk"},
	"montage/core/internal/kernel": {"montage/core/graph", "montage/core/internal/exec"},
}

// throughDoors reports imports that go past a door, and doors that are not used. Tests
// of core may look behind the doors within core.
func throughDoors(all []goPackage) (faults []string) {
	for prefix, allowed := range doors {
		used := map[string]bool{}
		for _, p := range all {
			imports := p.Imports
			if top(prefix) == "" {
				imports = slices.Concat(p.Imports, p.TestImports, p.XTestImports)
			}
			inside := strings.HasPrefix(p.ImportPath, prefix)
			for _, imported := range imports {
				if inside || !strings.HasPrefix(imported, prefix) {
					continue
				}
				used[p.ImportPath] = true
				if !slices.Contains(allowed, p.ImportPath) {
					faults = append(faults, p.ImportPath+" imports "+imported)
				}
			}
		}
		for _, path := range allowed {
			if !used[path] {
				faults = append(faults, path+" imports nothing of "+prefix)
			}
		}
	}
	slices.Sort(faults)
	return faults
}

func TestDoors(t *testing.T) {
	all := packages(t)
	for _, fault := range throughDoors(all) {
		t.Error(fault)
	}
	past := append(slices.Clip(all),
		goPackage{ImportPath: "montage/plugins/new", TestImports: []string{"gorgonia.org/tensor"}},
		goPackage{ImportPath: "montage/runner/new", Imports: []string{"montage/core/internal/exec"}})
	want := []string{"montage/plugins/new imports gorgonia.org/tensor",
		"montage/runner/new imports montage/core/internal/exec"}
	if seen := throughDoors(past); !slices.Equal(seen, want) {
		t.Errorf("two imports past the doors give %q", seen)
	}
}

func TestTopLevel(t *testing.T) {
	want := map[string]bool{"core": true, "plugins": true, "specs": true, "registry": true, "runner": true,
		"go.mod": true, "go.sum": true, "Makefile": true, "README.md": true, "LICENSE": true}
	out, err := exec.Command("git", "-C", "..", "ls-files").Output()
	if err != nil {
		t.Skip("not a git checkout: the top level is checked where it is one")
	}
	for _, file := range strings.Fields(string(out)) {
		first, _, _ := strings.Cut(file, "/")
		if !want[first] && !strings.HasPrefix(first, ".") {
			t.Errorf("%s does not belong to the top level", first)
		}
	}
}

// TestBundledComponents checks every description that the binary serves.
func TestBundledComponents(t *testing.T) {
	seen := map[string]string{}
	for _, b := range bundled() {
		if len(b.Components) == 0 {
			t.Errorf("plugin %s serves nothing", b.Name)
		}
		for _, c := range b.Components {
			if err := c.Check(); err != nil {
				t.Errorf("plugin %s: %v", b.Name, err)
			}
			id := c.Description().ID()
			if other, twice := seen[id]; twice {
				t.Errorf("%s is served by %s and %s", id, other, b.Name)
			}
			seen[id] = b.Name
		}
	}
	folders, err := filepath.Glob("../plugins/*/*.go")
	if err != nil || len(folders) == 0 {
		t.Fatalf("no plugin found, %v", err)
	}
	listed, err := os.ReadFile("bundled.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range folders {
		name := filepath.Base(filepath.Dir(f))
		if name != "example" && !strings.Contains(string(listed), `"montage/plugins/`+name+`"`) {
			t.Errorf("plugins/%s is not bundled", name)
		}
	}
}
