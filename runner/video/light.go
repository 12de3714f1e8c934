package video

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
)

// filters returns those of names that ffmpeg has.
func (t Tool) filters(ctx context.Context, names ...string) (has []string, err error) {
	var said []byte
	err = process{program: t.ffmpeg, args: []string{"-hide_banner", "-filters"}, stdout: func(r io.Reader) error {
		var err error
		said, err = io.ReadAll(r)
		return err
	}}.run(ctx)
	for _, name := range names {
		if strings.Contains(string(said), " "+name+" ") {
			has = append(has, name)
		}
	}
	return has, err
}

// repair returns the filters that take fields apart, for all frames, and those that bring HDR into the range of other
// videos, for the chosen ones. A warning says what ffmpeg cannot do.
func (t Tool) repair(ctx context.Context, s stream) (fields, light string, warnings []string, err error) {
	if !s.interlaced && s.transfer == "" {
		return "", "", nil, nil
	}
	has, err := t.filters(ctx, "bwdif", "yadif", "zscale", "tonemap")
	if err != nil {
		return "", "", nil, err
	}
	for _, name := range []string{"yadif", "bwdif"} {
		if s.interlaced && slices.Contains(has, name) {
			fields = name + "=mode=send_frame:deint=interlaced,"
		}
	}
	if s.interlaced && fields == "" {
		warnings = append(warnings,
			"the video is interlaced, and this ffmpeg has neither bwdif nor yadif: moving edges are combs")
	}
	if s.transfer != "" && slices.Contains(has, "zscale") && slices.Contains(has, "tonemap") {
		light = tone(s)
	} else if s.transfer != "" {
		warnings = append(warnings, fmt.Sprintf("the video is HDR (%s), and this ffmpeg has no zscale and "+
			"tonemap: its colours are pale", s.transfer))
	}
	return fields, light, warnings, nil
}

// tone brings HDR into the range of other videos. Light up to 30 nits stays as it is, more is compressed.
func tone(s stream) string {
	given := func(name, text, standard string) string {
		if text == "" || text == "unknown" || text == "reserved" {
			text = standard
		}
		return ":" + name + "=" + text
	}
	return "zscale=tin=" + s.transfer + given("pin", s.primaries, "bt2020") + given("min", s.matrix, "bt2020nc") +
		":t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=mobius:desat=0,zscale=t=bt709,format=gbrp,"
}
