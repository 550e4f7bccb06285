package tui

import (
	"strings"
	"time"

	"tokpit/report"
	"tokpit/tui/layout"
	"tokpit/tui/ui"
)

// banner is what stands above every page: an error while older data is shown,
// or why nothing can be written.
func (m *Model) banner() []string {
	width, st := m.width, m.styles
	if width < 4 {
		return nil
	}
	var out []string
	line := func(k ui.Ink, sign, text string) {
		p := ui.NewPen(width, 1)
		p.Space(1)
		p.Text(k, sign+ui.Text(text))
		p.End()
		out = append(out, p.String())
	}
	if m.failure != nil && m.snap != nil {
		line(st.Bad, "! ", m.failure.text)
		hint := "this is the last good data, r tries again"
		if m.failure.hint != "" {
			hint = m.failure.hint + " · " + hint
		}
		line(st.Muted, "  ", hint)
	}
	if m.opts.ReadOnly != "" {
		line(st.Warn, "! ", "read-only: "+m.opts.ReadOnly)
	}
	if m.old() >= stale && m.failure == nil && !m.syncing && len(m.progress) == 0 {
		next := "tokpit sync reads what is new"
		if m.opts.Syncer != nil {
			next = "r reads what is new; tokpit sync does so from a timer"
		}
		line(st.Warn, "! ", "last synced "+ui.Ago(m.now, m.snap.LastSync)+": "+next)
	}
	return out
}

// stale is the age from which data is worth a warning.
const stale = 24 * time.Hour

// old is how long ago the data was synced; 0 if that does not matter.
func (m *Model) old() time.Duration {
	if m.snap == nil || m.snap.Demo || m.snap.LastSync.IsZero() {
		return 0
	}
	return m.now.Sub(m.snap.LastSync)
}

// age divides the screen again if what stands above the pages has come or gone by
// the time that passes.
func (m *Model) age() {
	if len(m.banner()) != len(m.banners) {
		m.resize()
	}
}

// nothing reports that the lens sees no usage at all.
func (m *Model) nothing() bool {
	v := m.lens.View
	return m.lens.Narrow() && v != nil && !m.narrowed.running && v.Sum.Requests == 0 && v.Sum.Tokens.Total() == 0
}

// renderWaiting is the screen before the first data: loading, or what failed.
func (m *Model) renderWaiting(width, height int) string {
	st := m.styles
	p := ui.NewPen(width, height)
	inner := min(width-4, 76)
	left := (width - inner) / 2
	write := func(k ui.Ink, text string) {
		for _, l := range ui.Wrap(text, inner) {
			p.Space(left)
			p.Text(k, l)
			p.End()
		}
	}
	p.Blank(max(0, height/3-1))
	if m.failure == nil {
		write(st.Headline, "Reading your usage…")
		if texts, ink := m.status(); len(texts) > 0 {
			write(ink, texts[0])
			write(st.Muted, "What is read is kept: q quits, and the next start goes on from there.")
		}
		return strings.Join(p.Lines(height), "\n")
	}
	write(st.Bad, "! tokpit could not read its data")
	p.End()
	write(st.Text, ui.Text(m.failure.text))
	if m.failure.hint != "" {
		p.End()
		write(st.Muted, "hint: "+ui.Text(m.failure.hint))
	}
	p.End()
	write(st.Muted, "r tries again, q quits.")
	return strings.Join(p.Lines(height), "\n")
}

// renderTooSmall fits any terminal, even of one cell.
func (m *Model) renderTooSmall() string {
	p := ui.NewPen(m.width, m.height)
	size := func(w, h int) string { return ui.Digits(int64(w)) + "×" + ui.Digits(int64(h)) }
	text := "tokpit needs " + size(layout.MinWidth, layout.MinHeight) + " characters, here are " + size(m.width, m.height) + ": make the window larger, or the letters smaller. q quits."
	for _, l := range ui.Wrap(text, m.width) {
		p.Text(m.styles.Text, l)
		p.End()
	}
	return strings.Join(p.Lines(m.height), "\n")
}

func zone(s *report.Snapshot) *time.Location {
	if s.Zone == nil {
		return time.UTC
	}
	return s.Zone
}
