package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"tokpit/budget"
	"tokpit/usage"
)

// What has been told about a budget is kept under its name, as bytes that
// package budget versions; beside it, in one transaction, stand the deliveries
// that it justifies. It outlives the budget: one that is removed and set again
// in the same period tells nothing twice.

const alertsVersion = 1

// Alerts returns what has been told to whom. The error wraps [ErrNewer] if a
// newer tokpit has written it.
func (s *Store) Alerts(ctx context.Context) (budget.Alerts, error) {
	var all budget.Alerts
	err := s.view(ctx, func(tx *bolt.Tx) error {
		state, err := alertsOf(tx)
		all = budget.JoinAlerts(state.of)
		return err
	})
	if err != nil {
		return budget.Alerts{}, err
	}
	return all, nil
}

// UpdateAlerts lets change decide what is to be told, given what has been, and
// keeps the new state and the new deliveries in one transaction. A delivery
// whose key is known is not added again; those that were added are returned.
// If nothing is new nothing is written, and if change returns an error neither.
//
// The budgets that the decision rests on are given as seen. If any of them was
// changed or removed since, nothing is decided and the error wraps [ErrChanged]:
// nobody is told of an amount that an owner has just raised.
//
// Nobody else can use the store while change runs: it decides and does not wait,
// and must not call the store.
func (s *Store) UpdateAlerts(ctx context.Context, change func(budget.Alerts) (budget.Alerts, []budget.Delivery, error), seen ...budget.Budget) (added []budget.Delivery, err error) {
	texts := make([]string, len(seen))
	for i := range seen {
		if texts[i], err = budgetText(&seen[i]); err != nil {
			return nil, err
		}
	}
	err = s.update(ctx, func(tx *bolt.Tx) error {
		added = nil
		for i := range seen {
			if err := unchanged(tx, seen[i].Name, texts[i]); err != nil {
				return err
			}
		}
		before, err := alertsOf(tx)
		if err != nil {
			return err
		}
		next, deliveries, err := change(budget.JoinAlerts(before.of))
		if err != nil {
			return err
		}
		wrote, visible, err := before.replace(tx, next)
		if err != nil {
			return err
		}
		if added, err = enqueue(tx, s.opt.Now(), deliveries); err != nil {
			return err
		}
		switch {
		case len(added) > 0 || visible:
			_, err = raiseRevision(tx)
		case !wrote:
			err = errUnchanged
		}
		return err
	})
	if errors.Is(err, errUnchanged) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return added, nil
}

// Acknowledge marks the alerts of a budget that have fired as seen, threshold ""
// being all of them, and returns how many were not seen before. The trail gets
// a row if there are any.
func (s *Store) Acknowledge(ctx context.Context, by usage.Actor, name, threshold string, now time.Time) (seen int, err error) {
	err = s.audited(ctx, by, func(t *trail) error {
		seen = 0
		state, err := alertsOf(t.tx)
		if err != nil {
			return err
		}
		who := by.Name
		if who == "" {
			who = by.Via
		}
		before := budget.JoinAlerts(state.of)
		next := before.Acknowledge(name, threshold, who, now)
		var which []string
		for i := range next.Alerts { // Acknowledge keeps their order
			if x := &next.Alerts[i]; !x.AckedAt.IsZero() && before.Alerts[i].AckedAt.IsZero() {
				which = append(which, fmt.Sprintf("%s since %s", x.Threshold, x.FiredAt.UTC().Format(time.RFC3339)))
			}
		}
		if seen = len(which); seen == 0 {
			return nil
		}
		if _, _, err := state.replace(t.tx, next); err != nil {
			return err
		}
		t.add(AuditRow{What: AuditAcknowledge, Name: name, After: strings.Join(which, "; ")})
		return nil
	})
	return seen, err
}

// Snooze keeps a budget silent until an instant; threshold "" is all of its
// thresholds, and an instant that is past ends the silence. The trail gets a row
// if that is a change. The error wraps [ErrNotFound] if there is no such budget.
func (s *Store) Snooze(ctx context.Context, by usage.Actor, name, threshold string, until, now time.Time) (changed bool, err error) {
	err = s.audited(ctx, by, func(t *trail) error {
		changed = false
		if text, err := storedBudget(t.tx, name); err != nil {
			return err
		} else if text == "" {
			return fmt.Errorf("budget %.80q: %w", name, ErrNotFound)
		}
		state, err := alertsOf(t.tx)
		if err != nil {
			return err
		}
		before := budget.JoinAlerts(state.of)
		next := before.Snooze(name, threshold, until, now)
		was, is := snoozesText(before, name), snoozesText(next, name)
		if changed = was != is; !changed {
			return nil
		}
		if _, _, err := state.replace(t.tx, next); err != nil {
			return err
		}
		t.add(AuditRow{What: AuditSnooze, Name: name, Before: was, After: is})
		return nil
	})
	return changed, err
}

// snoozesText says how long a budget is silent.
func snoozesText(a budget.Alerts, name string) string {
	var out []string
	for _, z := range a.Snoozes {
		if z.Budget == name {
			what := z.Threshold
			if what == "" {
				what = "all"
			}
			out = append(out, what+" until "+z.Until.UTC().Format(time.RFC3339))
		}
	}
	slices.Sort(out)
	return strings.Join(out, "; ")
}

// alertState is the stored state by budget: as it is, and as bytes.
type alertState struct {
	of    map[string]budget.Alerts
	bytes map[string][]byte
}

func alertsOf(tx *bolt.Tx) (alertState, error) {
	state := alertState{make(map[string]budget.Alerts), make(map[string][]byte)}
	err := eachAlerts(tx, func(name string, encoded []byte, a budget.Alerts, err error) error {
		state.of[name], state.bytes[name] = a, encoded
		return err
	})
	return state, err
}

// replace writes the parts that differ. It reports whether there are any, and
// whether they say more than that time has passed.
func (s alertState) replace(tx *bolt.Tx, next budget.Alerts) (wrote, visible bool, err error) {
	parts := next.ByBudget()
	gone := int64(0)
	for _, name := range slices.Sorted(maps.Keys(s.of)) {
		if _, still := parts[name]; !still {
			gone++
			if err := tx.Bucket(bucketAlerts).Delete([]byte(name)); err != nil {
				return false, false, err
			}
		}
	}
	wrote, visible = gone > 0, gone > 0
	fresh := int64(0)
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		if name == "" || len(name) > maxKey {
			return false, false, fmt.Errorf("%w: alerts of the budget %.80q", ErrInvalid, name)
		}
		part := parts[name]
		old, known := s.bytes[name]
		if known && reflect.DeepEqual(part, s.of[name]) {
			continue
		}
		encoded, err := part.Encode()
		if err != nil {
			return false, false, fmt.Errorf("alerts of %.80q: %w", name, err)
		}
		if bytes.Equal(encoded, old) {
			continue
		}
		if !known {
			fresh++
		}
		wrote = true
		visible = visible || !sameButClocks(s.of[name], part)
		if err := tx.Bucket(bucketAlerts).Put([]byte(name), sealAlerts(name, encoded)); err != nil {
			return false, false, fmt.Errorf("write alerts of %.80q: %w", name, err)
		}
	}
	return wrote, visible, countTold(tx, fresh-gone, 0)
}

func sameButClocks(a, b budget.Alerts) bool {
	a.Clocks, b.Clocks = nil, nil
	x, err1 := a.Encode()
	y, err2 := b.Encode()
	return err1 == nil && err2 == nil && bytes.Equal(x, y)
}

func placeOfAlerts(name string) []byte { return []byte("alerts\x00" + name) }

func sealAlerts(name string, encoded []byte) []byte {
	e := &encoder{}
	e.byte(alertsVersion)
	e.text(string(encoded))
	return e.sealAt(placeOfAlerts(name))
}

// eachAlerts decodes the state by budget. f is also told of parts that are
// damaged, or newer than this program.
func eachAlerts(tx *bolt.Tx, f func(name string, encoded []byte, a budget.Alerts, err error) error) error {
	b := tx.Bucket(bucketAlerts)
	if b == nil {
		return nil
	}
	return b.ForEach(func(k, v []byte) error {
		encoded, a, err := decodeAlerts(string(k), v)
		if err != nil {
			err = fmt.Errorf("alerts of %.80q: %w", k, err)
		}
		return f(string(k), encoded, a, err)
	})
}

func decodeAlerts(name string, value []byte) ([]byte, budget.Alerts, error) {
	d, err := unsealNewer(value, alertsVersion, placeOfAlerts(name))
	if err != nil {
		return nil, budget.Alerts{}, err
	}
	encoded := []byte(d.text())
	if d.err != nil {
		return nil, budget.Alerts{}, d.err
	}
	a, err := budget.DecodeAlerts(encoded)
	switch {
	case errors.Is(err, budget.ErrNewer):
		return nil, a, fmt.Errorf("%w: %w", ErrNewer, err)
	case err != nil:
		return nil, a, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return encoded, a, nil
}

// unsealNewer is unsealAt for values that a newer program may have written in a
// store of this schema.
func unsealNewer(value []byte, version byte, place []byte) (*decoder, error) {
	d, err := unsealAt(value, version, place)
	if err != nil && len(value) >= 5 && value[0] > version {
		if _, sound := unsealAt(value, value[0], place); sound == nil {
			return nil, fmt.Errorf("%w: value version %d, this one knows %d", ErrNewer, value[0], version)
		}
	}
	return d, err
}
