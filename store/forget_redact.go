package store

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"tokpit/budget"
	"tokpit/usage"

	bolt "go.etcd.io/bbolt"
)

// is reports whether a value of a dimension is what is forgotten.
func (f *Forgetting) is(d usage.Dimension, value string) bool {
	return value != "" && d == f.Select[0].Dimension && slices.Contains(f.Select[0].Values, value)
}

// accounts forgets names with their history, what belongs to a forgotten
// project, limits and coverage.
func (f *forgetting) accounts() error {
	all, err := accountsOf(f.tx)
	if err != nil {
		return err
	}
	for i := range all {
		a := &all[i]
		a.coverage = slices.DeleteFunc(slices.Clone(a.coverage), func(c usage.Coverage) bool {
			return f.is(usage.ByAccount, c.Account) && f.gone(&f.counts.Names, 1)
		})
		if a.standing != nil {
			a.standing.Limits = slices.DeleteFunc(a.standing.Limits, func(l usage.SpendLimit) bool {
				return f.is(l.Scope, l.ID) && f.gone(&f.counts.Names, 1)
			})
			for k := range a.standing.Limits {
				a.standing.Limits[k].Note, _ = f.text(a.standing.Limits[k].Note)
			}
		}
	}
	if err := eachChild(f.tx, bucketNames, func(name string, b *bolt.Bucket) error {
		dropped, err := f.entities(name, b)
		if i, ok := findAccount(all, name); ok {
			all[i].names -= dropped
		}
		return err
	}); err != nil {
		return err
	}
	return putAccounts(f.tx, all)
}

// gone counts and says yes.
func (f *forgetting) gone(count *int64, n int64) bool {
	*count += n
	return true
}

// entities forgets what a connection called it, and blots where other names
// mention it.
func (f *forgetting) entities(connection string, b *bolt.Bucket) (dropped int64, err error) {
	for _, e := range collected(b) {
		place := placeOfEntity(connection, e.key)
		k, err := decodeEntity(e.value, e.key, place)
		if err != nil {
			if skippable(err) {
				continue
			}
			return dropped, err
		}
		named := slices.ContainsFunc(k.Names, func(n usage.Named) bool { return slices.Contains(f.Also, n.Name) })
		if f.is(k.Kind, k.ID) || k.Kind == f.Select[0].Dimension && (named || slices.Contains(f.Also, k.Hint)) {
			dropped++
			f.counts.Names++
			if err := b.Delete(e.key); err != nil {
				return dropped, err
			}
			continue
		}
		if f.is(usage.ByProject, k.Parent) {
			k.Parent = ""
		}
		k.Hint, _ = f.text(k.Hint)
		for i := range k.Names {
			k.Names[i].Name, _ = f.text(k.Names[i].Name)
		}
		if value := encodeEntity(&k, place); !bytes.Equal(value, e.value) {
			f.counts.Names++
			if err := b.Put(e.key, value); err != nil {
				return dropped, err
			}
		}
	}
	return dropped, nil
}

func (f *forgetting) quarantine() error {
	return eachChild(f.tx, bucketQuarantine, func(_ string, b *bolt.Bucket) error {
		n, err := dropIf(b, func(k, v []byte) bool {
			return f.named(string(k[:max(0, len(k)-9)])) || f.named(string(v))
		})
		f.counts.Quarantined += n
		return err
	})
}

// cursors that name it go. What they stand for is read again, and turned away.
func (f *forgetting) cursors() error {
	return eachChild(f.tx, bucketCursors, func(_ string, b *bolt.Bucket) error {
		n, err := dropIf(b, func(k, v []byte) bool {
			return f.named(string(k)) || f.inBytes(v[1:max(1, len(v)-4)])
		})
		f.counts.Cursors += n
		return err
	})
}

// syncs forgets how a sync went if that mentions it: the next one says it anew.
func (f *forgetting) syncs() error {
	_, err := dropIf(f.tx.Bucket(bucketSyncs), func(k, v []byte) bool {
		y, err := decodeSync(string(k), v)
		return err == nil && (f.named(y.Err) || f.named(y.Hint) ||
			slices.ContainsFunc(y.Places, func(p usage.Place) bool { return f.named(p.Path) || f.named(p.Why) }))
	})
	return err
}

// budgets about it stay, with the placeholder.
func (f *forgetting) budgets() error {
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

// frozen are the kinds of decisions and documents that are proof of something:
// they hold a digest of what they say, and stay as they are. So do connections,
// which say what is to be read, not what was.
func frozen(kind string) bool { return kind == "close" || kind == "connection" }

func (f *forgetting) decisions() error {
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

func (f *forgetting) documents() error {
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
func (f *forgetting) alerts() error {
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

// deliveries keep their receivers while they are under way.
func (f *forgetting) deliveries() error {
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

// redactedRow is a row of the trail that got placeholders: the hash that it had,
// which the next row quotes, and the digest of what it says now.
type redactedRow struct {
	n          uint64
	hash, says AuditHash
}

// audit blots what rows quote. A row keeps the hash that it had, so that the
// chain and every head that was noted still hold; that nobody changed more than
// the placeholders is held by a new row at the end, which quotes both hashes of
// each. Who made a change stays: a trail is there to say it.
func (f *forgetting) audit() error {
	b := f.tx.Bucket(bucketAudit)
	for _, e := range collected(b) {
		r, err := decodeAudit(e.key, e.value)
		if err != nil || f.stays(&r) {
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
		r.Redacted = true
		f.counts.AuditRows++
		f.rows = append(f.rows, redactedRow{r.N, r.Hash, r.hash()})
		if err := b.Put(e.key, encodeAudit(&r)); err != nil {
			return err
		}
	}
	return nil
}

// stays reports whether a row is about something that could not be changed: what
// was decided and the trail must not differ.
func (f *forgetting) stays(r *AuditRow) bool {
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
func (f *forgetting) trail(by usage.Actor, at time.Time, id string) error {
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
