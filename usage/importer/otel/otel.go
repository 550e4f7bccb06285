// Package otel brings in what programs tell about their model calls by
// OpenTelemetry: OTLP as JSON (what a collector's file exporter writes, one export
// on each line, or one document), and the objects that the JavaScript SDK writes to
// a file, pretty printed one after the other, which are no OTLP.
//
// A call is told of several times: by its span, by log records, by the span of the
// whole run that it was part of, and by metrics. Only one kind of them counts in a
// file, and the rest is left out with a reason: the spans of calls; else the log
// records of the program itself (codex.sse_event, gemini_cli.api_response,
// claude_code.api_request); else those of the GenAI conventions; else those of an
// agent's turns; else the spans of runs; else metrics. The best kind among the first
// records of a file decides ([firstItems] are held for it), so memory stays the same
// for any file. A span around a counted one is never counted.
//
// Programs also write each signal to a file of its own. [Survey] finds out which
// signals of which services are in a file, and [Choose] lets one of those count that
// have a service and days in common; a [Format] with its plan reads just that.
//
// By the conventions input includes what a cache served and stored, and output
// includes thinking. Programs deviate, and these are known:
//
//   - Codex writes cache_write for cache_creation, has 0 for the time of its log
//     records (the time of observation counts then), and says response.completed
//     twice, once without counts. Its spans of calls name no model, but the span of
//     the turn around them does, which ends after them.
//   - Gemini CLI leaves thoughts out of output; its own event says them, the
//     convention's does not.
//   - Claude Code counts the cache beside the input, as its API does.
//   - Older libraries say prompt_tokens and completion_tokens, OpenInference
//     llm.token_count.
//
// Where a total is told and fits another reading, it decides.
//
// Counters are deltas, or they run on from the start of a process. OTLP calls these
// 1 and 2, the JavaScript SDK 0 and 1. What runs on is known by its series and its
// start, and the largest figure of it counts, once, whatever files it is in: on the
// day that the process began.
package otel

import (
	"bytes"
	"context"
	"io"

	"tokpit/usage/importer"
	"tokpit/usage/importer/rows"
)

// Name of the format.
const Name = "otel"

// Format reads telemetry. Without a plan the best signal of the file as a whole
// counts.
type Format struct{ Plan *Plan }

// Name implements [importer.Format].
func (Format) Name() string { return Name }

// Title implements [importer.Format].
func (Format) Title() string {
	return "telemetry of model calls: OTLP as JSON, or files of OpenTelemetry's JavaScript SDK"
}

// Sniff implements [importer.Format].
func (Format) Sniff(_ string, head []byte) importer.Likelihood {
	start := bytes.TrimLeft(head, " \t\r\n\xef\xbb\xbf")
	if len(start) == 0 || start[0] != '{' && start[0] != '[' {
		return importer.Foreign
	}
	has := func(word string) bool { return bytes.Contains(head, []byte(word)) }
	switch {
	case has(`"resourceSpans"`), has(`"resourceLogs"`), has(`"resourceMetrics"`):
		return importer.Certain
	case has(`"hrTime"`), has(`"scopeMetrics"`), has(`spanContext"`), has(`"gen_ai.`):
		return importer.Likely
	}
	return importer.Foreign
}

// Read implements [importer.Format].
func (f Format) Read(ctx context.Context, r io.Reader, _ importer.Options, out *importer.Out) error {
	d := decoder{}
	p := newPicker(out)
	err := rows.Objects(ctx, r, func(text []byte) (string, error) {
		bad := d.row(text)
		if bad != "" {
			return bad, nil
		}
		if len(d.items) == 0 {
			out.Leave("records that say nothing about tokens")
		}
		for i := range d.turns {
			if err := p.named(&d.turns[i]); err != nil {
				return "", err
			}
		}
		for i := range d.items {
			if err := p.next(f.Plan, &d.items[i]); err != nil {
				return "", err
			}
		}
		return "", nil
	}, out.Refuse)
	if err != nil {
		return err
	}
	return p.close()
}
