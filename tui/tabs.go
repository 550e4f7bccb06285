package tui

import (
	"fmt"
	"strconv"
	"time"

	"tokpit/tui/ui"
)

const brand = " tokpit "

// tab is the place of a page's name in the tab bar.
type tab struct {
	from, to int
	named    bool
}

// bar is a way to draw the tab bar. Names matter most, then what goes on, then
// the name of the program and the room between names.
type bar struct {
	brand, named bool
	gap          int // blanks beside each name, with its number
	rest         int // what must be left for other words
}

// What the words at the right of the tab bar take: all of them, or the shortest.
const statusAll, statusLeast = 26, 7

// bars are the ways to draw the tab bar, the roomiest first.
func bars() []bar {
	return []bar{{true, true, 4, statusAll}, {true, true, 3, statusLeast}, {false, true, 3, statusLeast}, {brand: true, gap: 4}}
}

// bar is the first way that there is room for.
func (m *Model) bar() bar {
	chips := 0
	if m.screen.Rule.Empty() && m.lens.Narrow() { // beside the tabs
		chips = 2 * leastChip
	}
	all := bars()
	for _, b := range all {
		if tabs := m.tabsOf(b); b.named && tabs[len(tabs)-1].to+b.rest+chips <= m.width {
			return b
		}
	}
	return all[len(all)-1]
}

// tabs lays the tab bar out: all names, or the active one alone where there is
// no room for all.
func (m *Model) tabs() []tab { return m.tabsOf(m.bar()) }

func (m *Model) tabsOf(b bar) []tab {
	out := make([]tab, len(m.pages))
	at := 0
	if b.brand {
		at = ui.Width(brand) + 1
	}
	for i, p := range m.pages {
		w := 3
		switch {
		case i == m.active:
			w = ui.Width(p.Title()) + 4 // it has a background, with blanks at both ends
		case b.named:
			w = ui.Width(p.Title()) + b.gap
		}
		out[i] = tab{at, at + w, b.named || i == m.active}
		at += w
	}
	return out
}

func (m *Model) renderTabs() string {
	p := ui.NewPen(m.width, 1)
	st := m.styles
	if m.bar().brand {
		p.Text(st.Headline, brand)
	}
	for i, t := range m.tabs() {
		p.To(t.from)
		ink := st.Tab
		label := " " + strconv.Itoa(i+1) + " "
		if t.named {
			label += m.pages[i].Title()
		}
		if i == m.active {
			ink = st.TabActive
			label += " "
		}
		p.Text(ink, label)
	}
	if m.screen.Rule.Empty() {
		m.drawChips(p)
	}
	m.renderStatus(p)
	p.End()
	return p.String()
}

// demoBadge says that the data is made up, demoBrief where there is little room.
const demoBadge, demoBrief = " demo data ", " demo "

// renderStatus writes what is going on, and how old the data is, at the right:
// in as many words as there is room for. That data is not real matters more than
// its age.
func (m *Model) renderStatus(p *ui.Pen) {
	st := m.styles
	texts, ink := m.status()
	badges := []string{""}
	if m.snap != nil && m.snap.Demo {
		badges = []string{demoBadge, demoBrief}
	}
	var ways [][2]string
	for _, badge := range badges {
		for _, text := range texts {
			ways = append(ways, [2]string{badge, text})
		}
	}
	for _, badge := range badges {
		ways = append(ways, [2]string{badge, ""})
	}
	for _, around := range [...]int{3, 1} { // blanks: fewer words rather than a crowd
		for _, way := range ways {
			badge, text := way[0], way[1]
			w := ui.Width(badge) + ui.Width(text)
			if badge != "" && text != "" {
				w++
			}
			if around+w > p.Room() || around > 1 && (badge == "" || text == "") {
				continue
			}
			p.Space(max(1, p.Room()-w-1))
			p.Text(st.BadgeWarn, badge)
			if badge != "" && text != "" {
				p.Space(1)
			}
			p.Text(ink, text)
			return
		}
	}
}

// status is what goes on, or how old the data is, in fewer and fewer words. Data
// that is fresh need not say so.
func (m *Model) status() (texts []string, ink ui.Ink) {
	st := m.styles
	spinner := m.spinner()
	switch {
	case len(m.progress) > 0:
		s := m.progress[len(m.progress)-1]
		return []string{spinner + " " + progressText(m.progress, m.now), spinner + " " + s.part(), spinner}, st.Accent
	case m.syncing:
		return []string{spinner + " syncing", spinner}, st.Accent
	case m.opening:
		return []string{spinner + " opening demo data", spinner}, st.Accent
	case m.snap == nil:
		return nil, st.Muted
	case m.snap.LastSync.IsZero() || m.snap.Demo:
		at := m.snap.AsOf.In(zone(m.snap))
		return []string{"data of " + at.Format("2 Jan 15:04"), at.Format("2 Jan 15:04")}, st.Muted
	}
	text, old := "synced "+ui.Ago(m.now, m.snap.LastSync), m.old()
	if old >= stale {
		return []string{"! " + text, "! " + briefAge(old), "! old"}, st.Warn
	}
	return []string{text}, st.Muted
}

// briefAge writes how old data is in few characters: "26 h", "12 d".
func briefAge(d time.Duration) string {
	if d < 48*time.Hour {
		return fmt.Sprintf("%d h", int(d/time.Hour))
	}
	return fmt.Sprintf("%d d", int(d/(24*time.Hour)))
}

func (m *Model) spinner() string { return string([]rune("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")[m.frame%10]) }

// part is how much of a source is read, "" if nobody can say.
func (s *Syncing) part() string {
	if s.Total <= 0 {
		return ""
	}
	return ui.Digits(s.Done*100/s.Total) + "%"
}

// progressText says how far the source is that began to be read last.
func progressText(all []Syncing, now time.Time) string {
	s := all[len(all)-1]
	text := "syncing " + ui.Count(s.Done) + " of " + ui.Count(s.Total)
	if s.Source != "" {
		text = "reading " + ui.CutName(ui.Text(s.Source), 20) + " " + s.part()
	}
	text += s.left(now)
	if n := len(all) - 1; n > 0 {
		text += " and " + ui.Digits(int64(n)) + " more"
	}
	return text
}
