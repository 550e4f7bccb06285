package estimate

import "tokpit/tui/ui"

// example is a prompt to look at: prose, code, data and other scripts.
const example = `You are a careful code reviewer. Read the change below and answer in three parts:
what it does, what may break, and one question to the author.

` + "```go" + `
func retry(ctx context.Context, n int, f func() error) error {
	for i := range n {
		if err := f(); err == nil {
			return nil
		}
		time.Sleep(time.Duration(i) * 250 * time.Millisecond)
	}
	return ctx.Err()
}
` + "```" + `

Context: {"service": "checkout-api", "error_rate": 0.0173, "region": "eu-west-1"}
Kunden warten heute länger als üblich. 支払いが遅れています。Оплата проходит медленно 🐢
`

// drawEmpty is the page without a text: what it is for, and the ways to begin.
func (p *Page) drawEmpty() []string {
	st, k := p.styles, &p.keys
	width := min(max(p.width-4, 1), 84)
	left := max(0, (p.width-width)/2)
	type line struct {
		key, text string
		ink       ui.Ink
	}
	desk := p.opts.Desk != nil
	lines := []line{{"", "What will this prompt cost?", st.Headline}}
	gap := func() { lines = append(lines, line{}) }
	say := func(ink ui.Ink, text string) {
		for _, l := range ui.Wrap(text, width) {
			lines = append(lines, line{"", l, ink})
		}
	}
	promise := "Tokens and cost on every model, before you send it. The text stays in memory: it is never stored, logged or sent."
	if desk {
		promise = "Tokens and cost on every model, before you send it. The text stays in memory, never logged or sent; $EDITOR gets a private temporary copy."
	}
	say(st.Muted, promise)
	gap()
	lines = append(lines, line{"paste", "it here, right now", st.Text}, line{k.Write.Help().Key, "type", st.Text})
	if desk {
		lines = append(lines, line{k.File.Help().Key, "open a file, as it is", st.Text}, line{k.External.Help().Key, "write in your own editor ($EDITOR)", st.Text})
	}
	lines = append(lines, line{k.Example.Help().Key, "look at an example", st.Text}, line{k.Image.Help().Key, "an image, by its size or file", st.Text})
	if p.keys.Undo.Enabled() {
		lines = append(lines, line{k.Undo.Help().Key, "bring the text back", st.Text})
	}
	gap()
	say(st.Muted, "Very long texts: open the file, or pipe it to tokpit estimate. A terminal takes seconds to deliver a paste of 10 MB, and drops escape characters and broken bytes on the way.")
	if p.snap.Book == nil {
		gap()
		say(st.Warn, p.waiting())
	}
	if len(lines) > p.height { // the gaps go first
		kept := lines[:0]
		for _, l := range lines {
			if l != (line{}) {
				kept = append(kept, l)
			}
		}
		lines = kept
	}
	pen := ui.NewPen(p.width, p.height)
	pen.Blank(max(0, (p.height-len(lines))/3))
	for _, l := range lines {
		pen.Space(left)
		if l.key != "" {
			pen.Space(2)
			pen.Left(st.Key, l.key, 7)
		}
		pen.Text(l.ink, l.text)
		pen.End()
	}
	return pen.Lines(p.height)
}
