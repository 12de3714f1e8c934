package weight

import (
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"testing"
)

// python is the system's, whose packages the fixtures were made with too.
const python = "/usr/bin/python3"

// TestPyTorchLoadsWhatIsSaved reads a ResNet-18, saves it as a backbone and has
// PyTorch load it with strict=True.
func TestPyTorchLoadsWhatIsSaved(t *testing.T) {
	if testing.Short() {
		t.Skip("PyTorch takes seconds to start")
	}
	if out, err := exec.Command(python, "-c", "import torch, torchvision").CombinedOutput(); err != nil {
		if os.Getenv("MONTAGE_PYTHON") == "required" { // as CI does
			t.Fatalf("needs %s with torch and torchvision: %v %s", python, err, out)
		}
		t.Skipf("needs %s with torch and torchvision: %v %s", python, err, out)
	}
	tensors, err := Load(fixture("resnet18.pth"))
	if err != nil {
		t.Fatal(err)
	}
	var backbone []Named
	for name, x := range tensors {
		if !strings.HasPrefix(name, "fc.") {
			backbone = append(backbone, Named{name, x})
		}
	}
	sort.Slice(backbone, func(i, j int) bool { return backbone[i].Name < backbone[j].Name })
	path := filepath.Join(t.TempDir(), "backbone.safetensors")
	if err := Save(path, backbone); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(python, fixture("strict.py"), path, fixture("resnet18.pth")).CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != "the same: 100" {
		t.Errorf("%v: %s", err, out)
	}
}
