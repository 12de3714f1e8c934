package host

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"montage/core"
	"montage/core/hint"
	"montage/core/wire"
	"montage/core/wire/pb"
)

// Whatever a plugin prints, the runner writes lines of JSON, none of them fatal.
func FuzzOutput(f *testing.F) {
	for _, s := range []string{
		`{"@message":5}`, `{"message":"x","level":"fatal","plugin":"y","time":1}`, "[]\n{}\nnull\r\n",
		`{"message":"a","level":"-7"}`,
		"{\"message\":\"\xff\"}\n", "panic: x\ngoroutine 1\n", strings.Repeat("a", 3*maxLine) + "\nb",
		`{"message":"m","a":{"b":[1,null]},"":1e999}`,
	} {
		f.Add([]byte(s), 3)
	}
	f.Fuzz(func(t *testing.T, printed []byte, cut int) {
		var log bytes.Buffer
		j := &journal{log: zerolog.New(&log).With().Str("plugin", "p").Logger()}
		o := &pluginOutput{journal: j}
		cut = max(0, min(cut, len(printed)))
		for _, part := range [][]byte{printed[:cut], printed[cut:]} {
			if n, err := o.Write(part); n != len(part) || err != nil {
				t.Fatalf("wrote %d of %d: %v", n, len(part), err)
			}
		}
		o.flush()
		for line := range bytes.Lines(log.Bytes()) {
			var seen struct{ Level, Plugin string }
			if err := json.Unmarshal(line, &seen); err != nil || seen.Level == "fatal" || seen.Level == "panic" {
				t.Fatalf("%q: %v", line, err)
			}
		}
		if len(j.last()) > tailLines {
			t.Fatalf("%d lines are kept", len(j.last()))
		}
	})
}

// go-plugin only ever sees lines that it survives.
func FuzzStartUpLine(f *testing.F) {
	dir := f.TempDir()
	version := strconv.Itoa(wire.Version)
	f.Add("1|"+version+"|unix|"+dir+"/plugin1|grpc|\n", "")
	f.Add("1|"+version+"|unix|"+dir+"/plugin1|grpc|", strings.Repeat("A", 60))
	f.Add("1|"+strconv.Itoa(wire.Version+1)+"|tcp", "|||")
	f.Add("1|"+strconv.Itoa(wire.MinVersion-1)+"|unix|"+dir+"/plugin1|grpc|\n", "")
	f.Fuzz(func(t *testing.T, head, tail string) {
		l := examine(head+tail, dir)
		if l.problem != "" {
			return
		}
		fields := strings.Split(strings.TrimSpace(l.text), "|")
		if len(fields) < 5 || fields[1] != version || fields[4] != "grpc" || len(fields) > 5 && fields[5] != "" {
			t.Errorf("%q was accepted", l.text)
		}
	})
}

func TestTailOfACrashBeginsWithItsReason(t *testing.T) {
	j := &journal{log: zerolog.Nop()}
	o := &pluginOutput{journal: j}
	_, _ = o.Write([]byte(strings.Repeat("before\n", 30) + "panic: the reason\n" + strings.Repeat("stack\n", 100)))
	if tail := j.last(); len(tail) != tailLines || tail[0] != "panic: the reason" {
		t.Errorf("kept %q", tail)
	}
}

func TestPluginRefusesReferences(t *testing.T) {
	r := start(t, ill("good"))
	i := r.head(t, "")
	good := r.forward(t)
	a := r.addresses(i)
	for name, output := range map[string]*pb.Tensor{
		"outside": {Segment: pb.Segment_SEGMENT_WORK, Offset: 1 << 16, Shape: []int64{1},
			Dtype: pb.DType_DTYPE_FLOAT32},
		"overflow": {Segment: pb.Segment_SEGMENT_WORK, Offset: 64, Shape: []int64{1 << 32, 1 << 32},
			Dtype: pb.DType_DTYPE_FLOAT32},
		"negative":        {Segment: pb.Segment_SEGMENT_WORK, Shape: []int64{-1}, Dtype: pb.DType_DTYPE_FLOAT32},
		"written state":   {Segment: pb.Segment_SEGMENT_STATE, Shape: []int64{1}, Dtype: pb.DType_DTYPE_FLOAT32},
		"unknown segment": {Segment: 9, Shape: []int64{1}, Dtype: pb.DType_DTYPE_FLOAT32},
		"unknown dtype":   {Segment: pb.Segment_SEGMENT_WORK, Shape: []int64{1}, Dtype: 257},
	} {
		_, err := r.api.Forward(t.Context(), &pb.ForwardRequest{
			Call: &pb.Call{Instance: i.ID, Id: 1}, Module: a.module(good.ModuleCall), Output: output,
		})
		if err = wire.FromStatus(name, err); !errors.Is(err, core.ErrShape) {
			t.Errorf("%s: %v", name, err)
		}
	}
	must(t, r.Forward(t.Context(), i, good))
}

func TestMessageBeyondTheLimitIsAnErrorNotACrash(t *testing.T) {
	r := start(t, ill("good"))
	big := core.Values{"mode": strings.Repeat("x", wire.MaxMessage)}
	err := r.Create(t.Context(), wire.Instance{ID: 1, Kind: core.KindHead, Name: "scale"}, big)
	var crash *core.CrashError
	if err == nil || errors.As(err, &crash) || !strings.Contains(hint.Text(err), "hint: a message may have") {
		t.Errorf("%.200v", err)
	}
	r.head(t, "")
}
