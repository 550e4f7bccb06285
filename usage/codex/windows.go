package codex

import (
	"bytes"
	"time"

	"tokpit/money"
	"tokpit/usage"
	"tokpit/usage/internal/jsonl"
	"tokpit/usage/internal/jsonscan"
)

// Every token_count event carries what the provider said of the plan's
// allowances with the last answer:
//
//	"rate_limits":{"limit_id":"codex","primary":{"used_percent":12.5,"window_minutes":300,"resets_at":1763737200},"secondary":{…}}
//
// Earlier versions say in how many seconds a window resets, an account's event
// calls it reset_at, and without a plan both windows are null. A model with an
// allowance of its own has another limit_id.

// copyTime is how long Codex takes at most to write its parent's history into a
// fork. Those rows carry the time of copying, so what they say of windows looks
// newer than it is.
const copyTime = 2 * time.Second

// rateWindow is a window as Codex writes it.
type rateWindow struct {
	used    []byte // a JSON number, percent
	minutes int64
	at, in  int64 // when it resets, in Unix seconds, or from the event on; 0 if it does not say
}

// said is what an event said of the allowances, before anybody has looked at it:
// of thousands of events in a log the last one counts.
type said struct {
	limits, stamp []byte
	head          int // length of what comes before the windows: which allowance they are of
	out           *jsonl.Out
}

// hear keeps what an event says. Events of another allowance do not replace it.
func (d *decoder) hear(out *jsonl.Out) {
	raw := d.count.limits
	if len(raw) == 0 || raw[0] != '{' {
		return
	}
	head := max(bytes.Index(raw, []byte(`"primary"`)), 0)
	if len(d.said.limits) > 0 && !bytes.Equal(raw[:head], d.said.limits[:d.said.head]) {
		d.tell()
	}
	d.said.limits, d.said.stamp = append(d.said.limits[:0], raw...), append(d.said.stamp[:0], d.stamp...)
	d.said.head, d.said.out = head, out
}

// tell hands over what was kept.
func (d *decoder) tell() {
	raw := d.said.limits
	if len(raw) == 0 {
		return
	}
	d.said.limits = raw[:0]
	var primary, secondary rateWindow
	var id, name []byte
	var s jsonscan.Scanner
	s.Reset(raw)
	for ok := s.Object(); ok; ok = s.Next() {
		switch string(s.Key()) {
		case "primary":
			primary = readWindow(&s)
		case "secondary":
			secondary = readWindow(&s)
		case "limit_id":
			id, _ = s.Text()
		case "limit_name":
			name, _ = s.Text()
		default:
			s.Skip()
		}
	}
	if s.End() != nil || primary.minutes == 0 && secondary.minutes == 0 {
		return
	}
	at := jsonl.Time(d.said.stamp)
	if at.IsZero() || !d.copied.IsZero() && at.Before(d.copied.Add(copyTime)) {
		return
	}
	of := ""
	if string(id) != "" && string(id) != Name {
		if of = d.names.Of(id); len(name) > 0 {
			of = d.names.Of(name)
		}
	}
	for _, w := range []struct {
		name string
		*rateWindow
	}{{"primary", &primary}, {"secondary", &secondary}} {
		if used, ok := percent(w.used); ok && w.minutes > 0 {
			one := usage.Window{Name: w.name, Used: used, Length: time.Duration(w.minutes) * time.Minute, Resets: w.resets(at), At: at}
			if of != "" {
				one.Name = of + " " + w.name
			}
			d.said.out.Window(one)
		}
	}
}

// resetSlack is how far clocks and rounding may move the instant at which a
// window resets.
const resetSlack = time.Hour

// resets returns when a window seen at an instant begins anew; zero if that is
// not said, or cannot be: it lies ahead, by the window's length at most.
func (w *rateWindow) resets(at time.Time) time.Time {
	var t time.Time
	switch {
	case w.at > 0:
		t = time.Unix(w.at, 0).UTC()
	case w.in > 0:
		t = at.Add(time.Duration(w.in) * time.Second).Truncate(time.Second)
	default:
		return t
	}
	if t.Before(at.Add(-resetSlack)) || t.After(at.Add(time.Duration(w.minutes)*time.Minute+resetSlack)) {
		return time.Time{}
	}
	return t
}

// maxMinutes bounds the length of a window: a year and a day.
const maxMinutes = 366 * 24 * 60

// readWindow takes a window object. Anything that cannot be one is none.
func readWindow(s *jsonscan.Scanner) (w rateWindow) {
	if s.Kind() != jsonscan.Object {
		s.Skip()
		return w
	}
	for ok := s.Object(); ok; ok = s.Next() {
		var slip jsonscan.Slip
		switch string(s.Key()) {
		case "used_percent":
			if s.Kind() == jsonscan.Number {
				w.used, _ = s.Raw()
				continue
			}
			s.Skip()
		case "window_minutes":
			if w.minutes, slip = s.Count(); slip != jsonscan.Fine || w.minutes > maxMinutes {
				w.minutes = 0
			}
		case "resets_at", "reset_at":
			if w.at, slip = s.Count(); slip != jsonscan.Fine || w.at > maxUnix {
				w.at = 0
			}
		case "resets_in_seconds":
			if w.in, slip = s.Count(); slip != jsonscan.Fine || w.in > maxMinutes*60 {
				w.in = 0
			}
		default:
			s.Skip()
		}
	}
	return w
}

// maxUnix is the end of the year 9999.
const maxUnix = 253402300799

// maxPercent is more than any tool shows: ten times an allowance.
const maxPercent = 1000

// percent reads a JSON number of percents in thousandths, finer ones rounded half
// to even; false if it is below zero or beyond belief.
func percent(raw []byte) (thousandths int64, ok bool) {
	var n int64
	i := 0
	for ; i < len(raw) && raw[i]-'0' < 10 && i < 5; i++ {
		n = n*10 + int64(raw[i]-'0')
	}
	n *= 1000
	if i < len(raw) && raw[i] == '.' && len(raw) <= i+4 {
		unit := int64(100)
		for i++; i < len(raw) && raw[i]-'0' < 10; i++ {
			n += int64(raw[i]-'0') * unit
			unit /= 10
		}
	}
	if i == len(raw) && i > 0 {
		return n, n <= maxPercent*1000
	}
	a, is := jsonl.Decimal(raw)
	if !is || a.Sign() < 0 || a.Cmp(money.FromUnits(maxPercent)) > 0 {
		return 0, false
	}
	for _, c := range a.Format(3) { // "12.346"
		if c != '.' {
			thousandths = thousandths*10 + int64(c-'0')
		}
	}
	return thousandths, true
}
