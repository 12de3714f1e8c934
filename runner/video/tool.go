package video

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"montage/core/hint"
)

// Tool is an installed ffmpeg.
type Tool struct {
	ffmpeg, ffprobe string
	passthrough     []string // the flag that keeps all frames and their time stamps
	threads         int      // of one ffmpeg
}

// Find finds ffmpeg, named by a path or "" for the one in PATH, with its ffprobe.
func Find(ctx context.Context, path string) (Tool, error) {
	ffprobe := "ffprobe"
	if path == "" {
		path = "ffmpeg"
	} else if strings.ContainsRune(path, os.PathSeparator) {
		ffprobe = filepath.Join(filepath.Dir(path), ffprobe)
	}
	t := Tool{threads: runtime.GOMAXPROCS(0)}
	var err, err2 error
	t.ffmpeg, err = exec.LookPath(path)
	t.ffprobe, err2 = exec.LookPath(ffprobe)
	if err := errors.Join(err, err2); err != nil {
		return t, hint.With(fmt.Errorf("videos need ffmpeg and ffprobe: %w", err),
			"apt-get install ffmpeg (Debian, Ubuntu) or brew install ffmpeg (macOS), or name one with --ffmpeg")
	}
	said, err := exec.CommandContext(ctx, t.ffmpeg, "-version").Output()
	if err != nil {
		return t, fmt.Errorf("%s -version: %w", t.ffmpeg, err)
	}
	t.passthrough = []string{"-fps_mode", "passthrough"}
	if m := version.FindSubmatch(said); m != nil {
		major, _ := strconv.Atoi(string(m[1]))
		minor, _ := strconv.Atoi(string(m[2]))
		if major < 5 || major == 5 && minor < 1 { // its name before
			t.passthrough = []string{"-vsync", "passthrough"}
		}
	}
	return t, nil
}

var version = regexp.MustCompile(`version n?(\d+)\.(\d+)`)

// formats are those that are read. They keep a hostile file from being a playlist or a list of other files.
const formats = "mov,matroska,avi,mpeg,mpegts,mpegvideo,flv,asf,ogg,m4v,h264,hevc,ivf,nut,mxf"

// guard holds ffmpeg to these, and keeps files from naming the network.
var guard = []string{"-protocol_whitelist", "file", "-format_whitelist", formats}

// process is one call of a program.
type process struct {
	program string
	args    []string
	stdout  func(io.Reader) error
	line    func(string) // of stderr; what it returns is not kept
}

// run runs a program in a process group of its own, which ends with ctx.
func (p process) run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	c := exec.CommandContext(ctx, p.program, p.args...)
	c.Env = append(os.Environ(), "AV_LOG_FORCE_NOCOLOR=1")
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	c.WaitDelay = 5 * time.Second
	stdout, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	stderr, err := c.StderrPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return err
	}
	told := make(chan string, 1)
	go func() { told <- p.listen(stderr) }()
	readErr := p.stdout(stdout)
	if readErr != nil {
		stop()
	}
	message := <-told
	err = c.Wait()
	switch {
	case readErr != nil:
		return readErr
	case err != nil && message != "":
		return errors.New(p.short(message))
	}
	return err
}

// short leaves out the name of the file, which who reports the error knows.
func (p process) short(message string) string {
	for _, arg := range p.args {
		if strings.HasPrefix(arg, "file:") {
			message = strings.TrimPrefix(message, arg+": ")
		}
	}
	return message
}

// listen returns the last complaint.
func (p process) listen(r io.Reader) (message string) {
	lines := bufio.NewReaderSize(r, 1<<16)
	for {
		line, more, err := lines.ReadLine()
		if err != nil {
			return message
		}
		text := string(line)
		for more && err == nil { // a line beyond the buffer is cut
			_, more, err = lines.ReadLine()
		}
		if p.line != nil {
			p.line(text)
		}
		if strings.Contains(text, "[error]") || strings.Contains(text, "[fatal]") {
			message = strings.ToValidUTF8(prefix.ReplaceAllString(text, ""), "?")
		}
	}
}

// prefix is what ffmpeg writes before a message.
var prefix = regexp.MustCompile(`^(\[[^\]]* @ [^\]]*\] )?\[(error|fatal)\] `)
