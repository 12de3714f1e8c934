package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"testing"

	"montage/core/conform"
)

// conformCases are the arguments with which a bundled plugin is tested where the
// defaults do not do: required options, and sizes that take seconds, not minutes.
var conformCases = map[string][][]string{
	"resnet": {
		{"--only", "resnet18", "-s", "width=4"},
		{"--only", "resnet34", "-s", "width=2", "-s", "trainable=layer4"},
		{"--only", "resnet50", "-s", "width=2", "-s", "trainable=layer4", "-s", "batchnorm=frozen", "--size", "33"},
		{"--only", "resnet101", "-s", "width=2", "-s", "trainable=layer4", "-s", "batchnorm=frozen", "--size", "33"},
	},
	"layers": {
		{"--only", "backbone/layers", "-s",
			`layers=[{kind="conv",out=4,size=3,pad=1},{kind="batchnorm"},{kind="relu"},{kind="globalpool"}]`},
		{"--only", "head/layers", "-s",
			`layers=[{kind="linear",out=8},{kind="relu"},{kind="dropout",p=0.5},{kind="linear"}]`},
	},
}

// TestBundledPluginsConform runs the conformance kit on every bundled plugin, over
// the connection that strangers' plugins have.
func TestBundledPluginsConform(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	t.Parallel()
	for _, b := range bundled() {
		cases := conformCases[b.Name]
		if cases == nil {
			cases = [][]string{nil}
		}
		for _, extra := range cases {
			t.Run(b.Name, func(t *testing.T) {
				t.Parallel()
				conforms(t, append([]string{"--bundled", b.Name}, extra...))
			})
		}
	}
}

// conforms runs plugin test, with more in its environment, and returns what it reported.
func conforms(t *testing.T, args []string, env ...string) []conform.Report {
	t.Helper()
	c := exec.Command(binary, append([]string{"plugin", "test", "--json"}, args...)...)
	c.Env = append(os.Environ(), env...)
	out, err := c.Output()
	var reports []conform.Report
	if parsed := json.Unmarshal(out, &reports); parsed != nil || len(reports) == 0 {
		t.Errorf("plugin test %v: %v, %v, %s", args, err, parsed, stderr(err))
		return nil
	}
	for _, r := range reports {
		if !r.OK || len(r.Checks) < 9 {
			t.Errorf("plugin test %v:\n%s", args, r)
		}
	}
	if err != nil {
		t.Errorf("plugin test %v: %v, %s", args, err, stderr(err))
	}
	return reports
}

func stderr(err error) string {
	if exit, ok := err.(*exec.ExitError); ok {
		return string(exit.Stderr)
	}
	return ""
}
