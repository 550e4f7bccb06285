package sources

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/report"
	"tokpit/tui/entry"
)

// spot is a place in the form that the cursor can be on.
type spot uint8

const (
	spotProvider spot = iota
	spotName
	spotScheme
	spotRef
	spotAddress
	spotAccount
	spotGrain
	spotSince
	spotTest
	spotAdd
	spots
)

// form is the guided way to connect a source. It never holds a key: see
// looksLikeKey.
type form struct {
	taken []string // names that sources have already
	today time.Time
	edit  entry.Keys

	at                      spot
	provider, scheme, grain int // indices
	fields                  [spots]entry.Field
	own                     [spots]bool // a person wrote it, so that it is not proposed again
	touched                 bool
	refused                 string // why what was typed or pasted was not taken; "" if it was
	swallow                 bool   // typed text is dropped until another key: it is the rest of a key
	leaving                 bool   // asked whether what was typed may be lost
	problem                 string // of the field under the cursor, after an attempt
	verdict                 verdict
	adding                  bool
}

// newForm proposes a connection to the first provider.
func newForm(taken []string, today time.Time) *form {
	f := &form{taken: taken, today: today, edit: entry.NewKeys()}
	f.propose()
	return f
}

func (f *form) kind() provider     { return providers()[f.provider] }
func (f *form) holder() scheme     { return schemes()[f.scheme] }
func (f *form) text(s spot) string { return strings.TrimSpace(f.fields[s].Text()) }

// propose fills in what nobody has written yet.
func (f *form) propose() {
	k := f.kind()
	if !f.own[spotName] {
		name := k.kind
		for n := 2; slices.Contains(f.taken, name); n++ {
			name = k.kind + "-" + string(rune('0'+min(n, 9)))
			if n >= 9 {
				break
			}
		}
		f.fields[spotName].Set(name)
	}
	if !f.own[spotRef] {
		value := ""
		if f.holder().prefix == "env" {
			value = k.variable
		}
		f.fields[spotRef].Set(value)
	}
	f.grain = min(f.grain, max(0, len(k.grains)-1))
}

// order lists the spots that this provider has.
func (f *form) order() []spot {
	k := f.kind()
	out := []spot{spotProvider, spotName, spotScheme, spotRef}
	if k.address != "" {
		out = append(out, spotAddress)
	}
	out = append(out, spotAccount)
	if len(k.grains) > 0 {
		out = append(out, spotGrain)
	}
	return append(out, spotSince, spotTest, spotAdd)
}

// move goes to the next spot, or the one before.
func (f *form) move(by int) {
	order := f.order()
	i := slices.Index(order, f.at)
	f.focus(order[(i+by+len(order))%len(order)])
}

// focus puts the cursor on a spot.
func (f *form) focus(s spot) {
	f.at, f.problem, f.refused, f.swallow = s, "", "", false
}

// choice reports whether a spot is chosen from a list.
func (s spot) choice() bool { return s == spotProvider || s == spotScheme || s == spotGrain }

// button reports whether a spot does something.
func (s spot) button() bool { return s == spotTest || s == spotAdd }

// cycle chooses the next of a list.
func (f *form) cycle(by int) {
	turn := func(i *int, n int) {
		if n > 0 {
			*i = (*i + by + n) % n
		}
	}
	switch f.at {
	case spotProvider:
		turn(&f.provider, len(providers()))
	case spotScheme:
		turn(&f.scheme, len(schemes()))
		f.own[spotRef] = false // another place has another address
	case spotGrain:
		turn(&f.grain, len(f.kind().grains))
	}
	f.changed()
	f.propose()
}

// changed forgets what was found out about other settings.
func (f *form) changed() {
	f.verdict.drop()
	f.problem, f.refused = "", ""
}

// typed takes typed text, unless it is a key.
func (f *form) typed(msg tea.KeyPressMsg) {
	if !f.swallow {
		f.swallow = !f.write(msg.Text)
	}
}

// paste takes pasted text, unless it is a key. A whole reference sets both where
// the key is and its name there.
func (f *form) paste(text string) {
	text = strings.TrimSpace(text)
	if f.at == spotRef || f.at == spotScheme {
		if at, rest, ok := splitRef(text); ok && !looksLikeKey(rest) {
			f.focus(spotRef)
			f.scheme = at
			f.fields[spotRef].Set("")
			text = rest
		}
	}
	if !f.at.choice() && !f.at.button() {
		f.write(text)
	} else if looksLikeKey(text) {
		f.refused = refusal
	}
}

// write inserts text into the field under the cursor. It reports false if the
// text may be a key, or a part of one: where a terminal pastes as if it typed,
// the rest of it follows.
func (f *form) write(text string) (harmless bool) {
	if text == "" || f.at.choice() || f.at.button() {
		return true
	}
	was := f.fields[f.at]
	now := was.Clone()
	now.Insert(text)
	f.changed()
	whole := now.Text()
	switch {
	case looksLikeKey(text):
		f.refused = refusal
		return false
	case looksLikeKey(whole):
		f.empty() // its beginning is there already
		f.refused = refusal
		return false
	case f.at == spotRef && f.holder().prefix == "env" && whole != "" && !variableName(whole):
		if f.refused = onlyName; text == " " || text == "$" {
			return true
		}
		f.empty()
		f.refused = onlyName + " What was there is not kept, in case it was a key."
		return false
	}
	f.fields[f.at] = now
	f.own[f.at], f.touched = true, true
	return true
}

// empty forgets what is in the field under the cursor.
func (f *form) empty() {
	f.fields[f.at].Set("")
	f.own[f.at] = true
}

const onlyName = "Only the name of a variable belongs here: letters, digits and underscores, no digit first."

// key edits the field under the cursor; it reports whether the key was for it.
func (f *form) key(msg tea.KeyPressMsg) bool {
	if f.at.choice() || f.at.button() {
		return false
	}
	was := f.fields[f.at].Text()
	if !f.fields[f.at].Edit(msg, &f.edit) {
		return false
	}
	f.swallow, f.refused = false, ""
	if f.fields[f.at].Text() != was {
		f.own[f.at], f.touched = true, true
		f.changed()
	}
	return true
}

// settings are what the form says, or the spot where something is wrong and
// what that is.
func (f *form) settings() (c report.Connecting, at spot, problem string) {
	k := f.kind()
	c = report.Connecting{Name: f.text(spotName), Type: k.kind, KeyRef: f.holder().prefix + ":" + f.text(spotRef), Account: f.text(spotAccount)}
	if k.address != "" {
		c.BaseURL = f.text(spotAddress)
	}
	if len(k.grains) > 0 {
		c.Grain = k.grains[f.grain]
	}
	switch {
	case c.Name == "":
		return c, spotName, "give it a name"
	case !sourceName().MatchString(c.Name) || len(c.Name) > 40:
		return c, spotName, "lower-case letters, digits and dashes, beginning with a letter"
	case slices.Contains(f.taken, c.Name):
		return c, spotName, "there is a source " + c.Name + " already"
	}
	if problem := f.holder().checkRef(f.text(spotRef)); problem != "" {
		return c, spotRef, problem
	}
	if problem := checkAddress(k, c.BaseURL); problem != "" {
		return c, spotAddress, problem
	}
	since, problem := f.since()
	c.Since = since
	return c, spotSince, problem
}

func sourceName() *regexp.Regexp { return regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`) }

// checkAddress looks at the form of an address only; whether it may be asked is
// decided where it is asked.
func checkAddress(k provider, s string) string {
	switch rest, https := strings.CutPrefix(s, "https://"); {
	case s == "" && k.based:
		return "say where your proxy answers"
	case s == "":
		return ""
	case !https && !strings.HasPrefix(s, "http://"):
		return "an address begins with https://"
	case strings.Contains(rest, "@"):
		return "an address holds no user and no password"
	case strings.ContainsAny(s, "?# "):
		return "give the address alone, without ? and #"
	}
	return ""
}

// since reads the first day, in UTC.
func (f *form) since() (time.Time, string) {
	text := f.text(spotSince)
	if text == "" {
		return time.Time{}, ""
	}
	t, err := time.Parse(time.DateOnly, text)
	switch {
	case err != nil:
		return time.Time{}, "a day is written 2026-01-31"
	case t.After(f.today):
		return time.Time{}, "that day is in the future"
	case t.Year() < 2020:
		return time.Time{}, "that is before any model API"
	}
	return t, ""
}

// attempt returns settings that are fit to be tried; ok is false if something is
// wrong, which is then under the cursor.
func (f *form) attempt() (c report.Connecting, ok bool) {
	c, at, problem := f.settings()
	if problem == "" {
		return c, true
	}
	f.focus(at)
	f.problem = problem
	return c, false
}

// command is what does the same on a command line.
func (f *form) command() string {
	c, _, _ := f.settings()
	ref := c.KeyRef
	if strings.ContainsAny(ref, " '\"$&;|<>*()") {
		ref = "'" + strings.ReplaceAll(ref, "'", `'\''`) + "'"
	}
	s := "tokpit sources add " + cmp.Or(c.Name, "NAME") + " --type " + c.Type + " --key " + ref
	for _, flag := range [][2]string{{"base-url", c.BaseURL}, {"account", c.Account}, {"grain", c.Grain}, {"since", f.text(spotSince)}} {
		if flag[1] != "" {
			value := flag[1]
			if strings.Contains(value, " ") {
				value = "'" + value + "'"
			}
			s += " --" + flag[0] + " " + value
		}
	}
	return s
}
