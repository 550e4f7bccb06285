package notify

import (
	"context"
	"io"
	"strings"

	"tokpit/budget"
	"tokpit/internal/clean"
)

// Form is the escape sequence by which a terminal shows a notification.
type Form string

// The forms. All of them ring the bell as well.
const (
	Bell   Form = "bell"
	OSC9   Form = "osc9"   // iTerm2, WezTerm, Ghostty, Windows Terminal: one text
	OSC777 Form = "osc777" // foot, urxvt, VTE: title and text
	OSC99  Form = "osc99"  // kitty: title and text
)

// Detect chooses a form from the environment; what is not known gets the bell.
func Detect(getenv func(string) string) Form {
	program, term := getenv("TERM_PROGRAM"), getenv("TERM")
	switch {
	case getenv("KITTY_WINDOW_ID") != "" || term == "xterm-kitty":
		return OSC99
	case program == "iTerm.app", program == "WezTerm", program == "ghostty", term == "xterm-ghostty", getenv("WT_SESSION") != "":
		return OSC9
	case strings.HasPrefix(term, "foot"), strings.HasPrefix(term, "rxvt"), getenv("VTE_VERSION") != "":
		return OSC777
	}
	return Bell
}

// Terminal writes notifications to a terminal.
type Terminal struct {
	Out  io.Writer
	Form Form // "" is [Bell]
	// Tmux wraps sequences so that tmux hands them on (allow-passthrough).
	Tmux bool
}

// Send writes one message in one piece.
func (t *Terminal) Send(_ context.Context, d budget.Delivery) error {
	if _, err := io.WriteString(t.Out, t.sequence(d)); err != nil {
		return failure("terminal", err)
	}
	return nil
}

func (t *Terminal) sequence(d budget.Delivery) string {
	const start, end = "\x1b]", "\x1b\\"
	title, text := clean.Limit(d.Subject, 120), ""
	if all := lines(d.Body.Text); len(all) > 0 {
		text = clean.Limit(all[0], 200)
	}
	var out string
	switch t.Form {
	case OSC9:
		// "9;4;…" is a progress bar to some terminals: a text never begins with a digit.
		out = start + "9;tokpit: " + title + end
	case OSC777:
		out = start + "777;notify;" + strings.ReplaceAll(title, ";", ",") + ";" + strings.ReplaceAll(text, ";", ",") + end
	case OSC99:
		id := "i=" + keyOf(d.Key)
		out = start + "99;" + id + ":d=0;" + title + end + start + "99;" + id + ":p=body;" + text + end
	}
	if t.Tmux && out != "" {
		out = "\x1bPtmux;" + strings.ReplaceAll(out, "\x1b", "\x1b\x1b") + end
	}
	return out + "\a"
}
