package bundle

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"tokpit/money"
	"tokpit/usage"
	"tokpit/usage/internal/jsonscan"
)

// kind is what a line is.
type kind uint8

const (
	headerLine kind = iota + 1
	connectionLine
	coveredLine
	entityLine
	goneLine
	dayLine
	dimsLine
	recordLine
	endLine
)

// decoder reads lines, one at a time; what the last one said is in its fields.
type decoder struct {
	scan  jsonscan.Scanner
	minor int64 // of the bundle
	err   error // of the line at hand

	header     Header
	connection Connection
	covered    usage.Coverage
	entity     usage.Known
	fate       usage.Fate
	day        time.Time
	version    Version
	record     usage.Record
	turns      int64
	end        trailer

	sets   []usage.Dims
	meters map[string]string

	// The minute of the last instant: nearly always that of the next one, too.
	minute [len("2006-01-02T15:04")]byte
	began  time.Time
}

// read decodes a line without its line feed.
func (d *decoder) read(line []byte) (kind, error) {
	d.err = nil
	s := &d.scan
	s.Reset(line)
	if !s.Object() {
		return 0, fmt.Errorf("%w: no object", ErrDamaged)
	}
	k := d.begin(string(s.Key()))
	if k != 0 && d.err == nil {
		for s.Next() && d.err == nil {
			if k == recordLine { // nearly all are
				d.recordMember(s.Key())
			} else {
				d.member(k, string(s.Key()))
			}
		}
	}
	if d.err == nil && s.End() != nil {
		d.err = fmt.Errorf("%w: %w", ErrDamaged, s.End())
	}
	return k, d.err
}

// begin takes the first member, which says what the line is.
func (d *decoder) begin(key string) kind {
	switch key {
	case "id":
		d.record, d.turns = usage.Record{}, 0
		d.record.Requests, d.record.Context = usage.Absent, usage.Absent
		d.record.ID = d.text()
		return recordLine
	case "dims":
		return d.beginDims()
	case "schema":
		d.header = Header{}
		if schema := d.text(); schema != Schema {
			d.err = fmt.Errorf("%w: %.80q", ErrForeign, schema)
			if strings.HasPrefix(schema, "tokpit.bundle/") {
				d.err = fmt.Errorf("%w: %.80q", ErrNewer, schema)
			}
		}
		return headerLine
	case "connection":
		d.connection = Connection{Name: d.text()}
		d.sets = d.sets[:0]
		return connectionLine
	case "covered":
		d.covered = usage.Coverage{}
		var err error
		if d.covered.Basis, err = usage.ParseBasis(d.text()); err != nil {
			d.fail("%v", err)
		}
		return coveredLine
	case "entity":
		d.entity = usage.Known{Entity: usage.Entity{Kind: usage.Dimension(d.text())}}
		return entityLine
	case "gone":
		key, err := hex.DecodeString(d.text())
		if err != nil {
			d.fail("%v", err)
		}
		d.fate = usage.Fate{Key: string(key)}
		return goneLine
	case "day":
		d.day, d.version = d.date(), Version{}
		return dayLine
	case "end":
		d.end = trailer{}
		d.trailer()
		return endLine
	}
	d.unknown(key)
	return 0
}

func (d *decoder) member(k kind, key string) {
	switch k {
	case dimsLine:
		d.dimsMember(key)
	case headerLine:
		d.headerMember(key)
	case connectionLine:
		d.connectionMember(key)
	case coveredLine:
		c := &d.covered
		d.choose(key, map[string]func(){"provider": func() { c.Provider = d.text() }, "account": func() { c.Account = d.text() },
			"since": func() { c.Since = d.date() }, "until": func() { c.Until = d.date() }})
	case entityLine:
		d.entityMember(key)
	case goneLine:
		d.choose(key, map[string]func(){"turns": func() { d.fate.Turns = d.count() }})
	case dayLine:
		d.choose(key, map[string]func(){"as_of": func() { d.version.AsOf = d.instant() }, "store": func() { d.version.Store = d.text() }})
	default:
		d.unknown(key)
	}
}

// choose is for lines that are rare.
func (d *decoder) choose(key string, members map[string]func()) {
	if take := members[key]; take != nil {
		take()
		return
	}
	d.unknown(key)
}

func (d *decoder) headerMember(key string) {
	h := &d.header
	d.choose(key, map[string]func(){
		"minor": func() { h.minor = d.count(); d.minor = h.minor }, "machine": func() { h.Machine = d.text() },
		"store": func() { h.Store = d.text() }, "revision": func() { h.Revision = uint64(d.count()) },
		"as_of": func() { h.AsOf = d.instant() }, "since": func() { h.Span.Since = d.instant() }, "until": func() { h.Span.Until = d.instant() },
	})
}

func (d *decoder) connectionMember(key string) {
	c := &d.connection
	d.choose(key, map[string]func(){
		"role": func() {
			if c.Role = Role(d.text()); !slices.Contains([]Role{Log, Import, Provider}, c.Role) {
				d.newer("a connection of the role %.80q", c.Role)
			}
		},
		"type": func() { c.Type = d.text() }, "account": func() { c.Account = d.text() },
		"machine": func() { c.Machine = d.text() }, "store": func() { c.Store = d.text() },
	})
}

func (d *decoder) entityMember(key string) {
	k := &d.entity
	d.choose(key, map[string]func(){
		"id": func() { k.ID = d.text() }, "parent": func() { k.Parent = d.text() }, "hint": func() { k.Hint = d.text() },
		"created": func() { k.Created = d.instant() }, "last_used": func() { k.LastUsed = d.instant() },
		"archived": func() { k.Archived, _ = d.scan.Bool() },
		"names": func() {
			for more := d.scan.Elements(); more && d.err == nil; more = d.scan.More() {
				var n usage.Named
				if !d.scan.Elements() {
					d.fail("no name")
					return
				}
				if n.Name = d.text(); !d.scan.More() {
					d.fail("a name without its time")
					return
				}
				if n.Since = d.instant(); d.scan.More() {
					d.fail("a name of three parts")
				}
				k.Names, k.Name = append(k.Names, n), n.Name
			}
		},
	})
}

func (d *decoder) recordMember(key []byte) {
	r := &d.record
	switch string(key) {
	case "start":
		r.Start = d.instant()
	case "dims":
		n := d.count()
		if n < 0 || n >= int64(len(d.sets)) {
			d.fail("dims %d are not there", n)
			return
		}
		r.Dims = d.sets[n]
	case "requests":
		r.Requests = d.optional()
	case "context":
		r.Context = d.optional()
	case "end":
		r.End = d.instant()
	case "usage_at":
		r.UsageAt = d.instant()
	case "slice":
		r.Slice = d.text()
	case "flags":
		n := d.count()
		if r.Flags = usage.Flags(n); n < 0 || n>>16 != 0 {
			d.fail("flags %d", n)
		}
	case "turns":
		d.turns = d.count()
	case "side_chain":
		r.SideChain, _ = d.scan.Bool()
	case "quantities":
		for more := d.scan.Object(); more && d.err == nil; more = d.scan.Next() {
			r.Quantities = append(r.Quantities, usage.Quantity{Meter: d.meter(d.scan.Key()), N: d.count()})
		}
	case "currency":
		r.Currency = d.text()
	case "reported":
		var err error
		if r.Reported, err = money.Parse(d.text()); err != nil {
			d.fail("%v", err)
		}
	default:
		for i := range classNames {
			if string(key) == classNames[i] {
				*classes(&r.Tokens)[i] = d.count()
				return
			}
		}
		d.unknown(string(key))
	}
}

func (d *decoder) meter(name []byte) string {
	if known, ok := d.meters[string(name)]; ok {
		return known
	}
	if d.meters == nil || len(d.meters) > 1000 {
		d.meters = make(map[string]string)
	}
	s := string(name)
	d.meters[s] = s
	return s
}

func (d *decoder) beginDims() kind {
	switch n := d.count(); {
	case n == 0:
		d.sets = d.sets[:0]
	case n != int64(len(d.sets)) || n >= maxDims:
		d.fail("dims %d follow %d others", n, len(d.sets))
		return dimsLine
	}
	d.sets = append(d.sets, usage.Dims{})
	return dimsLine
}

func (d *decoder) dimsMember(key string) {
	set := &d.sets[len(d.sets)-1]
	switch key {
	case "basis":
		var err error
		if set.Basis, err = usage.ParseBasis(d.text()); err != nil {
			d.newer("%v", err)
		}
	case "tags":
		var lines []string
		for more := d.scan.Elements(); more && d.err == nil; more = d.scan.More() {
			lines = append(lines, d.text())
		}
		set.Tags = usage.Tags(strings.Join(lines, "\n"))
	case "band":
		for i, more := 0, d.scan.Elements(); more && d.err == nil; i, more = i+1, d.scan.More() {
			switch n := d.count(); i {
			case 0:
				set.Band.Lo = n
			case 1:
				set.Band.End = n
			default:
				d.fail("a band with three ends")
			}
		}
	default:
		i := slices.Index(dimNames[:], key)
		if i < 0 {
			d.unknown(key)
			return
		}
		*set.Strings()[i] = d.text()
	}
}

func (d *decoder) trailer() {
	for more := d.scan.Object(); more && d.err == nil; more = d.scan.Next() {
		switch key := string(d.scan.Key()); key {
		case "lines":
			d.end.lines = d.count()
		case "records":
			d.end.records = d.count()
		case "sha256":
			d.end.sha256 = d.text()
		default:
			d.unknown(key)
		}
	}
}

// fail says that the line is not as the format has it.
func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: %s", ErrDamaged, fmt.Sprintf(format, args...))
	}
}

func (d *decoder) unknown(key string) { d.newer("%.80q is not known", key) }

// newer is fail for what another version of the form may have.
func (d *decoder) newer(format string, args ...any) {
	if d.err == nil && d.minor > Minor {
		d.err = fmt.Errorf("%w: %s", ErrNewer, fmt.Sprintf(format, args...))
	}
	d.fail(format, args...)
}
