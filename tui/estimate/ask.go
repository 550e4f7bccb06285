package estimate

import (
	"encoding/json"
	"errors"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokpit/internal/clean"
	"tokpit/report"
	"tokpit/tokenizer"
	"tokpit/tui/buffer"
	"tokpit/tui/overlay"
	"tokpit/tui/ui"
)

// loading is a file that is being opened.
type loading struct {
	gen    int
	path   string
	prompt *overlay.Prompt // that completes paths
}

// What the boxes and commands of the page answer.
type (
	answered struct{ output report.ExpectedOutput }
	called   struct {
		traffic report.Traffic
		text    string
	}
	imageGiven struct{ text string }
	pathGiven  struct{ path string }
	toolsGiven struct{ path string }
	cleared    struct{}
	restored   struct{ revision uint64 }
	completed  struct {
		path string
		list []string
	}
	opened struct {
		gen  int
		path string
		text *buffer.Text
		err  error
	}
	prepared struct {
		editing Editing
		before  []byte
		err     error
	}
	edited struct {
		text *buffer.Text
		same bool
		err  error
	}
	imaged struct {
		image tokenizer.Image
		err   error
	}
	tooled struct {
		tools []tokenizer.Tool
		err   error
	}
)

// answer takes what boxes and commands answered.
func (p *Page) answer(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case answered:
		p.ask.output, p.ask.begun = msg.output, true
		p.resortBy(func(sorted column) column { return p.orderOf(msg.output.Each, sorted) })
		return p.readHistory()
	case called:
		p.ask.traffic, p.ask.calls = msg.traffic, msg.text
		p.resort()
	case imageGiven:
		return p.attach(msg.text)
	case pathGiven:
		return p.open(msg.path)
	case toolsGiven:
		return p.readTools(msg.path)
	case chose:
		all := choosable()
		p.ask.columns = nil
		for _, i := range msg.columns {
			p.ask.columns = append(p.ask.columns, all[i])
		}
		p.resort()
	case cleared:
		return p.empties()
	case restored:
		return p.restore(msg)
	case completed:
		if p.load.prompt != nil {
			p.load.prompt.Offer(msg.path, msg.list)
		}
	case opened:
		return p.applyOpened(msg)
	case prepared:
		return p.applyPrepared(msg)
	case edited:
		return p.applyEdited(msg)
	case imaged:
		if msg.err != nil {
			return notice("Not attached: ", msg.err)
		}
		p.ask.images = append(p.ask.images, msg.image)
		p.estimate()
	case tooled:
		if msg.err != nil {
			return notice("No tools: ", msg.err)
		}
		p.ask.tools = msg.tools
		p.estimate()
	}
	return nil
}

// notice says what went wrong, with what to do next.
func notice(before string, err error) tea.Cmd {
	return ui.Send(ui.Notice(problem(before, err)))
}

// problem is what went wrong, with what to do next.
func problem(before string, err error) string {
	text := before + err.Error()
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) && hinted.Hint() != "" {
		text += " (" + hinted.Hint() + ")"
	}
	return clean.Limit(text, 300)
}

func (p *Page) askAnswer() tea.Cmd {
	value := ""
	if p.ask.output != (report.ExpectedOutput{}) {
		value = p.ask.output.String()
	}
	words := []string{"A number of tokens: 500, 2k. 0 is the input alone.", "p50, p90: as long as half, or nine in ten, of the answers", "to your own requests to all models were.", "p50-each: each model its own, which compares no prices."}
	habit := func(whose string, h report.Habit) {
		words = append(words, "Yours to "+whose+": p50 "+ui.Count(h.P50)+", p90 "+ui.Count(h.P90)+".")
	}
	if h := p.history.All(); h.Requests > 0 {
		habit("all models", h)
	}
	if h, ok := p.history.Of(p.chosen); ok {
		habit(ui.Cut(ui.Text(p.chosen.Model), 30), h)
	}
	return ui.Send(overlay.Open{Modal: overlay.NewPrompt("Length of the answer", value, "500", words, func(s string) (tea.Msg, error) {
		if strings.TrimSpace(s) == "" {
			s = "0"
		}
		o, err := report.ParseOutput(s)
		return here(answered{o}), err
	})})
}

func (p *Page) askCalls() tea.Cmd {
	words := []string{"A number, /day unless it says /hour, /week, /month or /year.", "Or users × sessions × messages: 200x3x10/day.", "Empty: one call. A month is 365/12 days."}
	return ui.Send(overlay.Open{Modal: overlay.NewPrompt("Number of calls", p.ask.calls, "200x3x10/day", words, func(s string) (tea.Msg, error) {
		if s = strings.TrimSpace(s); s == "" {
			return here(called{}), nil
		}
		t, err := report.ParseTraffic(s)
		return here(called{t, strings.ReplaceAll(ui.Text(s), "x", "×")}), err
	})})
}

func (p *Page) askImage() tea.Cmd {
	words := []string{"Width × height in pixels: 1024x768; 1024x768:low for low detail.", "Or a file: PNG, JPEG, GIF, WebP. Nothing of it but its size is read.", "Empty: no images."}
	prompt := overlay.NewPrompt("Attach an image", "", "1024x768", words, func(s string) (tea.Msg, error) { return here(imageGiven{strings.TrimSpace(s)}), nil })
	return p.openPrompt(prompt)
}

func (p *Page) askTools() tea.Cmd {
	words := []string{"A JSON file with a request that has tools, or with the list of tools.", "Empty: no tools."}
	prompt := overlay.NewPrompt("Tool schemas", "", "tools.json", words, func(s string) (tea.Msg, error) { return here(toolsGiven{strings.TrimSpace(s)}), nil })
	return p.openPrompt(prompt)
}

// askFile asks for a path, or asks again about one that could not be opened: what
// is typed next belongs to it, not to the page.
func (p *Page) askFile(path, problem string) tea.Cmd {
	words := []string{"Read as it is, 64 MB at most, and kept in memory only."}
	prompt := overlay.NewPrompt("Open a file", path, "path", words, func(s string) (tea.Msg, error) {
		if strings.TrimSpace(s) == "" {
			return nil, errors.New("type a path; tab completes it")
		}
		return here(pathGiven{s}), nil
	})
	prompt.Fail(problem)
	return p.openPrompt(prompt)
}

// openPrompt opens a box that completes paths.
func (p *Page) openPrompt(prompt *overlay.Prompt) tea.Cmd {
	desk, ctx := p.opts.Desk, p.opts.Context
	if desk != nil {
		prompt.Completing(func(text string) tea.Cmd {
			return func() tea.Msg { return here(completed{text, desk.Complete(ctx, text)}) }
		})
	}
	p.load.prompt = prompt
	return tea.Batch(ui.Send(overlay.Open{Modal: prompt}), prompt.Begin())
}

// open reads a file beside the use of the page.
func (p *Page) open(path string) tea.Cmd {
	desk, ctx := p.opts.Desk, p.opts.Context
	if desk == nil {
		return nil
	}
	p.load.gen++
	p.load.path = ui.Text(path)
	gen := p.load.gen
	return func() tea.Msg {
		content, err := desk.Open(ctx, path)
		if err != nil {
			return here(opened{gen: gen, path: path, err: err})
		}
		return here(opened{gen: gen, text: buffer.Load(content)})
	}
}

func (p *Page) applyOpened(msg opened) tea.Cmd {
	if msg.gen != p.load.gen {
		return nil
	}
	p.load.path = ""
	if msg.err != nil {
		return p.askFile(msg.path, problem("Not opened: ", msg.err))
	}
	p.focus(false)
	p.job.stopped = false
	return p.take(msg.text)
}

// edit prepares the person's own editor. The copy that it works on is the desk's
// business.
func (p *Page) edit() tea.Cmd {
	desk := p.opts.Desk
	if desk == nil {
		return nil
	}
	before := p.text.Bytes()
	return func() tea.Msg {
		editing, err := desk.Edit(before)
		return here(prepared{editing, before, err})
	}
}

// applyPrepared leaves the screen to the editor.
func (p *Page) applyPrepared(msg prepared) tea.Cmd {
	if msg.err != nil {
		return notice("No editor: ", msg.err)
	}
	return tea.Exec(msg.editing, func(ran error) tea.Msg {
		content, err := msg.editing.Result()
		if err = errors.Join(ran, err); err != nil {
			return here(edited{err: err})
		}
		return here(edited{text: buffer.Load(content), same: string(content) == string(msg.before)})
	})
}

func (p *Page) applyEdited(msg edited) tea.Cmd {
	switch {
	case msg.err != nil:
		return notice("Not taken over: ", msg.err)
	case msg.same:
		return ui.Send(ui.Notice("The text is as it was"))
	}
	p.editor.Reset(msg.text)
	return p.changed()
}

// attach adds an image by its size, or by a file.
func (p *Page) attach(text string) tea.Cmd {
	if text == "" {
		p.ask.images = nil
		p.estimate()
		return nil
	}
	img, err := report.ParseImage(text)
	if err == nil {
		p.ask.images = append(p.ask.images, img)
		p.estimate()
		return nil
	}
	desk, ctx := p.opts.Desk, p.opts.Context
	if desk == nil {
		return notice("Not attached: ", err)
	}
	return func() tea.Msg {
		img, err := desk.Image(ctx, text)
		return here(imaged{img, err})
	}
}

// readTools takes the schemas of tools from a file.
func (p *Page) readTools(path string) tea.Cmd {
	if path == "" {
		p.ask.tools = nil
		p.estimate()
		return nil
	}
	desk, ctx := p.opts.Desk, p.opts.Context
	return func() tea.Msg {
		content, err := desk.Open(ctx, path)
		if err != nil {
			return here(tooled{err: err})
		}
		tools, err := toolsOf(content)
		return here(tooled{tools, err})
	}
}

var errNoTools = errors.New("the file has no tools")

// toolsOf reads the tools of a request, or a list of tools.
func toolsOf(content []byte) ([]tokenizer.Tool, error) {
	var list json.RawMessage = content
	var doc struct {
		Tools json.RawMessage `json:"tools"`
	}
	if json.Unmarshal(content, &doc) == nil && len(doc.Tools) > 0 {
		list = doc.Tools
	}
	request, err := json.Marshal(map[string]any{"messages": []map[string]string{{"role": "user", "content": ""}}, "tools": list})
	if err != nil {
		return nil, errNoTools // the error would quote the file
	}
	c, err := report.ReadChat(request)
	if err != nil {
		return nil, err
	}
	if len(c.Chat.Tools) == 0 {
		return nil, errNoTools
	}
	return c.Chat.Tools, nil
}

// longText is from which length on clearing asks first, in bytes.
const longText = 2000

func (p *Page) clear() tea.Cmd {
	if p.text.Len() < longText {
		return p.empties()
	}
	choices := []overlay.Choice{
		{Name: "Keep the text"},
		{Name: "Clear " + plural(int64(p.text.Len()), "byte"), Note: "u brings it back", Msg: here(cleared{})},
	}
	return ui.Send(overlay.Open{Modal: overlay.NewPicker("Clear the text?", "enter takes what is marked", choices)})
}

// empties takes the text away. It can be brought back from every page.
func (p *Page) empties() tea.Cmd {
	p.editor.Clear()
	p.editor.SetFocus(false)
	back := restored{p.text.Revision()}
	return tea.Batch(p.changed(), ui.Send(ui.Undoable{Page: title, What: "the text was cleared", Undo: ui.Send(here(back))}))
}

// restore brings a text back that was cleared, if nothing has been written since.
func (p *Page) restore(msg restored) tea.Cmd {
	if p.text.Revision() != msg.revision {
		return ui.Send(ui.Notice("There is another text by now: z takes it back step by step"))
	}
	p.editor.Undo()
	return p.changed()
}
