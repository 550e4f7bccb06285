package sources

import (
	"slices"
	"strings"
	"time"

	"tokpit/report"
	"tokpit/tui/entry"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// drawDetail writes the details of the selected source beside or beneath the
// list, and says if there are more.
func (p *Page) drawDetail(width, height int) []string {
	pen := ui.NewPen(width, height)
	it := p.selected()
	if it == nil || height < 2 {
		return pen.Lines(height)
	}
	title := ui.Text(it.Name)
	if k := it.kind(); k != "" && k != title {
		title += "  " + k
	}
	ui.SectionTitle(pen, p.styles, title, false, "")
	p.document(entry.Write(pen, p.styles), it)
	return cut(pen, p.styles, height, "… enter shows all of it")
}

// document writes everything that is known of a source, what needs attention
// first.
func (p *Page) document(w entry.Writer, it *item) {
	st := w.St
	if it.Err != "" {
		w.Para(st.Bad, "! ", it.Err)
		if it.Hint != "" {
			w.Para(st.Text, "  hint: ", it.Hint)
		}
	}
	p.drawTest(w, it)
	if len(it.folded) > 0 {
		w.Para(st.Text, "", "Not on this machine: "+it.tools()+". Each is read as soon as it has left a trace; nothing has to be set up.")
		if p.rows.Len() == 1 && p.cannot() == "" {
			w.Inked("or", "a connects a provider; tokpit import FILE takes in a bill, a log or any table of usage", st.Accent)
		}
		drawPlaces(w, it)
		return
	}
	if next := p.next(it); next != "" {
		w.Inked("next", next, st.Accent)
	}
	synced := it.synced(p.snap.AsOf)
	if !it.Synced.IsZero() {
		synced += " (" + it.Synced.In(p.zone()).Format("2 Jan 2006 15:04 MST") + ")"
	}
	label := "last sync"
	if it.Basis == usage.Imported {
		label = "last import"
	}
	w.Fact(label, synced)
	records := ui.Count(it.Records)
	if it.Files > 0 {
		records += " from 1 file"
		if it.Files > 1 {
			records = ui.Count(it.Records) + " from " + ui.Count(it.Files) + " files"
		}
	}
	if !it.First.IsZero() {
		records += ", " + span(it, p.zone())
	}
	w.Fact("records", records)
	w.Fact("basis", basis(it.Basis))
	p.drawCovered(w, it)
	drawConnection(w, it, p.zone())
	if it.Quarantined > 0 {
		w.Inked("quarantined", ui.Count(it.Quarantined)+" rows could not be counted; tokpit doctor names file and line", st.Warn)
	}
	if it.Pending > 0 {
		w.Fact("pending", ui.Count(it.Pending)+" files end in a line that is still being written")
	}
	for _, d := range it.Doubts {
		w.Fact("note", d)
	}
	p.drawStanding(w, it.Standing)
	p.drawEntities(w, it.Entities)
	drawPlaces(w, it)
}

// drawPlaces writes where was looked.
func drawPlaces(w entry.Writer, it *item) {
	if len(it.Places) == 0 {
		return
	}
	w.End()
	w.Text(w.St.Strong, "Looked at")
	w.End()
	for _, place := range it.Places {
		drawPlace(w.Pen, w.St, place)
	}
}

// drawCovered writes how much of the time a source has read.
func (p *Page) drawCovered(w entry.Writer, it *item) {
	for i := range it.lanes {
		l := &it.lanes[i]
		if !l.covering || l.from >= l.to {
			continue
		}
		label := "covered"
		if i > 0 {
			label = ""
		}
		read := l.to - l.from
		for _, h := range l.holes() {
			read -= h[1] - h[0]
		}
		text := ""
		if len(it.lanes) > 1 {
			text = l.label(it.Name) + ": "
		}
		text += ui.Count(int64(read)) + " of " + ui.Count(int64(l.to-l.from)) + " days, " + p.daysText(l.from, l.to-1)
		ink := w.St.Text
		if holes := p.holesText(l); holes != "" {
			text, ink = text+"; not "+holes, w.St.Warn
		}
		w.Inked(label, text, ink)
	}
}

// drawConnection writes what was settled when the source was connected.
func drawConnection(w entry.Writer, it *item, zone *time.Location) {
	if !it.connected() {
		return
	}
	w.Fact("account", it.Account)
	w.Fact("key", it.KeyRef)
	w.Fact("base URL", it.BaseURL)
	w.Fact("grain", grainWords(it.Grain))
	if !it.Added.IsZero() {
		w.Fact("added", it.Added.In(zone).Format("2 Jan 2006"))
	}
}

// grainWords explains a grain.
func grainWords(grain string) string {
	switch grain {
	case "1d":
		return "1d: one figure a day (UTC)"
	case "1h":
		return "1h: one figure an hour"
	case "1m":
		return "1m: one figure a minute"
	}
	return grain
}

// drawStanding writes the provider's own limits and credit.
func (p *Page) drawStanding(w entry.Writer, s *usage.Standing) {
	if s == nil || len(s.Limits)+len(s.Windows) == 0 && s.Currency == "" {
		return
	}
	w.End()
	w.Text(w.St.Strong, "What the provider says")
	if !s.At.IsZero() {
		w.Text(w.St.Muted, "  "+ui.Ago(p.snap.AsOf, s.At))
	}
	w.End()
	if s.Currency != "" {
		w.Fact("credit", ui.Money(s.Granted.Sub(s.Used), s.Currency)+" left of "+ui.Money(s.Granted, s.Currency)+
			", "+ui.Money(s.Used, s.Currency)+" used")
	}
	for _, l := range s.Limits {
		label, text := "alert at", ui.Money(l.Amount, l.Currency)
		if l.Enforced {
			label = "hard limit"
		}
		if l.Interval != "" {
			text += " a " + ui.Text(l.Interval)
		}
		if l.Scope == usage.ByProject {
			text += ", project " + p.snap.Names.Of(usage.ByProject, l.ID)
		}
		if l.Note != "" {
			text += " (" + ui.Text(l.Note) + ")"
		}
		w.Fact(label, text)
	}
	for i := range s.Windows {
		x := &s.Windows[i]
		text := report.ShareText(x.Used) + " of its " + ui.Text(x.Name) + " window used"
		if x.Resets.After(p.snap.AsOf) {
			text += ", anew " + ui.Text(x.Resets.In(p.snap.Zone).Format("2 Jan 15:04"))
		} else if !x.Resets.IsZero() {
			text = "its " + ui.Text(x.Name) + " window has begun anew since"
		}
		w.Fact("plan", text)
	}
}

// unusedDays is how long something is without usage until it is called unused.
const unusedDays = 30

// unused lists what the sources name and nobody uses.
func unused(s *report.Snapshot) []report.Unused {
	if !slices.ContainsFunc(s.Sources, func(x report.SourceStatus) bool { return len(x.Entities) > 0 }) {
		return nil
	}
	cube := s.Cube
	if cube == nil {
		cube = usage.NewBuilder(0).Cube()
	}
	return report.UnusedEntities(s.Names, cube, s.AsOf.AddDate(0, 0, -unusedDays))
}

// unusedText words what nobody uses, of a source's names.
func (p *Page) unusedText(all []usage.Known) string {
	type id struct {
		kind usage.Dimension
		id   string
	}
	own := make(map[id]bool, len(all))
	for i := range all {
		own[id{all[i].Kind, all[i].ID}] = true
	}
	var out []string
	for i := range p.unused {
		u := &p.unused[i]
		if !own[id{u.Entity.Kind, u.Entity.ID}] {
			continue
		}
		text := string(u.Entity.Kind) + " " + ui.Text(u.Name)
		if u.Last.IsZero() {
			text += ", never used"
		} else {
			text += u.Last.Format(" since 2 Jan 2006")
		}
		out = append(out, text)
	}
	return brief(out)
}

// drawEntities counts what the provider names, and picks out what was renamed
// and what nobody uses.
func (p *Page) drawEntities(w entry.Writer, all []usage.Known) {
	if len(all) == 0 {
		return
	}
	w.End()
	w.Text(w.St.Strong, "Names")
	w.End()
	var renamed []string
	for _, kind := range []struct {
		of        usage.Dimension
		one, many string
	}{{usage.ByOrganization, "organization", "organizations"}, {usage.ByProject, "project", "projects"},
		{usage.ByKey, "key", "keys"}, {usage.ByUser, "user", "users"}} {
		n, archived := 0, 0
		for i := range all {
			k := &all[i]
			if k.Kind != kind.of {
				continue
			}
			n++
			if k.Archived {
				archived++
			}
			if len(k.Names) > 1 {
				was := k.Names[len(k.Names)-2]
				renamed = append(renamed, kind.one+" "+ui.Text(was.Name)+" → "+ui.Text(k.Name)+k.Names[len(k.Names)-1].Since.Format(" (2 Jan 2006)"))
			}
		}
		if n == 0 {
			continue
		}
		label := kind.many
		text := ui.Count(int64(n))
		if archived > 0 {
			text += ", " + ui.Count(int64(archived)) + " of them archived"
		}
		w.Fact(label, text)
	}
	w.Fact("renamed", brief(renamed))
	w.Fact("unused", p.unusedText(all))
}

// mostNamed is how many names a line lists.
const mostNamed = 4

func brief(list []string) string {
	if n := len(list) - mostNamed; n > 0 {
		return strings.Join(list[:mostNamed], "; ") + " and " + ui.Count(int64(n)) + " more"
	}
	return strings.Join(list, "; ")
}

// basis explains a basis in a few words.
func basis(b usage.Basis) string {
	switch b {
	case usage.Logged:
		return "logged: what the agent wrote down on this machine"
	case usage.Metered:
		return "metered: counted by a gateway"
	case usage.Reported:
		return "reported: the provider's own usage figures"
	case usage.Imported:
		return "imported: from a file that a person brought in"
	case usage.Billed:
		return "billed: the provider's amounts, without tokens"
	}
	return ""
}

func drawPlace(p *ui.Pen, st *ui.Styles, place usage.Place) {
	sign, ink, state := "– ", st.Muted, "not there"
	switch {
	case place.Err != nil:
		sign, ink, state = "! ", st.Bad, ui.Text(place.Err.Error())
	case place.Found:
		sign, ink, state = "✓ ", st.Good, ui.Count(place.Files)+" files"
	}
	if place.Why != "" {
		state += " (" + ui.Text(place.Why) + ")"
	}
	p.Text(ink, sign)
	path := ui.Text(place.Path)
	room := max(p.Room()-ui.Width(state)-2, p.Room()/2)
	p.Text(st.Text, ui.CutMiddle(path, room))
	p.Space(2)
	p.Text(st.Muted, state)
	p.End()
}
