package pricing

import (
	"fmt"
	"strings"
	"time"
)

// listSeparator joins texts in an encoded book; no name contains it.
const listSeparator = "\n"

func (e *encoder) lives(lives []Life) {
	e.count(len(lives))
	for i := range lives {
		l := &lives[i]
		e.text(l.Provider, l.Model, strings.Join(l.Aliases, listSeparator), strings.Join(l.Replacements, listSeparator), l.Note, l.Source)
		e.day(l.Released, l.Deprecated, l.Shutdown, l.Earliest, l.Verified)
		e.count(int(l.Status), int(l.Confidence))
	}
}

func (d *decoder) lives() []Life {
	out := make([]Life, d.size())
	for i := range out {
		out[i] = Life{Provider: d.text(), Model: d.text(), Aliases: d.list(), Replacements: d.list(), Note: d.text(), Source: d.text(),
			Released: d.day(), Deprecated: d.day(), Shutdown: d.day(), Earliest: d.day(), Verified: d.day(),
			Status: LifeStatus(d.count()), Confidence: Confidence(d.count())}
	}
	return out
}

func (d *decoder) list() []string {
	if s := d.text(); s != "" {
		return strings.Split(s, listSeparator)
	}
	return nil
}

// day writes days since 1970 + 1, and 0 for the zero time.
func (e *encoder) day(ts ...time.Time) {
	for _, t := range ts {
		if t.IsZero() {
			e.count(0)
			continue
		}
		if t.Unix()%daySeconds != 0 || t.Nanosecond() != 0 || t.Unix() < 0 {
			e.err = fmt.Errorf("instant %s is not a day since 1970", t)
			continue
		}
		e.count(int(t.Unix()/daySeconds) + 1)
	}
}

func (d *decoder) day() time.Time {
	n := d.count()
	if n == 0 || n > 1<<30 {
		d.bad = d.bad || n != 0
		return time.Time{}
	}
	return time.Unix((n-1)*daySeconds, 0).UTC()
}
