package training

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"montage/core/hint"
	"montage/runner/checkpoint"
	"montage/runner/run"
)

// Resume goes back to the last checkpoint and drops the records of epochs that will be
// done again. A run that stopped before its first checkpoint starts over.
func (p *Policy) Resume() error {
	content, was, err := p.Run.Load(checkpoint.Last)
	if errors.Is(err, checkpoint.ErrNone) {
		p.Log.Warn().Msg("the run has no checkpoint yet: it starts from the beginning")
		_, err := p.Run.Rewind(0)
		return err
	}
	if err != nil {
		return err
	}
	if err := p.sameFacts(was); err != nil {
		return err
	}
	if err := p.warnOtherPlugins(); err != nil {
		return err
	}
	if err := p.engine.Restore(content); err != nil {
		return err
	}
	_, err = p.Run.Rewind(p.engine.EpochsDone())
	return err
}

// sameFacts refuses to continue with other data: the columns of the heads would mean
// other classes, or other samples would be drawn.
func (p *Policy) sameFacts(was run.Facts) error {
	if !slices.Equal(was.Classes, p.Facts.Classes) {
		return hint.With(fmt.Errorf("the classes are not those that the run began with: they were %s",
			strings.Join(was.Classes, ", ")), "bring the data back, or begin a new run")
	}
	for _, name := range slices.Sorted(maps.Keys(was.Data)) {
		if p.Facts.Data[name] != was.Data[name] {
			return hint.With(fmt.Errorf("the %s data set is not the one that the run began with: its ids, labels or "+
				"frames changed", name), "restore the files that were removed, added or renamed, or begin a new run; "+
				"a frame that is broken may stay, with -s data.on_error=skip")
		}
	}
	return nil
}

// warnOtherPlugins warns of plugins that changed since the run began.
func (p *Policy) warnOtherPlugins() error {
	was, err := p.Run.Plugins()
	if err != nil {
		return err
	}
	now := map[string]run.UsedPlugin{}
	for _, plugin := range p.Plugins {
		now[plugin.Name] = plugin
	}
	for _, old := range was {
		if is := now[old.Name]; is.SHA256 != old.SHA256 {
			p.Log.Warn().Str("plugin", old.Name).Str("was", old.Version+" "+old.SHA256).
				Str("is", is.Version+" "+is.SHA256).Msg("plugin changed since the run began; results may differ")
		}
	}
	return nil
}

// SameSpec refuses to continue the run in the folder with another spec than its own: the
// numbers would be those of neither spec. Both are resolved TOML; their values count.
func SameSpec(dir string, was, is []byte) error {
	var old, now map[string]any
	if err := errors.Join(toml.Unmarshal(was, &old), toml.Unmarshal(is, &now)); err != nil {
		return fmt.Errorf("compare the run's spec: %w", err)
	}
	for _, s := range []map[string]any{old, now} {
		if data, ok := s["data"].(map[string]any); ok {
			delete(data, "on_error")    // the remedy for a frame that breaks while training
			delete(data, "frame_cache") // its frames have the same pixels
		}
	}
	d := firstDifference("", old, now)
	if d == nil {
		return nil
	}
	return hint.With(fmt.Errorf("the run in %s was made with another spec: its %s is %s, not %s", dir, d.key,
		text(d.was), text(d.is)), "a changed spec is a new run; leave SPEC and -s out to continue the old one")
}

// difference is a key whose values differ, nil where it is absent.
type difference struct {
	key     string
	was, is any
}

// firstDifference returns the first difference in the order of the keys' names, nil
// where there is none.
func firstDifference(key string, was, is any) *difference {
	old, isTable := was.(map[string]any)
	now, stillTable := is.(map[string]any)
	if !isTable || !stillTable {
		if reflect.DeepEqual(was, is) {
			return nil
		}
		return &difference{key, was, is}
	}
	if key != "" {
		key += "."
	}
	all := maps.Clone(old)
	maps.Copy(all, now)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if d := firstDifference(key+name, old[name], now[name]); d != nil {
			return d
		}
	}
	return nil
}

// text writes a value as specs do.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return "absent"
	case string:
		return strconv.Quote(v)
	}
	return fmt.Sprint(v)
}
