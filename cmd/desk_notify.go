package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/budget/notify"
	"tokpit/tui/ui"
)

const (
	// lookEvery is how often the cockpit looks at the budgets though no data has
	// changed: forecasts ripen, periods end, silences end.
	lookEvery = 5 * time.Minute
	// lookAfter leaves the first moment to the first screen.
	lookAfter = time.Second
	// lookApart is how long it waits at least between two looks: an agent that
	// works writes all the time.
	lookApart = 3 * time.Second
)

// tell looks at the budgets whenever the data has changed, and sends what is
// due. What happens on the way it says on the screen. It ends with ctx.
func (d *desk) tell(ctx context.Context) {
	ch := d.app.channels(d.terminal(ctx))
	n := &noticer{desk: d, known: make(map[string]bool), failed: make(map[string]bool)}
	if !wait(ctx, lookAfter) || n.begin(ctx) != nil && ctx.Err() != nil {
		return
	}
	tick := time.NewTicker(dueTick)
	defer tick.Stop()
	look := true
	last := time.Now()
	for {
		_ = d.safely(func() error { // that it fails is told by what fails, and tried again
			var looked, told error
			n.said = ""
			if look {
				var e *evaluation
				e, looked = d.app.evaluate(ctx)
				told = n.news(ctx)
				for _, text := range e.Notes {
					n.say(text)
				}
			}
			return errors.Join(looked, told, d.app.deliver(ctx, ch, n.sent))
		})
		select {
		case <-ctx.Done():
			return
		case <-d.fresh:
			look = true
			if !wait(ctx, lookApart) {
				return
			}
		case <-tick.C:
			look = time.Since(last) >= lookEvery
		}
		if look {
			last = time.Now()
		}
	}
}

// stir has the budgets looked at soon.
func (d *desk) stir() {
	select {
	case d.fresh <- struct{}{}:
	default: // it is about to happen
	}
}

// terminal rings the terminal that the cockpit runs in.
func (d *desk) terminal(ctx context.Context) sender {
	return &notify.Terminal{Out: rawScreen{ctx, d.send}, Form: notify.Detect(d.app.env.Getenv), Tmux: d.app.env.Getenv("TMUX") != ""}
}

// rawScreen writes to the terminal in between two frames: the cockpit's own
// loop does it.
type rawScreen struct {
	ctx  context.Context
	send func(tea.Msg)
}

// Write implements [io.Writer].
func (r rawScreen) Write(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, errors.New("the cockpit is closing")
	}
	r.send(tea.RawMsg{Msg: string(p)})
	return len(p), nil
}

// noticer says on the screen what has become news while the cockpit is open,
// whoever noticed it.
type noticer struct {
	desk   *desk
	known  map[string]bool // alerts that have fired
	failed map[string]bool // deliveries whose failure was told
	said   string          // in this turn
}

// begin takes what is known already.
func (n *noticer) begin(ctx context.Context) error {
	alerts, err := n.desk.app.store.Alerts(ctx)
	if err != nil {
		return err
	}
	for _, x := range alerts.Fired("") {
		n.known[alertKey(&x)] = true
	}
	return nil
}

// news says which alerts have fired since the last time.
func (n *noticer) news(ctx context.Context) error {
	alerts, err := n.desk.app.store.Alerts(ctx)
	if err != nil {
		return err
	}
	budgets, err := n.desk.app.store.Budgets(ctx)
	if err != nil {
		return err
	}
	text, more := "", 0
	for _, x := range alerts.Fired("") { // newest first
		if n.known[alertKey(&x)] {
			continue
		}
		n.known[alertKey(&x)] = true
		if text == "" {
			text = alertText(&x, budgets)
		} else {
			more++
		}
	}
	if text == "" {
		return nil
	}
	if more > 0 {
		text += fmt.Sprintf(" (and %s)", count(int64(more), "more alert"))
	}
	n.say(upperFirst(text))
	return nil
}

// say adds to what this turn has to say; there is one line for all of it.
func (n *noticer) say(text string) {
	if n.said != "" {
		text = n.said + " · " + text
	}
	n.said = text
	n.desk.send(ui.Notice(ui.Text(text)))
}

// sent says once that a message could not be handed over; tokpit budget alerts
// says how it goes on.
func (n *noticer) sent(try attempt) {
	if try.Err == nil || n.failed[try.Key] {
		return
	}
	n.failed[try.Key] = true
	n.say("Not told " + targetOf(&try.Delivery) + ": " + try.Err.Error() + " (see tokpit budget alerts)")
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
