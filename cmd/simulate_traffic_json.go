package cmd

import (
	"encoding/csv"
	"io"
	"strconv"
	"time"

	"tokpit/report/export"
	"tokpit/scenario"
	"tokpit/usage"
)

type trafficDoc struct {
	Schema  string         `json:"schema"`
	AsOf    string         `json:"as_of"`
	Prices  string         `json:"prices"`
	Traffic trafficJSON    `json:"traffic"`
	Models  []spendingJSON `json:"models"`
}

type trafficJSON struct {
	Users        int64    `json:"users"`
	Sessions     string   `json:"sessions"`
	Messages     int64    `json:"messages"`
	Words        [3]int64 `json:"words"` // low, likely, high
	AnswerWords  [3]int64 `json:"answer_words"`
	SystemWords  [3]int64 `json:"system_words"`
	WordsPer1000 int64    `json:"words_per_1000_tokens"`
	Spread       string   `json:"spread"`
	History      string   `json:"history"`
	Cached       string   `json:"cached"`
	Growth       string   `json:"growth_per_month"`
	DaysPerMonth string   `json:"days_per_month"`
}

type spendingJSON struct {
	Model      string     `json:"model"`
	Provider   string     `json:"provider"`
	Currency   string     `json:"currency"`
	PerSession bandJSON   `json:"per_session"`
	PerMonth   bandJSON   `json:"per_month"`
	Month12    bandJSON   `json:"month_12"`
	PerYear    bandJSON   `json:"per_year"`
	Tokens     tokensJSON `json:"session_tokens"`
	Method     string     `json:"method"`
	Window     *int64     `json:"window"`
	Overflow   *int64     `json:"overflows_from_message"`
	LongFrom   *int64     `json:"long_context_from_message"`
	CachedFrom *int64     `json:"cached_from_message"`
	Shutdown   *string    `json:"shutdown"`
	Flags      []string   `json:"flags"`
	Quality    *string    `json:"quality"` // null: unknown
}

type bandJSON struct {
	Low   string `json:"low"`
	Point string `json:"point"`
	High  string `json:"high"`
}

type tokensJSON struct {
	Input        int64 `json:"input"`
	CacheRead    int64 `json:"cache_read"`
	CacheWrite5m int64 `json:"cache_write_5m"`
	CacheWrite1h int64 `json:"cache_write_1h"`
	Output       int64 `json:"output"`
	Reasoning    int64 `json:"reasoning"`
}

func classesOf(t *usage.Tokens) tokensJSON { return tokensJSON(*t) }

func bandOf(c scenario.Cost) bandJSON {
	return bandJSON{c.Low.String(), c.Base.String(), c.High.String()}
}

func trafficDocument(t *scenario.Traffic, at time.Time, book string, rows []scenario.Spending) trafficDoc {
	words := func(w scenario.Words) [3]int64 { return [3]int64{w.Low, w.Base, w.High} }
	answer := t.Answer
	if answer == (scenario.Words{}) {
		answer = t.Words
	}
	d := trafficDoc{Schema: "tokpit.simulate.traffic/1", AsOf: stamp(at), Prices: book, Models: []spendingJSON{}, Traffic: trafficJSON{Users: t.Users, Sessions: t.Sessions.String(), Messages: t.Messages,
		Words: words(t.Words), AnswerWords: words(answer), SystemWords: words(t.System), WordsPer1000: t.WordsPer1000, Spread: max(t.Spread, 0).String(),
		History: t.Carry.String(), Cached: t.Cached.String(), Growth: t.Growth.String(), DaysPerMonth: "365/12"}}
	positive := func(n int64) *int64 {
		if n <= 0 {
			return nil
		}
		return &n
	}
	for i := range rows {
		s := &rows[i]
		d.Models = append(d.Models, spendingJSON{Model: s.Model.Model, Provider: s.Model.Provider, Currency: s.Currency, PerSession: bandOf(s.Session), PerMonth: bandOf(s.Month),
			Month12: bandOf(s.LastMonth), PerYear: bandOf(s.Year), Tokens: classesOf(&s.Tokens), Method: s.Method, Window: positive(s.Window), Overflow: positive(s.Overflow),
			LongFrom: positive(s.LongFrom), CachedFrom: positive(s.CachedFrom), Shutdown: optionalTime(s.Shutdown), Flags: append([]string{}, s.Flags.Names()...)})
	}
	return d
}

func trafficCSV(w io.Writer, rows []scenario.Spending) error {
	out := csv.NewWriter(w)
	_ = out.Write([]string{"provider", "model", "currency", "per_session", "per_month_low", "per_month", "per_month_high", "month_12", "per_year", "input_tokens", "output_tokens"})
	for i := range rows {
		s := &rows[i]
		_ = out.Write([]string{export.Guard(s.Model.Provider), export.Guard(s.Model.Model), s.Currency, s.Session.Base.String(), s.Month.Low.String(), s.Month.Base.String(), s.Month.High.String(),
			s.LastMonth.Base.String(), s.Year.Base.String(), strconv.FormatInt(s.Tokens.TotalInput(), 10), strconv.FormatInt(s.Tokens.Output, 10)})
	}
	out.Flush()
	return out.Error()
}
