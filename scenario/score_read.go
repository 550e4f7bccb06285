package scenario

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"tokpit/internal/clean"
	"tokpit/money"
)

// Bounds of a file of scores.
const (
	maxScoreFile  = 64 << 20 // bytes
	maxScoreRows  = 200_000
	maxScoreLine  = 1 << 20     // bytes
	maxBadRows    = 20          // that are named; the rest are counted
	maxPairedWork = 300_000_000 // draws, about two seconds
	// Beyond these lies a slip, and sums of so many rows stay within 64 bits.
	maxPoints  = Points(10_000_000_000_000)
	maxLatency = 6 * time.Hour
)

// BadRow is a row that could not be read, which does not keep the others from
// counting.
type BadRow struct {
	Line   int // from 1
	Reason string
}

// ScoreImport says how a file of scores is to be read.
type ScoreImport struct {
	Name   string // of the set
	File   string // what the file is called, for a person
	Metric string // of rows that name none
	Now    time.Time
	// Progress is told how far the computing of intervals is, after the rows have
	// been read; nil is not asked for.
	Progress func(done, total int64)
}

// ImportedScores is what a file of scores had.
type ImportedScores struct {
	ScoreSet
	Rows    int // that were read
	Bad     []BadRow
	Ignored []string // columns that mean nothing here
	// Unpaired is the number of pairs of models that were not compared item by
	// item, because that would take too long.
	Unpaired int
}

// ImportScores reads scores: CSV with a header, or JSON lines. Every row has a
// model, a metric and a score (a number, true or false), and may have the item
// that was scored, the provider, the effort, the cost in US dollars, the latency
// in seconds and the date. Rows of the same model, metric and effort are single
// results: they become a mean with its 95 % interval, and results for the same
// items are compared in pairs. Several rows of one item are averaged first.
//
// A row that cannot be read is named in Bad and left out. It is an error if no
// row is left, or if the file is too large.
func ImportScores(r io.Reader, o ScoreImport) (*ImportedScores, error) {
	in := bufio.NewReaderSize(io.LimitReader(r, maxScoreFile+1), 1<<16)
	if mark, _ := in.Peek(3); bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		_, _ = in.Discard(3)
	}
	s := &scoreReader{options: o, out: &ImportedScores{ScoreSet: ScoreSet{Name: o.Name, File: clean.Text(o.File), Imported: o.Now.UTC()}}, groups: make(map[scoreKey]*scoreGroup)}
	read := s.csv
	if first := firstByte(in); first == '{' {
		read = s.lines
	} else if first == '[' {
		return nil, &fault{"a JSON list is no list of lines", "write one JSON object per line, or CSV with a header: model,metric,score,item,cost,latency"}
	}
	if err := read(in); err != nil {
		return nil, err
	}
	if s.bytes > maxScoreFile {
		return nil, &fault{fmt.Sprintf("more than %d MB", maxScoreFile>>20), "import it in parts, each under a name of its own"}
	}
	if len(s.groups) == 0 {
		why := "the file has no scores"
		if len(s.out.Bad) > 0 {
			why = fmt.Sprintf("no row could be read; line %d: %s", s.out.Bad[0].Line, s.out.Bad[0].Reason)
		}
		return nil, &fault{why, scoreColumns}
	}
	s.finish()
	return s.out, nil
}

const scoreColumns = "columns: model, metric and score; optional: provider, item, effort, cost (USD), latency (seconds) or latency_ms, date"

func firstByte(in *bufio.Reader) byte {
	for n := 1; n <= 4096; n++ {
		head, err := in.Peek(n)
		if len(head) < n || err != nil {
			return 0
		}
		if c := head[n-1]; !strings.ContainsRune(" \t\r\n", rune(c)) {
			return c
		}
	}
	return 0
}

// scoreReader collects single results.
type scoreReader struct {
	options ScoreImport
	out     *ImportedScores
	groups  map[scoreKey]*scoreGroup
	bytes   int64

	done, total int64 // results that intervals have been drawn from
}

type scoreKey struct{ provider, model, metric, effort string }

type scoreGroup struct {
	items   map[string][]Points
	order   []string // items as they came
	cost    money.Amount
	costs   int64
	latency time.Duration
	timed   int64
	rows    int
	asOf    time.Time
}

func (s *scoreReader) bad(line int, reason string) {
	s.out.BadRows++
	if len(s.out.Bad) < maxBadRows {
		s.out.Bad = append(s.out.Bad, BadRow{line, clean.Text(reason)})
	}
}

func (s *scoreReader) csv(in io.Reader) error {
	r := csv.NewReader(in)
	r.FieldsPerRecord, r.LazyQuotes, r.ReuseRecord, r.TrimLeadingSpace = -1, true, true, true
	head, err := r.Read()
	if errors.Is(err, io.EOF) {
		return &fault{"the file is empty", scoreColumns}
	}
	if err != nil {
		return &fault{"no header: " + clean.Text(err.Error()), scoreColumns}
	}
	columns := make([]string, len(head))
	for i, h := range head {
		if columns[i] = scoreColumn(h); columns[i] == "" {
			s.out.Ignored = append(s.out.Ignored, clean.Limit(h, 40))
		}
	}
	if !slices.Contains(columns, "model") || !slices.Contains(columns, "score") {
		return &fault{"the header names no model or no score", scoreColumns}
	}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			s.bytes = r.InputOffset()
			return nil
		}
		var wrong *csv.ParseError
		if errors.As(err, &wrong) {
			s.bad(wrong.StartLine, wrong.Err.Error())
			continue
		}
		if err != nil {
			return err
		}
		line, _ := r.FieldPos(0)
		if s.bytes = r.InputOffset(); s.bytes > maxScoreFile {
			return nil
		}
		fields := make(map[string]string, len(columns))
		for i, v := range row {
			if i < len(columns) && columns[i] != "" {
				fields[columns[i]] = strings.TrimSpace(v)
			}
		}
		if err := s.row(line, fields); err != nil {
			return err
		}
	}
}

// scoreColumn is what a column is called here, "" if it means nothing.
func scoreColumn(name string) string {
	switch n := strings.ToLower(strings.TrimSpace(name)); n {
	case "model", "metric", "score", "provider", "effort", "cost", "latency", "latency_ms", "item", "date":
		return n
	case "id", "case", "example", "question":
		return "item"
	case "latency_s", "seconds", "duration":
		return "latency"
	case "as_of", "day":
		return "date"
	case "cost_usd":
		return "cost"
	case "reasoning_effort":
		return "effort"
	case "value", "result":
		return "score"
	}
	return ""
}

func (s *scoreReader) lines(in io.Reader) error {
	scan := bufio.NewScanner(in)
	scan.Buffer(make([]byte, 1<<16), maxScoreLine)
	seen := make(map[string]bool)
	line := 0
	for scan.Scan() {
		line++
		s.bytes += int64(len(scan.Bytes())) + 1
		if s.bytes > maxScoreFile {
			return nil
		}
		if len(bytes.TrimSpace(scan.Bytes())) == 0 {
			continue
		}
		var object map[string]json.RawMessage
		if err := json.Unmarshal(scan.Bytes(), &object); err != nil || object == nil {
			s.bad(line, "no JSON object")
			continue
		}
		fields := make(map[string]string, len(object))
		for _, name := range slices.Sorted(maps.Keys(object)) {
			column := scoreColumn(name)
			if column == "" {
				if !seen[name] && len(seen) < 20 {
					seen[name] = true
					s.out.Ignored = append(s.out.Ignored, clean.Limit(name, 40))
				}
				continue
			}
			fields[column] = plainJSON(object[name])
		}
		if err := s.row(line, fields); err != nil {
			return err
		}
	}
	if errors.Is(scan.Err(), bufio.ErrTooLong) {
		return &fault{fmt.Sprintf("line %d is longer than 1 MB", line+1), "one row is one line with a model, a metric and a score"}
	}
	return scan.Err()
}

// plainJSON is the text of a JSON value: null is "".
func plainJSON(raw json.RawMessage) string {
	var text string
	switch {
	case string(raw) == "null":
		return ""
	case json.Unmarshal(raw, &text) == nil:
		return strings.TrimSpace(text)
	}
	return strings.TrimSpace(string(raw))
}

// row takes one result. Only a file that is too long is an error.
func (s *scoreReader) row(line int, f map[string]string) error {
	if s.out.Rows+s.out.BadRows >= maxScoreRows {
		return &fault{fmt.Sprintf("more than %d rows", maxScoreRows), "import it in parts, each under a name of its own"}
	}
	key := scoreKey{clean.Text(f["provider"]), clean.Text(f["model"]), clean.Text(cmp.Or(f["metric"], s.options.Metric)), strings.ToLower(clean.Text(f["effort"]))}
	if key.provider == "" {
		if p, m, ok := strings.Cut(key.model, "/"); ok && p != "" && m != "" {
			key.provider, key.model = p, m
		}
	}
	one, reason := readResult(&key, f)
	if reason != "" {
		s.bad(line, reason)
		return nil
	}
	s.out.Rows++
	g := s.groups[key]
	if g == nil {
		g = &scoreGroup{items: make(map[string][]Points)}
		s.groups[key] = g
	}
	g.take(&one, line)
	return nil
}

// result is what one row says.
type result struct {
	item       string
	score      Points
	cost       money.Amount
	latency    time.Duration
	date       time.Time
	hasCost    bool
	hasLatency bool
}

// readResult reads the fields of a row, or says what is wrong with them.
func readResult(key *scoreKey, f map[string]string) (one result, reason string) {
	var ok bool
	switch {
	case key.model == "":
		return one, "no model"
	case key.metric == "":
		return one, "no metric (name one for all rows with --metric)"
	case f["score"] == "":
		return one, "no score"
	}
	if one.score, ok = readPoints(f["score"]); !ok {
		return one, fmt.Sprintf("the score %q is no number", clean.Limit(f["score"], 40))
	}
	one.item = clean.Text(f["item"])
	if text := f["cost"]; text != "" {
		if one.cost, ok = readDecimal(strings.TrimPrefix(text, "$")); !ok || one.cost.Sign() < 0 {
			return one, fmt.Sprintf("the cost %q is no amount", clean.Limit(text, 40))
		}
		one.hasCost = true
	}
	for i, column := range [...]string{"latency", "latency_ms"} {
		text := f[column]
		if text == "" {
			continue
		}
		unit := [...]time.Duration{time.Second, time.Millisecond}[i]
		n, ok := readPoints(text)
		if !ok || n < 0 || time.Duration(n/1_000_000) > maxLatency/unit {
			return one, fmt.Sprintf("the latency %q is no time of at most %s", clean.Limit(text, 40), maxLatency)
		}
		one.latency, one.hasLatency = time.Duration(n)*(unit/1_000_000), true
	}
	if text := f["date"]; text != "" {
		at, err := time.Parse(time.DateOnly, text[:min(len(text), 10)])
		if err != nil {
			return one, fmt.Sprintf("the date %q is no day such as 2026-11-20", clean.Limit(text, 40))
		}
		one.date = at
	}
	return one, ""
}

func (g *scoreGroup) take(one *result, line int) {
	item := one.item
	if item == "" {
		item = "\x00" + strconv.Itoa(line) // an item of its own, that pairs with nothing
	}
	if _, known := g.items[item]; !known {
		g.order = append(g.order, item)
	}
	g.items[item] = append(g.items[item], one.score)
	g.rows++
	if one.hasCost {
		g.cost, g.costs = g.cost.Add(one.cost), g.costs+1
	}
	if one.hasLatency {
		g.latency, g.timed = g.latency+one.latency, g.timed+1
	}
	if one.date.After(g.asOf) {
		g.asOf = one.date
	}
}
