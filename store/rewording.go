package store

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	bolt "go.etcd.io/bbolt"

	"tokpit/budget"
	"tokpit/internal/clean"
	"tokpit/usage"
)

// rewording puts other words where texts of a store name something: budgets,
// decisions, documents, alerts, messages, and the trail that quotes those. The
// same words stand everywhere, so that what was decided and the trail still say
// the same. What is renamed ([Store.Rename]) uses the trail and the search for
// what is left only.
type rewording struct {
	tx    *bolt.Tx
	words interface {
		// reword returns a text with the other words.
		reword(text string) string
		// finds looks in an encoded value for what is not to be named any more. In
		// columns of numbers a short word stands by chance.
		finds(value []byte, columns bool) bool
	}
	counts *Counts
	left   []Mention
	rows   []redactedRow
	kept   map[decision]bool
}

// frozen are the kinds of decisions and documents that are proof of something:
// they hold a digest of what they say, and stay as they are. So do connections,
// which say what is to be read, not what was.
func frozen(kind string) bool { return kind == "close" || kind == "connection" }

// text rewords, and says whether that did anything.
func (f *rewording) text(s string) (string, bool) {
	reworded := f.words.reword(s)
	return reworded, reworded != s
}

// budgets stay, with other words.
func (f *rewording) budgets() error {
	b := f.tx.Bucket(bucketBudgets)
	for _, e := range collected(b) {
		text, err := unsealBudget(string(e.key), e.value)
		if err != nil {
			continue // the leftovers say so
		}
		name, renamed := f.text(string(e.key))
		blotted, changed := f.text(text)
		if !renamed && !changed {
			continue
		}
		if _, err := parseBudget(name, blotted); err != nil { // its name is a word that budgets need
			f.kept[decision{kindBudget, string(e.key)}] = true
			continue
		}
		f.counts.Texts++
		if err := put(b, e.key, []byte(name), sealBudget(name, blotted)); err != nil {
			return err
		}
	}
	return nil
}

func (f *rewording) decisions() error {
	b := f.tx.Bucket(bucketDecisions)
	for _, e := range collected(b) {
		kind, name, _ := strings.Cut(string(e.key), "\x00")
		text, err := unsealDecision(e.key, e.value)
		if err != nil || frozen(kind) {
			continue
		}
		newName, renamed := f.text(name)
		blotted, changed := f.text(text)
		if !renamed && !changed {
			continue
		}
		f.counts.Texts++
		key := decisionKey(kind, newName)
		if err := put(b, e.key, key, sealDecision(key, blotted)); err != nil {
			return err
		}
	}
	return nil
}

func (f *rewording) documents() error {
	b := f.tx.Bucket(bucketDocuments)
	for _, e := range collected(b) {
		kind, name, _ := strings.Cut(string(e.key), "\x00")
		if frozen(kind) || !json.Valid(e.value) {
			continue
		}
		newName, renamed := f.text(name)
		blotted, changed := f.text(string(e.value))
		if !renamed && !changed {
			continue
		}
		f.counts.Texts++
		if err := put(b, e.key, []byte(kind+"\x00"+newName), []byte(blotted)); err != nil {
			return err
		}
	}
	return nil
}

// alerts keep what was told, so that nobody is told twice.
func (f *rewording) alerts() error {
	b := f.tx.Bucket(bucketAlerts)
	for _, e := range collected(b) {
		encoded, _, err := decodeAlerts(string(e.key), e.value)
		if err != nil {
			continue
		}
		name, renamed := f.text(string(e.key))
		blotted, changed := f.text(string(encoded))
		if !renamed && !changed {
			continue
		}
		if _, err := budget.DecodeAlerts([]byte(blotted)); err != nil {
			continue
		}
		f.counts.Texts++
		if err := put(b, e.key, []byte(name), sealAlerts(name, []byte(blotted))); err != nil {
			return err
		}
	}
	return nil
}

// deliveries keep their receivers, at least while they are under way.
func (f *rewording) deliveries() error {
	b := f.tx.Bucket(bucketOutbox)
	for _, e := range collected(b) {
		d, err := decodeDelivery(e.key, e.value)
		if err != nil {
			continue
		}
		was := encodeDelivery(&d, e.key)
		texts := []*string{&d.Key, &d.Subject, &d.Body.Text, &d.LastErr}
		if !d.Open() {
			texts = append(texts, &d.To)
		}
		for i := range d.Body.Fields {
			texts = append(texts, &d.Body.Fields[i].Value, &d.Body.Fields[i].Label)
		}
		for _, s := range texts {
			*s, _ = f.text(*s)
		}
		key := append(bytes.Clone(e.key[:min(8, len(e.key))]), d.Key...)
		if bytes.Equal(key, e.key) && bytes.Equal(encodeDelivery(&d, key), was) {
			continue
		}
		f.counts.Texts++
		if err := put(b, e.key, key, encodeDelivery(&d, key)); err != nil {
			return err
		}
	}
	return nil
}

// redactedRow is a row of the trail that got other words: the hash that it had,
// which the next row quotes, and the digest of what it says now.
type redactedRow struct {
	n          uint64
	hash, says AuditHash
}

// audit rewords what rows quote. A row keeps the hash that it had, so that the
// chain and every head that was noted still hold; that nobody changed more than
// those words is held by a new row at the end, which quotes both hashes of
// each. Who made a change stays: a trail is there to say it.
func (f *rewording) audit() error {
	b := f.tx.Bucket(bucketAudit)
	for _, e := range collected(b) {
		r, err := decodeAudit(e.key, e.value)
		if err != nil || f.bound(&r) {
			continue
		}
		changed := false
		for _, s := range []*string{&r.Name, &r.Before, &r.After} {
			blotted, any := f.text(*s)
			*s, changed = blotted, changed || any
		}
		if !changed {
			continue
		}
		if err := f.redact(b, e.key, &r); err != nil {
			return err
		}
	}
	return nil
}

// redact writes a row that quotes other words now.
func (f *rewording) redact(b *bolt.Bucket, key []byte, r *AuditRow) error {
	r.Redacted = true
	f.counts.AuditRows++
	f.rows = append(f.rows, redactedRow{r.N, r.Hash, r.hash()})
	return b.Put(key, encodeAudit(r))
}

// bound reports whether a row is about something that could not be changed: what
// was decided and the trail must not differ.
func (f *rewording) bound(r *AuditRow) bool {
	for _, verb := range []string{verbSet, verbRemove, verbFound} {
		if kind, ok := strings.CutPrefix(r.What, verb); ok {
			return frozen(kind) || kind == kindPlan || f.kept[decision{kind, r.Name}]
		}
	}
	return false
}

// redactedPerRow is how many redacted rows one row of the trail lists, so that it
// stays readable.
const redactedPerRow = 400

// trail appends the rows that list what was redacted.
func (f *rewording) trail(by usage.Actor, at time.Time, id string) error {
	t := &trail{tx: f.tx, at: at, by: by}
	for part := range slices.Chunk(f.rows, redactedPerRow) {
		lines := make([]string, len(part))
		for i, r := range part {
			lines[i] = r.String()
		}
		t.add(AuditRow{What: AuditRedact, Name: id, After: strings.Join(lines, "\n")})
	}
	if len(t.added) == 0 {
		return nil
	}
	return t.write()
}

// keep notes a place that names what is forgotten and stays as it is.
func (f *rewording) keep(where, key string) {
	where = f.words.reword(where)
	if i := slices.IndexFunc(f.left, func(m Mention) bool { return m.Where == where && (m.Key == key || len(f.left) >= maxLeft) }); i >= 0 {
		f.left[i].Count++
		return
	}
	f.left = append(f.left, Mention{Where: where, Key: clean.Limit(clean.Text(key), 200), Count: 1})
}

// maxLeft bounds the list of places.
const maxLeft = 100

// leftovers looks at every byte that is left: a place that nobody thought of must
// not go unnoticed.
func (f *rewording) leftovers() error {
	return f.tx.ForEach(func(name []byte, b *bolt.Bucket) error { return f.walk(string(name), b) })
}

func (f *rewording) walk(where string, b *bolt.Bucket) error {
	top, _, _ := strings.Cut(where, "/")
	derived := top == string(bucketPrints)
	columns := slices.Contains([]string{string(bucketBlocks), string(bucketCells), string(bucketHorizon), string(bucketTombstones)}, top)
	return b.ForEach(func(k, v []byte) error {
		if v == nil {
			if f.words.finds(k, false) {
				f.keep(where, string(k))
			}
			return f.walk(where+"/"+string(k), b.Bucket(k))
		}
		if derived || where == string(bucketForgotten) {
			return nil // digests
		}
		if f.words.finds(v, columns) || f.words.finds(k, !utf8.Valid(k)) {
			key := string(k)
			if columns || !utf8.Valid(k) {
				key = ""
			}
			f.keep(where, key)
		}
		return nil
	})
}
