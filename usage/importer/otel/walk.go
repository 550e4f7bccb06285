package otel

import (
	"bytes"
	"strconv"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/agentlog"
	"tokpit/usage/internal/jsonl"
	"tokpit/usage/internal/jsonscan"
)

// decoder reads one object of a file after the other.
type decoder struct {
	f     agentlog.Fields
	names jsonl.Names
	items []item
	it    item // that is being read
	m     metric
	turns []turn
}

// turn is a span without counts that names what the calls inside it do not.
type turn struct{ trace, model, session string }

// done judges the item that has been read, and keeps it if it says something.
func (d *decoder) done() {
	it := &d.it
	it.judge()
	switch {
	case it.rank != nothing:
		d.items = append(d.items, *it)
	case it.span && it.trace != "" && it.asked != "":
		d.turns = append(d.turns, turn{it.trace, it.asked, it.session})
	}
}

// row reads an object: an export of OTLP, or one of the JavaScript SDK.
func (d *decoder) row(text []byte) (bad string) {
	d.items, d.turns, d.it, d.m = d.items[:0], d.turns[:0], newItem(), metric{}
	f := &d.f
	f.Read(text)
	for ok := f.Object(); ok; ok = f.Next() {
		switch string(f.Key()) {
		case "resourceSpans", "resourceLogs", "resourceMetrics":
			d.each(d.resource)
		case "scopeMetrics":
			d.each(d.scope)
		case "resource":
			d.about(&d.it)
		default:
			d.member(string(f.Key()))
		}
	}
	if err := f.End(); err != nil {
		return err.Error()
	}
	if d.m.points != nil {
		d.measured(&d.it)
		d.it = newItem()
	}
	d.done()
	return f.Bad
}

// each walks a list of objects.
func (d *decoder) each(one func()) {
	f := &d.f
	if f.Kind() != jsonscan.Array {
		f.Skip()
		return
	}
	for ok := f.Elements(); ok; ok = f.More() {
		if f.Kind() == jsonscan.Object {
			one()
		} else {
			f.Skip()
		}
	}
}

// resource reads what one program says, and gives its name to all of it.
func (d *decoder) resource() {
	f, first, about := &d.f, len(d.items), newItem()
	for ok := f.Object(); ok; ok = f.Next() {
		switch string(f.Key()) {
		case "resource":
			d.about(&about)
		case "scopeSpans", "scopeLogs", "scopeMetrics", "instrumentationLibrarySpans":
			d.each(d.scope)
		default:
			f.Skip()
		}
	}
	if d.m.points != nil {
		d.measured(&about)
	}
	for i := first; i < len(d.items); i++ {
		d.items[i].belongs(&about)
	}
}

// belongs fills in what the resource says.
func (it *item) belongs(r *item) {
	for _, x := range []struct {
		to   *string
		from string
	}{{&it.service, r.service}, {&it.machine, r.machine}, {&it.env, r.env}, {&it.session, r.session}, {&it.user, r.user}, {&it.email, r.email},
		{&it.org, r.org}, {&it.region, r.region}} {
		fill(x.to, x.from)
	}
}

func (d *decoder) scope() {
	f := &d.f
	for ok := f.Object(); ok; ok = f.Next() {
		switch string(f.Key()) {
		case "spans":
			d.each(func() { d.one(true) })
		case "logRecords":
			d.each(func() { d.one(false) })
		case "metrics":
			d.each(d.metric)
		default:
			f.Skip()
		}
	}
}

// one reads a span or a log record of OTLP.
func (d *decoder) one(span bool) {
	f := &d.f
	outer := d.it
	d.it = newItem()
	d.it.span = span
	for ok := f.Object(); ok; ok = f.Next() {
		d.member(string(f.Key()))
	}
	d.it.span = span
	d.done()
	d.it = outer
}

// member reads a member of a span or log record, of either form.
func (d *decoder) member(key string) {
	f, it := &d.f, &d.it
	switch key {
	case "type":
		it.span = string(f.Lenient()) == "span"
	case "traceId":
		it.trace = d.id()
	case "spanId":
		it.id = d.id()
	case "parentSpanId":
		it.parent = d.id()
	case "spanContext", "_spanContext", "parentSpanContext":
		parent := key == "parentSpanContext"
		d.inside(func(k string) bool {
			switch {
			case k == "traceId":
				it.trace = d.id()
			case k == "spanId" && parent:
				it.parent = d.id()
			case k == "spanId":
				it.id = d.id()
			default:
				return false
			}
			return true
		})
	case "name":
		it.name = d.text()
	case "eventName":
		fill(&it.event, d.text())
	case "startTimeUnixNano", "startTime":
		it.started = d.instant()
	case "endTimeUnixNano", "endTime":
		it.at, it.span = d.instant(), true
	case "timeUnixNano", "hrTime":
		it.at = d.instant()
	case "observedTimeUnixNano", "hrTimeObserved":
		it.observed = d.instant()
	case "attributes":
		d.attributes(func(k []byte, v value) { d.attribute(it, k, v) })
	case "resource":
		d.about(it)
	default:
		f.Skip()
	}
}

func (d *decoder) inside(each func(key string) bool) {
	if d.f.Kind() != jsonscan.Object {
		d.f.Skip()
		return
	}
	d.f.Members("", each)
}

func (d *decoder) text() string { return d.names.Of(d.f.Lenient()) }

// id takes an identifier, of which there are many: it is not remembered.
func (d *decoder) id() string {
	if b := d.f.Lenient(); len(b) > 0 {
		return jsonl.ID(b)
	}
	return ""
}

// about reads a resource of either form: a map of attributes, a list of OTLP's, or a
// list of pairs.
func (d *decoder) about(it *item) {
	d.inside(func(key string) bool {
		switch key {
		case "attributes", "_attributes":
			d.attributes(func(k []byte, v value) { d.attribute(it, k, v) })
		case "_rawAttributes":
			d.pairs(it)
		default:
			return false
		}
		return true
	})
}

func (d *decoder) pairs(it *item) {
	f := &d.f
	if f.Kind() != jsonscan.Array {
		f.Skip()
		return
	}
	for ok := f.Elements(); ok; ok = f.More() {
		if f.Kind() != jsonscan.Array {
			f.Skip()
			continue
		}
		var key []byte
		n := 0
		for ok := f.Elements(); ok; ok = f.More() {
			switch n {
			case 0:
				key = f.Lenient()
			case 1:
				d.attribute(it, key, d.plain())
			default:
				f.Skip()
			}
			n++
		}
	}
}

// value is the text or number of an attribute.
type value struct {
	b      []byte
	number bool
}

// attributes walks a plain map, or OTLP's list of {key, value}.
func (d *decoder) attributes(each func(key []byte, v value)) {
	f := &d.f
	switch f.Kind() {
	case jsonscan.Object:
		for ok := f.Object(); ok; ok = f.Next() {
			key := f.Key()
			each(key, d.plain())
		}
	case jsonscan.Array:
		d.each(func() {
			var key []byte
			var v value
			for ok := f.Object(); ok; ok = f.Next() {
				switch string(f.Key()) {
				case "key":
					key = f.Lenient()
				case "value":
					v = d.wrapped()
				default:
					f.Skip()
				}
			}
			each(key, v)
		})
	default:
		f.Skip()
	}
}

// plain takes a text, a number or a truth; anything else is nothing.
func (d *decoder) plain() value {
	switch d.f.Kind() {
	case jsonscan.String:
		b, _ := d.f.Text()
		return value{b, false}
	case jsonscan.Number:
		b, _ := d.f.Raw()
		return value{b, true}
	}
	d.f.Skip()
	return value{}
}

// wrapped takes OTLP's AnyValue.
func (d *decoder) wrapped() (v value) {
	d.inside(func(kind string) bool {
		switch kind {
		case "stringValue":
			v = value{d.f.Lenient(), false}
		case "intValue", "doubleValue":
			v = d.plain()
			v.number = true
		default:
			return false
		}
		return true
	})
	return v
}

// whole reads a count, which OTLP writes as text and some programs as a fraction
// with nothing behind its point.
func (d *decoder) whole(key []byte, v value) int64 {
	if v.b == nil {
		return -1
	}
	digits, rest, _ := bytes.Cut(v.b, []byte{'.'})
	n, err := strconv.ParseInt(string(digits), 10, 64)
	switch {
	case err != nil || len(bytes.Trim(rest, "0")) > 0:
		d.f.Slip(string(key), jsonscan.NotWhole.String())
	case n < 0:
		d.f.Slip(string(key), jsonscan.Negative.String())
	case n > usage.MaxTokens:
		d.f.Slip(string(key), jsonscan.TooLarge.String())
	default:
		return n
	}
	return -1
}

// instant takes nanoseconds since 1970 as a text or number, or [seconds,
// nanoseconds]; 0 and anything else is no time.
func (d *decoder) instant() time.Time {
	f := &d.f
	if f.Kind() == jsonscan.Array {
		return f.Pair()
	}
	v := d.plain()
	n, err := strconv.ParseInt(string(v.b), 10, 64)
	if err != nil || n <= 0 {
		return jsonl.Time(v.b)
	}
	return time.Unix(0, n).UTC()
}
