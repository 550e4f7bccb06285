package report

import (
	"bufio"
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

// A frozen ledger is kept as lines of JSON: names first, then an entry to a
// line. The hash of a close is that of these lines. The document has them
// compressed, with the version before and the hash of everything behind, so that
// no bit of it can change unseen.

const (
	frozenVersion = 1
	frozenMagic   = "tokpit close\n"
)

// frozenLine is an entry.
type frozenLine struct {
	Since, Until string
	Keys         []string
	Dims         frozenDims
	Plan         *frozenPlan `json:",omitempty"`
	Planned      bool        `json:",omitempty"`
	Mixed        bool        `json:",omitempty"`
	Tariff       frozenTariff
	Price        frozenPrice
	Records      int64            `json:",omitempty"`
	Requests     int64            `json:",omitempty"`
	Uncounted    int64            `json:",omitempty"`
	Tokens       [6]int64         // input, cache read, written for 5m and 1h, output, reasoning
	Quantities   []frozenQuantity `json:",omitempty"`
	Reported     []frozenCharged  `json:",omitempty"`
	Charge       frozenCharge
	Correction   *frozenCorrection `json:",omitempty"`
}

type frozenDims struct {
	Source, Account, Provider, Organization, Environment, Project, Key, Model, Tier, Region string `json:",omitempty"`
	Tags                                                                                    string `json:",omitempty"`
	Basis                                                                                   uint8  `json:",omitempty"`
	Lo, End                                                                                 int64  `json:",omitempty"`
}

type frozenQuantity struct {
	Meter string
	N     int64
}

type frozenCharged struct {
	Currency string
	Amount   money.Amount
	Records  int64
}

type frozenPlan struct {
	Source, Monthly, Currency, From string
	To                              string `json:",omitempty"`
}

type frozenTariff struct {
	Provider, Model, Tier, Currency string       `json:",omitempty"`
	From, Until                     string       `json:",omitempty"`
	Priced, Estimated, Free         bool         `json:",omitempty"`
	Rates                           []string     `json:",omitempty"` // of a token, by class; "" is not known
	Discount                        *[2]int64    `json:",omitempty"`
	Units                           []frozenUnit `json:",omitempty"`
}

type frozenUnit struct{ Meter, Rate string }

type frozenPrice struct {
	Provider, Model, Tier, Currency string   `json:",omitempty"`
	From, Source                    string   `json:",omitempty"`
	Over                            int64    `json:",omitempty"`
	Inclusive                       bool     `json:",omitempty"`
	Rates                           []string `json:",omitempty"`
}

type frozenCharge struct {
	Currency                  string       `json:",omitempty"`
	Cost, Low, High           money.Amount // exact decimals
	Priced, Ranged, Estimated bool         `json:",omitempty"`
	UnpricedTokens            int64        `json:",omitempty"`
	UnpricedQuantities        int64        `json:",omitempty"`
}

type frozenCorrection struct {
	Cycle   string
	Cash    money.Amount
	Further bool `json:",omitempty"`
	Causes  []CorrectionCause
}

// frozenHead is the first line.
type frozenHead struct {
	Version int
	By      []usage.Dimension // of the keys
	Names   []frozenName
}

type frozenName struct{ Kind, ID, Name string }

// lines writes the frozen entries.
func (f *Frozen) lines(w io.Writer) error {
	out := bufio.NewWriter(w)
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	head := frozenHead{Version: frozenVersion, By: LedgerBy(), Names: []frozenName{}}
	for _, k := range f.names {
		head.Names = append(head.Names, frozenName{string(k.Kind), k.ID, k.Name})
	}
	if err := e.Encode(head); err != nil {
		return err
	}
	for i := range f.Entries {
		if err := e.Encode(lineOf(&f.Entries[i])); err != nil {
			return err
		}
	}
	return out.Flush()
}

func (f *Frozen) hash() string {
	sum := sha256.New()
	_ = f.lines(sum) // which takes everything
	return hex.EncodeToString(sum.Sum(nil))
}

// Document returns the frozen entries as bytes that [OpenFrozen] reads.
func (f *Frozen) Document() ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(frozenMagic)
	b.WriteByte(frozenVersion)
	z, err := flate.NewWriter(&b, flate.DefaultCompression)
	if err == nil {
		err = f.lines(z)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(b.Bytes())
	return append(b.Bytes(), sum[:]...), nil
}

// OpenFrozen reads the document of a close. The error wraps [ErrDamaged] if it
// is not, byte for byte, what was frozen, and [ErrNewerClose].
func OpenFrozen(c Close, document []byte) (*Frozen, error) {
	damaged := func(what string) error { return fmt.Errorf("close %.80q: %w: %s", c.Name(), ErrDamaged, what) }
	const head = len(frozenMagic) + 1
	if len(document) < head+sha256.Size || string(document[:len(frozenMagic)]) != frozenMagic {
		return nil, damaged("it is no frozen ledger")
	}
	body, sum := document[:len(document)-sha256.Size], document[len(document)-sha256.Size:]
	if got := sha256.Sum256(body); !bytes.Equal(got[:], sum) {
		return nil, damaged("its checksum is wrong")
	}
	if v := body[head-1]; v > frozenVersion {
		return nil, fmt.Errorf("close %.80q: %w", c.Name(), ErrNewerClose)
	}
	hash := sha256.New()
	f := &Frozen{Close: c}
	if err := f.read(io.TeeReader(flate.NewReader(bytes.NewReader(body[head:])), hash)); err != nil {
		return nil, damaged(err.Error())
	}
	switch {
	case hex.EncodeToString(hash.Sum(nil)) != c.Hash:
		return nil, damaged("it is another one than was closed")
	case int64(len(f.Entries)) != c.Entries:
		return nil, damaged("entries are missing")
	}
	return f, nil
}

func (f *Frozen) read(r io.Reader) error {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	var head frozenHead
	if err := d.Decode(&head); err != nil {
		return err
	}
	for _, n := range head.Names {
		f.names = append(f.names, usage.Known{Entity: usage.Entity{Kind: usage.Dimension(n.Kind), ID: n.ID, Name: n.Name}})
	}
	for {
		var line frozenLine
		switch err := d.Decode(&line); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		e, err := line.entry()
		if err != nil {
			return err
		}
		e.Book = f.Book
		f.Entries = append(f.Entries, e)
	}
}

func lineOf(e *Entry) *frozenLine {
	d := e.Dims
	l := &frozenLine{Since: instantOf(e.Span.Since), Until: instantOf(e.Span.Until), Keys: e.Keys, Planned: e.Planned, Mixed: e.Mixed,
		Dims: frozenDims{d.Source, d.Account, d.Provider, d.Organization, d.Environment, d.Project, d.Key, d.Model, d.Tier, d.Region,
			string(d.Tags), uint8(d.Basis), d.Band.Lo, d.Band.End},
		Records: e.Records, Requests: e.Requests, Uncounted: e.Uncounted,
		Tokens: [6]int64{e.Input, e.CacheRead, e.CacheWrite5m, e.CacheWrite1h, e.Output, e.Reasoning},
		Charge: frozenCharge{e.Charge.Currency, e.Charge.Cost, e.Charge.Low, e.Charge.High, e.Charge.Priced, e.Charge.Ranged, e.Charge.Estimated,
			e.Charge.UnpricedTokens, e.Charge.UnpricedQuantities}}
	for _, q := range e.Quantities {
		l.Quantities = append(l.Quantities, frozenQuantity(q))
	}
	for _, c := range e.Reported {
		l.Reported = append(l.Reported, frozenCharged(c))
	}
	if p := e.Plan; p != nil {
		l.Plan = &frozenPlan{p.Source, p.Monthly.String(), p.Currency, instantOf(p.From), instantOf(p.To)}
	}
	t := &e.Tariff
	l.Tariff = frozenTariff{Provider: t.Provider, Model: t.Model, Tier: t.Tier, Currency: t.Currency, From: instantOf(t.From), Until: instantOf(t.Until),
		Priced: t.Priced, Estimated: t.Estimated, Free: t.Free, Rates: ratesOf(&t.Base)}
	if !t.Discount.One() {
		l.Tariff.Discount = &[2]int64{t.Discount.Num, t.Discount.Den}
	}
	for _, u := range e.units {
		l.Tariff.Units = append(l.Tariff.Units, frozenUnit{u.meter, u.rate.Amount().String()})
	}
	p := &e.Price
	l.Price = frozenPrice{p.Provider, p.Model, p.Tier, p.Currency, instantOf(p.From), p.Source, p.Context.Over, p.Context.Inclusive, ratesOf(&p.Rates)}
	if c := e.Correction; c != nil {
		l.Correction = &frozenCorrection{c.Cycle, c.Cash, c.Further, c.Causes}
	}
	return l
}

func (l *frozenLine) entry() (Entry, error) {
	r := frozenReader{}
	d := &l.Dims
	c, n := &l.Charge, &l.Tokens
	e := Entry{Span: usage.Span{Since: r.instant(l.Since), Until: r.instant(l.Until)}, Keys: l.Keys, Planned: l.Planned, Mixed: l.Mixed, frozen: true,
		Dims: &usage.Dims{Source: d.Source, Account: d.Account, Provider: d.Provider, Organization: d.Organization, Environment: d.Environment,
			Project: d.Project, Key: d.Key, Model: d.Model, Tier: d.Tier, Region: d.Region, Tags: usage.Tags(d.Tags), Basis: usage.Basis(d.Basis),
			Band: usage.Band{Lo: d.Lo, End: d.End}},
		Measures: usage.Measures{Records: l.Records, Requests: l.Requests, Uncounted: l.Uncounted,
			Tokens: usage.Tokens{Input: n[0], CacheRead: n[1], CacheWrite5m: n[2], CacheWrite1h: n[3], Output: n[4], Reasoning: n[5]}},
		Charge: pricing.Charge{Cost: c.Cost, Low: c.Low, High: c.High, Priced: c.Priced, Ranged: c.Ranged, Estimated: c.Estimated,
			UnpricedTokens: c.UnpricedTokens, UnpricedQuantities: c.UnpricedQuantities, Currency: c.Currency}}
	for _, q := range l.Quantities {
		e.Quantities = append(e.Quantities, usage.Quantity(q))
	}
	for _, c := range l.Reported {
		e.Reported = append(e.Reported, usage.Charged(c))
	}
	if p := l.Plan; p != nil {
		e.Plan = &pricing.Plan{Source: p.Source, Monthly: r.amount(p.Monthly), Currency: p.Currency, From: r.instant(p.From), To: r.instant(p.To)}
	}
	t := &l.Tariff
	e.Tariff = pricing.Tariff{Provider: t.Provider, Model: t.Model, Tier: t.Tier, Currency: t.Currency, From: r.instant(t.From), Until: r.instant(t.Until),
		Priced: t.Priced, Estimated: t.Estimated, Free: t.Free, Base: r.rates(t.Rates)}
	if t.Discount != nil {
		e.Tariff.Discount = pricing.Factor{Num: t.Discount[0], Den: t.Discount[1]}
	}
	for _, u := range t.Units {
		e.units = append(e.units, unitRate{u.Meter, money.NewRate(r.amount(u.Rate))})
	}
	p := &l.Price
	e.Price = pricing.Row{Provider: p.Provider, Model: p.Model, Tier: p.Tier, Currency: p.Currency, From: r.instant(p.From), Source: p.Source,
		Context: pricing.Context{Over: p.Over, Inclusive: p.Inclusive}, Rates: r.rates(p.Rates)}
	if x := l.Correction; x != nil {
		e.Correction = &Correction{Cycle: x.Cycle, Cash: x.Cash, Further: x.Further, Causes: x.Causes}
	}
	return e, r.err
}

// frozenReader reads texts; the first error stays.
type frozenReader struct{ err error }

func (r *frozenReader) keep(err error) {
	if r.err == nil {
		r.err = err
	}
}

func (r *frozenReader) instant(s string) time.Time {
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	r.keep(err)
	return t.UTC()
}

func (r *frozenReader) amount(s string) money.Amount {
	a, err := money.Parse(s)
	r.keep(err)
	return a
}

func (r *frozenReader) rates(all []string) pricing.Rates {
	var out pricing.Rates
	for i, s := range all {
		if s != "" {
			out.Set(pricing.Class(i), money.NewRate(r.amount(s)))
		}
	}
	return out
}

func ratesOf(of *pricing.Rates) []string {
	var out []string
	for k := pricing.Input; k <= pricing.Output; k++ {
		rate, known := of.Of(k)
		if !known {
			out = append(out, "")
			continue
		}
		out = append(out, rate.Amount().String())
	}
	if of.Known == 0 {
		return nil
	}
	return out
}

func instantOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// closeText is a close as the trail of decisions has it.
type closeText struct {
	Version  int          `json:"v"`
	Cycle    string       `json:"cycle"`
	Hash     string       `json:"sha256"` // among the first, so that a glance at the trail shows it
	Since    string       `json:"since"`
	Until    string       `json:"until"`
	Account  string       `json:"account,omitempty"`
	Except   []string     `json:"except,omitempty"`
	At       string       `json:"closed_at"`
	Book     string       `json:"price_book"`
	Revision uint64       `json:"revision"`
	Entries  int64        `json:"entries"`
	Totals   []CloseTotal `json:"totals"`
	Booked   []CloseTotal `json:"corrections,omitempty"`
	Tokens   int64        `json:"tokens"`
	Unpriced int64        `json:"unpriced_tokens,omitempty"`
}

// Encode returns the close as text that [DecodeClose] reads.
func (c *Close) Encode() string {
	text, err := json.Marshal(closeText{frozenVersion, c.Cycle, c.Hash, instantOf(c.Span.Since), instantOf(c.Span.Until), c.Account, c.Except, instantOf(c.At),
		c.Book, c.Revision, c.Entries, c.Totals, c.Booked, c.Tokens, c.UnpricedTokens})
	if err != nil { // it holds texts and numbers only: nothing can fail
		return ""
	}
	return string(text)
}

// DecodeClose reads what [Close.Encode] wrote. The error wraps [ErrDamaged] or
// [ErrNewerClose].
func DecodeClose(name, text string) (Close, error) {
	var t closeText
	if err := json.Unmarshal([]byte(text), &t); err != nil {
		return Close{}, fmt.Errorf("close %.80q: %w: %w", name, ErrDamaged, err)
	}
	if t.Version > frozenVersion {
		return Close{}, fmt.Errorf("close %.80q: %w", name, ErrNewerClose)
	}
	r := frozenReader{}
	c := Close{t.Cycle, usage.Span{Since: r.instant(t.Since), Until: r.instant(t.Until)}, t.Account, t.Except, r.instant(t.At), t.Book, t.Revision,
		t.Entries, t.Hash, t.Totals, t.Booked, t.Tokens, t.Unpriced}
	if r.err != nil || c.Name() != name || !c.Span.Since.Before(c.Span.Until) || c.At.Before(c.Span.Until) {
		return c, fmt.Errorf("close %.80q: %w: it says something else", name, ErrDamaged)
	}
	return c, nil
}
