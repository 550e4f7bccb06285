package sources

import (
	"time"

	"tokpit/report"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// drawDetail writes everything that is known of one source.
func drawDetail(st *ui.Styles, s *report.SourceStatus, snap *report.Snapshot, width, height int) []string {
	p := ui.NewPen(width, height)
	ui.SectionTitle(p, st, ui.Text(s.Name), false, "")
	if s.Err != "" {
		for _, l := range ui.Wrap("! "+ui.Text(s.Err), width) {
			p.Text(st.Bad, l)
			p.End()
		}
		if s.Hint != "" {
			for _, l := range ui.Wrap("  hint: "+ui.Text(s.Hint), width) {
				p.Text(st.Text, l)
				p.End()
			}
		}
	}
	zone := snap.Zone
	if zone == nil {
		zone = time.UTC
	}
	fact := func(label, value string) {
		if value == "" {
			return
		}
		p.Left(st.Muted, label, 16)
		p.Text(st.Text, value)
		p.End()
	}
	fact("kind", ui.Text(s.Kind))
	fact("basis", basis(s.Basis))
	records := ui.Count(s.Records)
	if s.Files > 0 {
		records += " from " + ui.Count(s.Files) + " files"
	}
	fact("records", records)
	fact("usage", span(s, zone))
	synced := ui.Ago(snap.AsOf, s.Synced)
	if !s.Synced.IsZero() {
		synced += " (" + s.Synced.In(zone).Format("2 Jan 2006 15:04 MST") + ")"
	}
	fact("last sync", synced)
	if s.Quarantined > 0 {
		fact("quarantined", ui.Count(s.Quarantined)+" rows could not be counted; tokpit doctor names file and line")
	}
	if s.Pending > 0 {
		fact("pending", ui.Count(s.Pending)+" files end in a line that is still being written")
	}
	for _, d := range s.Doubts {
		fact("note", ui.Text(d))
	}
	if len(s.Places) > 0 {
		p.End()
		p.Text(st.Muted, "looked at")
		p.End()
		for _, place := range s.Places {
			drawPlace(p, st, place)
		}
	}
	return p.Lines(height)
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
