package prices

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/tui/ui"
)

// The classes in the order of the columns, with what they are called here.
func classes() []pricing.Class {
	return []pricing.Class{pricing.Input, pricing.CacheRead, pricing.CacheWrite5m, pricing.CacheWrite1h, pricing.Output}
}

func className(c pricing.Class) string {
	switch c {
	case pricing.CacheRead:
		return "cached"
	case pricing.CacheWrite5m:
		return "5m write"
	case pricing.CacheWrite1h:
		return "1h write"
	}
	return c.String()
}

// unitName is a unit in words: "per 1M tokens".
func unitName(u pricing.Unit) string {
	if s := u.String(); u == pricing.PerMillion || u == pricing.PerThousand {
		return s + " tokens"
	} else if u == pricing.Per750Words {
		return s + " (1K tokens)"
	}
	return u.String()
}

// What a price cell says where there is no figure.
const (
	atInput = "at input" // billed like any other input
	noPrice = "no price" // tokens of the class are unpriced
	// sameAsInput is atInput in a column of which most cells say it.
	sameAsInput = "·"
	free        = "free"
)

// priceText writes the price of a class. Billed are the rates with the book's
// fall-backs in them, own those that were published.
func priceText(billed, own *pricing.Rates, c pricing.Class, u pricing.Unit) string {
	rate, known := billed.Of(c)
	cache := c != pricing.Input && c != pricing.Output
	switch {
	case cache && !own.Known.Has(c) && billed.Known.Has(pricing.Input):
		return atInput
	case !known:
		return noPrice
	case rate.IsZero():
		return free
	}
	return u.Of(rate).String()
}

// ratesText lists all prices: "input 5, cached 0.5, output 25". Classes that are
// billed at input are left out.
func ratesText(billed, own *pricing.Rates, u pricing.Unit) string {
	var parts []string
	for _, c := range classes() {
		if s := priceText(billed, own, c, u); s != atInput {
			parts = append(parts, className(c)+" "+s)
		}
	}
	return strings.Join(parts, ", ")
}

// day writes a day, with its year unless that is the current one.
func day(t, now time.Time) string {
	if t.Year() == now.Year() {
		return t.Format("2 Jan")
	}
	return t.Format("2 Jan 06")
}

// instant writes when something begins: the time of day too if it is not
// midnight UTC.
func instant(t time.Time) string {
	t = t.UTC()
	if t.Hour() == 0 && t.Minute() == 0 {
		return t.Format("2 Jan 2006")
	}
	return t.Format("2 Jan 2006 15:04") + " UTC"
}

// span writes a row's time: "1 Feb 2026 – now".
func span(from, to, now time.Time) string {
	s := "ever"
	if !from.IsZero() {
		s = from.Format("2 Jan 2006")
	}
	switch {
	case !to.IsZero():
		return s + " – " + to.Format("2 Jan 2006")
	case from.After(now):
		return "from " + s
	}
	return s + " – now"
}

// ahead writes how long until t: "today", "in 1 day", "in 21 days", "in 14
// months"; or how long ago it was.
func ahead(now, t time.Time) string {
	days := int(math.Ceil(t.Sub(now).Hours() / 24))
	switch {
	case days == 0:
		return "today"
	case days < 0:
		return count(-days, "day") + " ago"
	case days > 90:
		return "in " + count(days*12/365, "month")
	}
	return "in " + count(days, "day")
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return ui.Count(int64(n)) + " " + noun + "s"
}

// conditions says which requests a row is for: "batch, over 200,000 tokens".
func conditions(r *pricing.Row) string {
	var parts []string
	if r.Tier != pricing.Standard {
		parts = append(parts, r.Tier)
	}
	switch n := ui.Group(ui.Digits(r.Context.Over)); {
	case r.Context.Over == 0:
	case r.Context.Inclusive:
		parts = append(parts, "from "+n+" tokens")
	default:
		parts = append(parts, "over "+n+" tokens")
	}
	if h := r.Hours; h != (pricing.Hours{}) {
		s := fmt.Sprintf("%02d:%02d–%02d:%02d UTC", h.Start/60, h.Start%60, h.End/60, h.End%60)
		if h.Weekdays {
			s += " Mon–Fri"
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, ", ")
}

// sure says how well a row is known.
func sure(r *pricing.Row) string {
	switch {
	case r.Origin == pricing.Override:
		return "your own price, from the configuration"
	case r.Confidence == pricing.Exact:
		return "the vendor printed price and date"
	case r.Confidence == pricing.Release:
		return "in force since the model's release"
	case r.Confidence == pricing.Announcement:
		return "dated by an announcement"
	case r.Confidence == pricing.FirstSeen:
		return "dated by when a public list first had it, so it may be older"
	case r.Confidence == pricing.Approx:
		return "date or figure is approximate"
	case r.Confidence == pricing.Assumed:
		return "follows from the vendor's general rule, not printed for this model"
	}
	return ""
}

// factors writes what a change multiplies prices by: "×0.8", "×0.5 to ×0.8".
func factors(c *pricing.Change) string {
	low, high := math.Inf(1), math.Inf(-1)
	for _, k := range classes() {
		before, had := c.Before.Rates.Of(k)
		after, has := c.After.Rates.Of(k)
		if !had || !has || before == after {
			continue
		}
		if before.IsZero() {
			return "no longer free"
		}
		// For people; nothing is computed from it.
		f := after.Amount().Float() / before.Amount().Float()
		low, high = min(low, f), max(high, f)
	}
	switch lowText, highText := factor(low, 2), factor(high, 2); {
	case low > high:
		return ""
	case high == 0:
		return "now free"
	case lowText == highText:
		return factor(high, 3)
	default:
		return lowText + " to " + highText
	}
}

func factor(f float64, digits int) string {
	if f >= 100 {
		return "×" + strconv.FormatFloat(f, 'f', 0, 64)
	}
	return "×" + strconv.FormatFloat(f, 'g', digits, 64)
}

// signed writes a difference of money with its sign, and a direction.
func signed(d money.Amount, currency string) string {
	switch d.Sign() {
	case 0:
		return "the same"
	case 1:
		return "+" + ui.Money(d, currency)
	}
	return "−" + ui.Money(d.Neg(), currency)
}
