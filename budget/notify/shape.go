package notify

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"tokpit/budget"
	"tokpit/internal/clean"
)

// Shape is the form of a webhook's JSON.
type Shape string

// The shapes.
const (
	JSON    Shape = "json"    // id, kind, level, subject, text, fields, sent_at
	Slack   Shape = "slack"   // incoming webhook
	Discord Shape = "discord" // webhook with one embed
	Teams   Shape = "teams"   // workflow webhook with an adaptive card
)

// Shapes lists them.
func Shapes() []Shape { return []Shape{JSON, Slack, Discord, Teams} }

// ParseShape reads a shape's name; "" is [JSON].
func ParseShape(name string) (Shape, error) {
	if name == "" {
		return JSON, nil
	}
	for _, s := range Shapes() {
		if string(s) == name {
			return s, nil
		}
	}
	return "", fmt.Errorf("%.20q is no shape of a webhook; there are json, slack, discord and teams", name)
}

func (s Shape) encode(d budget.Delivery, now time.Time) ([]byte, error) {
	subject, text := clean.Limit(d.Subject, 160), strings.Join(lines(d.Body.Text), "\n")
	var out any
	switch s {
	case JSON, "":
		fields := make(map[string]string, len(d.Body.Fields))
		for _, f := range d.Body.Fields {
			fields[f.Name] = f.Value
		}
		out = map[string]any{"id": keyOf(d.Key), "kind": d.Body.Kind, "level": d.Body.Level, "subject": subject, "text": text,
			"fields": fields, "sent_at": now.UTC().Format(time.RFC3339)}
	case Slack:
		// The three characters are all that Slack gives a meaning; without them no
		// mention and no link can be written.
		escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "```", "'''")
		out = map[string]any{"text": escape.Replace(subject) + "\n```" + escape.Replace(cut(text, 3000)) + "```", "unfurl_links": false}
	case Discord:
		out = map[string]any{"username": "tokpit", "allowed_mentions": map[string]any{"parse": []string{}},
			"embeds": []any{map[string]any{"title": subject, "description": "```\n" + strings.ReplaceAll(cut(text, 3500), "```", "'''") + "\n```", "color": color(d.Body.Level)}}}
	case Teams:
		out = teamsCard(subject, cut(text, 8000))
	default:
		return nil, fmt.Errorf("%.20q is no shape of a webhook", string(s))
	}
	return json.Marshal(out)
}

// teamsCard uses rich text, the one element of a card that reads no Markdown.
func teamsCard(subject, text string) any {
	run := func(text string, more map[string]any) map[string]any {
		one := map[string]any{"type": "TextRun", "text": text}
		for k, v := range more {
			one[k] = v
		}
		return map[string]any{"type": "RichTextBlock", "inlines": []any{one}}
	}
	body := []any{run(subject, map[string]any{"weight": "Bolder", "size": "Medium"})}
	for line := range strings.SplitSeq(text, "\n") {
		if line != "" {
			body = append(body, run(line, map[string]any{"fontType": "Monospace"}))
		}
	}
	card := map[string]any{"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4", "body": body}
	return map[string]any{"type": "message", "attachments": []any{map[string]any{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}}}
}

// cut shortens a text to a number of characters.
func cut(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}

func color(level string) int {
	switch level {
	case "over":
		return 0xC0392B
	case "warn":
		return 0xD68910
	}
	return 0x2E86C1
}
