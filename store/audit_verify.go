package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"

	"tokpit/pricing"
)

// VerifyAudit reads the trail and lists what is wrong with it: rows that were
// edited, dropped or moved, a tail that was cut off, and budgets, plans and
// decisions that are not what the trail says was decided. It can only tell that a tail is missing, or
// that the whole chain was made anew, from a head that was noted at an earlier
// time; give those. It returns an error only if it cannot read the store.
func (s *Store) VerifyAudit(ctx context.Context, noted ...AuditHead) (AuditCheck, error) {
	var c AuditCheck
	err := s.view(ctx, func(tx *bolt.Tx) error {
		c = AuditCheck{}
		return verifyAudit(tx, noted, &c)
	})
	if err == nil && s.blank() {
		for _, h := range noted {
			c.cut(h)
		}
	}
	return c, err
}

func (c *AuditCheck) problem(format string, args ...any) {
	if len(c.Problems) < maxProblems {
		c.Problems = append(c.Problems, fmt.Sprintf(format, args...))
	}
}

// cut says that the trail does not reach a head.
func (c *AuditCheck) cut(h AuditHead) {
	if h.N > c.Head.N {
		c.problem("the trail ends with row %d, but row %d was noted: its end was cut off", c.Head.N, h.N)
	}
}

// verifyAudit walks the chain, then holds its end and what it decided against
// what is stored.
func verifyAudit(tx *bolt.Tx, noted []AuditHead, c *AuditCheck) error {
	hashes := make(map[uint64]AuditHash)
	decided := make(map[decision]string)
	legible := true
	redacted := newRedactions()
	if err := eachAudit(tx, func(n uint64, r AuditRow, err error) error {
		c.Rows++
		if n != c.Head.N+1 {
			c.problem("row %d follows row %d: rows are missing or out of order", n, c.Head.N)
		}
		if err != nil {
			c.problem("%v", err)
			legible = false
		} else if n == c.Head.N+1 && r.Previous != c.Head.Hash && (n == 1 || hashes[n-1] != AuditHash{}) {
			c.problem("row %d does not follow from row %d: one of them was changed", n, n-1)
		}
		if err == nil {
			hashes[n] = r.Hash
			redacted.note(c, &r)
			c.decide(decided, &r)
		}
		c.Head = AuditHead{n, r.Hash}
		return nil
	}); err != nil {
		return err
	}
	redacted.verify(c)
	if head, err := auditHead(tx); err != nil {
		c.problem("%v", err)
	} else if head != c.Head {
		c.problem("the last change left %s behind, and the trail ends with %s", head, c.Head)
	}
	for _, h := range noted {
		if c.cut(h); h.N <= c.Head.N && h.N > 0 && hashes[h.N] != h.Hash {
			c.problem("row %d is not the one that was noted", h.N)
		}
	}
	if !legible {
		return nil // what was decided is not known
	}
	return verifyDecided(tx, decided, c)
}

// decision names something that the trail covers.
type decision struct{ kind, name string }

func (d decision) String() string { return fmt.Sprintf("%.40s %.80q", d.kind, d.name) }

// decide follows what the trail says of each budget, plan and decision.
func (c *AuditCheck) decide(decided map[decision]string, r *AuditRow) {
	for _, verb := range []string{verbSet, verbRemove, verbFound} {
		kind, ok := strings.CutPrefix(r.What, verb)
		if !ok {
			continue
		}
		at := decision{kind, r.Name}
		if decided[at] != r.Before {
			c.problem("row %d changes the %v from what it was not", r.N, at)
		}
		decided[at] = r.After
	}
}

// verifyDecided compares what is stored with what the trail ends at.
func verifyDecided(tx *bolt.Tx, decided map[decision]string, c *AuditCheck) error {
	compare := func(kind, name, text string, err error) error {
		at := decision{kind, name}
		switch {
		case err != nil:
			c.problem("%v", err)
		case decided[at] != text:
			c.problem("the %v is not what the trail says was decided", at)
		}
		delete(decided, at)
		return nil
	}
	if err := eachBudget(tx, func(name, text string, err error) error { return compare(kindBudget, name, text, err) }); err != nil {
		return err
	}
	if err := eachPlan(tx, func(p pricing.Plan, err error) error { return compare(kindPlan, planName(p), planText(p), err) }); err != nil {
		return err
	}
	if err := eachDecision(tx, compare); err != nil {
		return err
	}
	for _, at := range slices.SortedFunc(maps.Keys(decided), func(a, b decision) int {
		return cmp.Or(strings.Compare(a.kind, b.kind), strings.Compare(a.name, b.name))
	}) {
		if decided[at] != "" {
			c.problem("the %v is not there, and the trail does not say that it was removed", at)
		}
	}
	return nil
}

// verifyDecisions checks the trail, and what it covers, for [Store.Verify].
func verifyDecisions(tx *bolt.Tx, c *Check) error {
	var trail AuditCheck
	if err := verifyAudit(tx, nil, &trail); err != nil {
		return err
	}
	for _, p := range trail.Problems {
		c.problem("audit trail: %s", p)
	}
	return nil
}
