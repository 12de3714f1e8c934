package main

import (
	"bufio"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const torchPlugin = "../plugins/torch/pytorch.py"

// pytorch finds a Python with PyTorch beside what the SDK needs, as python does.
func pytorch(t *testing.T) {
	t.Helper()
	python(t)
	out, err := exec.Command("python3", "-c", "import torch, torchvision").CombinedOutput()
	if err == nil {
		return
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	lacking(t, "no Python with torch and torchvision (apt-get install python3-torch python3-torchvision): "+
		lines[len(lines)-1])
}

func TestTorchConforms(t *testing.T) {
	t.Parallel()
	pytorch(t)
	for _, args := range [][]string{
		{"--only", "torch-mlp", "-s", "hidden=[6]", "-s", `norm="LayerNorm"`, "-s", "dropout=0.4", "-s", `pool="max"`},
		{"--only", "torch-loss", "-s", `kind="CrossEntropyLoss"`, "-s", "smoothing=0.1"},
		// The smallest model with batch statistics: the kit makes a hundred instances.
		{"--only", "backbone/torch", "--size", "32", "-s", `model="shufflenet_v2_x0_5"`, "-s", `cut="stage2"`,
			"-s", `trainable="stage2.3"`, "-s", "threads=1"},
	} {
		t.Run(args[1], func(t *testing.T) {
			t.Parallel()
			conforms(t, append([]string{torchPlugin}, args...))
		})
	}
}

func TestTorchKeepsAndReports(t *testing.T) {
	t.Parallel()
	pytorch(t)
	if out, err := exec.Command("python3", "../plugins/torch/test_plugin.py").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// twins is a spec for either ResNet-50, four steps an epoch.
const twins = `
name = "twins"
[data]
labeled = "twins/train.csv"
frames = 2
size = 64
batch = 2
[backbone]
plugin = "resnet50"
trainable = "layer4"
weights = "start.pth"
[strategy]
plugin = "supervised"
[branch.supervised]
head = { plugin = "mlp" }
loss = { plugin = "bce" }
optimizer = { kind = "sgd", lr = 1e-4 }
[phase.train]
epochs = 5
`

// TestTorchTrainsAsBundled: twenty steps of ResNet-50 from one weights file lose
// the same in Go and in PyTorch.
func TestTorchTrainsAsBundled(t *testing.T) {
	t.Parallel()
	pytorch(t)
	dir := t.TempDir()
	save := "import sys, torch, torchvision; torch.manual_seed(1); " +
		"torch.save(torchvision.models.resnet50(weights=None).state_dict(), sys.argv[1])"
	for _, c := range []*exec.Cmd{
		exec.Command("python3", "-c", save, filepath.Join(dir, "start.pth")),
		exec.Command(binary, "synth", filepath.Join(dir, "twins"), "--train", "8", "--test", "1", "--unlabeled", "1",
			"--classes", "4", "--max-frames", "3"),
	} {
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	plugin, err := filepath.Abs(torchPlugin)
	if err != nil {
		t.Fatal(err)
	}
	theirs := strings.Replace(twins, `plugin = "resnet50"`, "plugin = \"torch\"\nmodel = \"resnet50\"", 1)
	want, got := losses(t, dir, "bundled", twins), losses(t, dir, "torch", theirs, "RUNNER_PLUGIN_PATH="+plugin)
	if len(want) != 5 || len(got) != 5 || want[0] == want[4] {
		t.Fatalf("five epochs that learn were expected, not %v and %v", want, got)
	}
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-3 {
			t.Errorf("epoch %d: PyTorch loses %g, the bundled backbone %g", i+1, got[i], want[i])
		}
	}
	t.Logf("bundled %v, PyTorch %v", want, got)
}

// losses trains a spec and returns what the branch supervised lost, by epoch.
func losses(t *testing.T, dir, name, text string, env ...string) (out []float64) {
	t.Helper()
	path := filepath.Join(dir, name+".toml")
	write(t, path, text)
	c, stderr := start(t, filepath.Join(dir, name), env, path)
	finish(t, c, stderr)
	file, err := os.Open(filepath.Join(dir, name, "metrics.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var epoch struct{ Losses map[string]float64 }
		if err := json.Unmarshal(lines.Bytes(), &epoch); err != nil {
			t.Fatal(err)
		}
		out = append(out, epoch.Losses["supervised"])
	}
	return out
}
