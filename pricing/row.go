package pricing

import (
	"time"

	"tokpit/money"
)

// Class is one billing class of tokens, in the order of the fields of [Rates].
type Class uint8

// The billing classes.
const (
	Input Class = iota
	CacheRead
	CacheWrite5m
	CacheWrite1h
	Output
	classCount
)

var classNames = [classCount]string{"input", "cache_read", "cache_write_5m", "cache_write_1h", "output"}

// String returns the class's name as reports spell it ("cache_read").
func (c Class) String() string {
	if c < classCount {
		return classNames[c]
	}
	return ""
}

// Classes is a set of classes.
type Classes uint8

// Has reports whether the set holds c.
func (s Classes) Has(c Class) bool { return s&(1<<c) != 0 }

// With returns the set with c added.
func (s Classes) With(c Class) Classes { return s | 1<<c }

// Rates are the prices of one token by class. A class that is not in Known has
// no price; its rate is zero and means nothing.
type Rates struct {
	Input, CacheRead, CacheWrite5m, CacheWrite1h, Output money.Rate
	Known                                                Classes
}

// Of returns the rate of a class and whether it has one.
func (r *Rates) Of(c Class) (money.Rate, bool) {
	if p := r.at(c); p != nil {
		return *p, r.Known.Has(c)
	}
	return money.Rate{}, false
}

// Set gives a class a rate.
func (r *Rates) Set(c Class, rate money.Rate) {
	if p := r.at(c); p != nil {
		*p, r.Known = rate, r.Known.With(c)
	}
}

func (r *Rates) at(c Class) *money.Rate {
	switch c {
	case Input:
		return &r.Input
	case CacheRead:
		return &r.CacheRead
	case CacheWrite5m:
		return &r.CacheWrite5m
	case CacheWrite1h:
		return &r.CacheWrite1h
	case Output:
		return &r.Output
	}
	return nil
}

// billed returns the rates that a vendor bills by: a cache class without a
// price of its own is billed like any other input. Output has no such
// fall-back.
func (r Rates) billed() Rates {
	if !r.Known.Has(Input) {
		return r
	}
	for _, c := range [...]Class{CacheRead, CacheWrite5m, CacheWrite1h} {
		if !r.Known.Has(c) {
			r.Set(c, r.Input)
		}
	}
	return r
}

// scaled returns every rate × num/den, rounded half to even at 1e-18.
func (r Rates) scaled(num, den int64) Rates {
	if num == den {
		return r
	}
	for c := Input; c < classCount; c++ {
		p := r.at(c)
		*p = p.Scale(num, den)
	}
	return r
}

// Status says what kind of promise a price is.
type Status uint8

// The statuses.
const (
	Listed    Status = iota
	Promo            // announced as temporary
	Scheduled        // announced for a later date
)

var statusNames = [...]string{"", "promo", "scheduled"}

// String returns "" for a plain list price, else the status.
func (s Status) String() string { return nameAt(statusNames[:], int(s)) }

// Confidence says how well the instant and the figures of a row are known.
type Confidence uint8

// The confidences, best first.
const (
	Exact        Confidence = iota // the vendor printed rate and instant
	Release                        // in force since the model's release
	Announcement                   // dated by an announcement
	FirstSeen                      // the instant is when a public list first had it
	Approx                         // the instant or a figure is approximate
	Assumed                        // derived by the vendor's general rule
)

var confidenceNames = [...]string{"exact", "release", "announcement", "first-seen", "approx", "assumed"}

// String returns the confidence in lower case ("first-seen").
func (c Confidence) String() string { return nameAt(confidenceNames[:], int(c)) }

func nameAt(names []string, i int) string {
	if i < len(names) {
		return names[i]
	}
	return ""
}

// Hours limits a row to part of the day, in minutes of the UTC day: [Start,
// End), never across midnight. Weekdays leaves out Saturday and Sunday (UTC).
// The zero value is the whole day.
type Hours struct {
	Start, End uint16
	Weekdays   bool
}

// Context limits a row to requests by their total input. The zero value is any
// request.
type Context struct {
	Over      int64 // tokens
	Inclusive bool  // at Over and above; otherwise strictly above
}

// first is the smallest total that the limit lets in.
func (c Context) first() int64 {
	if c.Over == 0 || c.Inclusive {
		return c.Over
	}
	return c.Over + 1
}

// Row is one price: the rates of one model under one set of conditions while
// [From, To) lasts. A row of tier "standard" with no limits is a base row;
// all others refine one.
type Row struct {
	Provider, Model string
	Tier            string // "standard", "batch", "flex", "priority", "fast"
	Context         Context
	Hours           Hours
	From, To        time.Time // UTC; zero To is open
	Rates           Rates     // as published
	Currency        string    // ISO 4217
	// Window and MaxOutput are the model's limits in tokens; 0 is not known.
	// Only base rows have them.
	Window, MaxOutput int64
	Status            Status
	Confidence        Confidence
	Source            string
	Learned           time.Time // when the book learned the price
	Origin            Origin
}

// Base reports whether the row is a base row.
func (r *Row) Base() bool {
	return r.Tier == Standard && r.Context == Context{} && r.Hours == Hours{}
}

// in reports whether the row is in force at t.
func (r *Row) in(t int64) bool {
	return r.From.Unix() <= t && (r.To.IsZero() || t < r.To.Unix())
}

// Name is one entry of the alias table: while [From, To) lasts, Alias at
// Provider is Model.
type Name struct {
	Provider, Alias, Model string
	From, To               time.Time // zero is open
	Free                   bool      // costs nothing and needs no row
	Assumed                bool      // the dates or the target are likely, not documented
}

// Provider is one spelling of a provider's name. A host bills for models that
// others make; names without an address are never looked up there.
type Provider struct {
	Alias, Name string
	Host        bool
}

// Meter is the price of one unit of something that is not a token.
type Meter struct {
	Provider, Meter string
	From, To        time.Time
	Rate            money.Rate // per unit
	Currency        string
	Confidence      Confidence
	Source          string
	Learned         time.Time
}

// Region is a surcharge on every token rate where inference is kept in one
// region. It applies to models launched on or after Launched (the zero time:
// to all that no later entry covers).
type Region struct {
	Provider, Region string
	Launched         time.Time
	Num, Den         int64
	Source           string
}
