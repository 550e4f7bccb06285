package focuscsv

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"tokpit/money"
	"tokpit/usage"
	"tokpit/usage/importer"
	"tokpit/usage/internal/agentlog"
	"tokpit/usage/internal/buckets"
	"tokpit/usage/internal/jsonl"
)

// decoder makes records of the rows of one file.
type decoder struct {
	o       importer.Options
	comma   byte
	at      [columns]int
	width   int // columns of the file
	fields  [][]byte
	names   jsonl.Names
	times   map[string]time.Time
	vendors map[string]string
	known   map[string]what
	key     []byte
	text    []byte
	json    agentlog.Fields
}

// what is what the texts of a row come to.
type what struct {
	tags        usage.Tags
	model, tier string
}

// maxKnown is how many different texts are remembered; bills repeat themselves.
const maxKnown = 4096

// cell returns a field without surrounding blanks; nil if the file does not have
// it. FOCUS has no word for null, but exporters do.
func (d *decoder) cell(c column) []byte {
	if d.at[c] < 0 {
		return nil
	}
	b := bytes.TrimSpace(d.fields[d.at[c]])
	switch string(b) {
	case "NULL", "null", "N/A", `\N`:
		return nil
	}
	return b
}

func (d *decoder) name(c column) string { return d.names.Of(d.cell(c)) }

// content is what a row is known by: all of its cells, but for the number of an
// invoice.
func (d *decoder) content(fields [][]byte) []byte {
	d.text = d.text[:0]
	for i, f := range fields {
		if i == d.at[invoice] {
			f = nil
		}
		d.text = binary.AppendUvarint(d.text, uint64(len(f)))
		d.text = append(d.text, f...)
	}
	return d.text
}

// record reads one row.
func (d *decoder) record(fields [][]byte) (r usage.Record, bad string) {
	if len(fields) != d.width {
		return r, fmt.Sprintf("%d fields, but the header has %d", len(fields), d.width)
	}
	d.fields = fields
	r.Source, r.Basis, r.Requests, r.Context = Name, usage.Billed, usage.Absent, usage.Absent
	if bad = d.money(&r); bad != "" {
		return r, bad
	}
	if bad = d.period(&r); bad != "" {
		return r, bad
	}
	if r.Account = d.name(billingAccount); r.Account == "default" && d.at[source] >= 0 {
		r.Account = "" // tokpit's own exports write it where there is none
	}
	service := d.cell(serviceName)
	vendor := d.cell(serviceProvider)
	if len(vendor) == 0 {
		vendor = d.cell(providerName)
	}
	r.Provider = d.provider(vendor, service)
	r.Project, r.Key, r.User = d.name(subAccount), d.name(credential), d.name(principal)
	r.Organization, r.Environment = d.name(organization), d.name(environment)
	r.Region = cmp.Or(d.name(region), d.name(regionName))
	w := d.texts()
	r.Tags, r.Model, r.Tier = w.tags, w.model, w.tier
	r.Quantities = d.consumed()
	return r, ""
}

func (d *decoder) money(r *usage.Record) (bad string) {
	raw := d.cell(billedCost)
	if len(raw) == 0 {
		return "no BilledCost"
	}
	amount, ok := d.number(raw)
	if !ok {
		return "BilledCost is not a decimal number"
	}
	r.Reported = amount
	r.Currency = cmp.Or(d.name(currency), d.o.Currency, "USD")
	for i := range len(r.Currency) {
		if c := r.Currency[i]; c < 'A' || c > 'Z' {
			r.Currency = strings.ToUpper(r.Currency)
			break
		}
	}
	return ""
}

// number reads a decimal, with the comma as its point where semicolons stand
// between fields. More than 18 decimals are rounded half to even.
func (d *decoder) number(raw []byte) (money.Amount, bool) {
	if d.comma == ';' && bytes.IndexByte(raw, '.') < 0 {
		if i := bytes.IndexByte(raw, ','); i >= 0 {
			raw = append(append(append([]byte(nil), raw[:i]...), '.'), raw[i+1:]...)
		}
	}
	if a, err := money.Parse(string(raw)); err == nil {
		return a, true
	}
	return jsonl.Decimal(raw)
}

// period reads when the charge was for.
func (d *decoder) period(r *usage.Record) (bad string) {
	start, ok := d.time(d.cell(periodStart))
	if !ok {
		return "ChargePeriodStart is not a time"
	}
	r.Start = start
	if raw := d.cell(periodEnd); len(raw) > 0 {
		if r.End, ok = d.time(raw); !ok {
			return "ChargePeriodEnd is not a time"
		}
		if r.End.Equal(start) { // a purchase at an instant
			r.End = time.Time{}
		}
	}
	if !r.End.IsZero() && r.End.Before(start) {
		return "ChargePeriodEnd is before ChargePeriodStart"
	}
	if d.at[periodEnd] < 0 && start.Truncate(24*time.Hour).Equal(start) {
		r.End = start.AddDate(0, 0, 1)
	}
	return ""
}

// time reads an instant as vendors write it. Rows of a bill share few of them.
func (d *decoder) time(raw []byte) (time.Time, bool) {
	if t, ok := d.times[string(raw)]; ok {
		return t, true
	}
	zone := d.o.Zone
	if zone == nil {
		zone = time.UTC
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 MST",
		"2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999", time.DateOnly} {
		t, err := time.ParseInLocation(layout, string(raw), zone)
		if err != nil || strings.HasSuffix(layout, "MST") && !bytes.HasSuffix(raw, []byte("UTC")) {
			continue
		}
		t = t.UTC().Truncate(time.Millisecond)
		if d.times == nil || len(d.times) >= maxKnown {
			d.times = make(map[string]time.Time)
		}
		d.times[string(raw)] = t
		return t, true
	}
	return time.Time{}, false
}

// consumed returns how much a charge is for, where that is something models are
// measured in. It is there to be looked at: what is no whole number is left out.
func (d *decoder) consumed() []usage.Quantity {
	meter, times := meterOf(d.name(unit))
	if meter == "" {
		return nil
	}
	n, ok := d.number(d.cell(quantity))
	if !ok || n.Sign() <= 0 || n.Cmp(money.FromUnits(usage.MaxTokens/times)) > 0 {
		return nil
	}
	n = money.NewRate(n).Times(times)
	var whole int64
	for _, c := range []byte(n.String()) {
		if c == '.' {
			return nil
		}
		whole = whole*10 + int64(c-'0')
	}
	return buckets.Quantities(usage.Quantity{Meter: meter, N: whole})
}

// meterOf names what a unit counts, and how many of them it is.
func meterOf(unit string) (meter string, times int64) {
	switch strings.ToLower(unit) {
	case "tokens", "token":
		return "billed_tokens", 1
	case "1k tokens", "1000 tokens", "1,000 tokens", "thousand tokens":
		return "billed_tokens", 1000
	case "1m tokens", "1000000 tokens", "1,000,000 tokens", "million tokens":
		return "billed_tokens", 1_000_000
	case "images", "image":
		return "billed_images", 1
	case "characters", "character":
		return "billed_characters", 1
	}
	return "", 0
}
