package estimate

import (
	"strings"

	"tokpit/pricing"
	"tokpit/report"
	"tokpit/tokenizer"
	"tokpit/tui/ui"
)

// settings are what a person asks besides the text.
type settings struct {
	output   report.ExpectedOutput
	traffic  report.Traffic
	calls    string // as it was typed
	baseline pricing.ModelRef
	images   []tokenizer.Image
	roles    bool
	tools    []tokenizer.Tool
	columns  []column
	begun    bool               // the length of answers is settled: by own requests, or by somebody
	pins     []pricing.ModelRef // that stand above the others
}

// usualAnswer is how long an answer is taken to be where no requests are known,
// in tokens.
const usualAnswer = 500

func newSettings() settings {
	return settings{output: report.ExpectedOutput{Tokens: usualAnswer}, columns: usualColumns()}
}

// begin takes what a person's own requests suggest.
func (s *settings) begin(h *report.History) {
	if h.All().Requests > 0 && !s.begun {
		s.output, s.begun = report.ExpectedOutput{Share: 50}, true
	}
}

// messages is how many a request has that counts roles: a system prompt and a
// question.
const messages = 2

// chat is the shape of the request.
func (s *settings) chat() tokenizer.Chat {
	c := tokenizer.Chat{Tools: s.tools}
	if s.roles || len(s.tools) > 0 {
		c.Messages = messages
	}
	return c
}

// answerText says how long an answer is taken to be.
func (s *settings) answerText() string {
	if o := s.output; o.Share > 0 {
		text := "p" + ui.Digits(int64(o.Share)) + " of "
		if o.Each {
			return text + "each model's own"
		}
		return text + "all yours"
	}
	if s.output.Tokens == 0 {
		return "none"
	}
	return ui.Count(s.output.Tokens) + " tokens"
}

func (s *settings) callsText() string {
	if !s.traffic.Known() {
		return "one"
	}
	if strings.Contains(s.calls, "/") {
		return s.calls
	}
	return s.calls + "/day"
}

func (s *settings) rolesText() string {
	if c := s.chat(); c.Messages > 0 {
		text := plural(int64(c.Messages), "message")
		if len(s.tools) > 0 {
			text += ", " + plural(int64(len(s.tools)), "tool")
		}
		return text
	}
	return "off"
}

func (s *settings) imagesText() string {
	if len(s.images) == 0 {
		return "none"
	}
	img := s.images[len(s.images)-1]
	text := ui.Digits(int64(img.Width)) + "×" + ui.Digits(int64(img.Height))
	if img.Low {
		text += " low"
	}
	if n := len(s.images); n > 1 {
		text = ui.Digits(int64(n)) + ", last " + text
	}
	return text
}

func plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return ui.Count(n) + " " + noun + "s"
}
