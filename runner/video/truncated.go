package video

import (
	"fmt"
	"strings"
	"time"
)

// prematurely reports a line by which ffmpeg says that a file ends too early. It goes on as at the end of a whole one.
func prematurely(line string) bool {
	return strings.Contains(line, "[error]") &&
		(strings.HasSuffix(line, ": partial file") || strings.HasSuffix(line, "File ended prematurely"))
}

// truncated says how much of the video is missing, "" for a whole one. Without a word of ffmpeg's, what the file says
// of itself is compared with what was decoded. A tenth may be missing: codecs leave frames out, and sound goes on after
// the pictures; of the time also twice the longest gap between frames and half a second. Where the file says both its
// frames and its length, both must be missing: a still picture at the end takes long, and a clip that was cut out
// without encoding has frames that are not shown. Of a truncated AVI only the number of frames is that of the whole.
func (s stream) truncated(looks []look, told, all bool) string {
	last := looks[len(looks)-1].at
	var gap time.Duration
	for i := 1; i < len(looks); i++ {
		gap = max(gap, looks[i].at-looks[i-1].at)
	}
	early := len(looks) > 1 && s.end-last.Seconds() > max(2*gap.Seconds()+0.5, s.end/10)
	if !all || s.frames == 0 {
		if told || early {
			return fmt.Sprintf("its frames end at %.3f s of %.3f s", last.Seconds(), s.end)
		}
		return ""
	}
	few := len(looks)*10 < s.frames*9
	if told && len(looks) < s.frames || few && (early || s.avi) {
		return fmt.Sprintf("%d of %d frames are there", len(looks), s.frames)
	}
	return ""
}
