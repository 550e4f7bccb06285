package store

import (
	"context"
	"fmt"
	"maps"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// VerifyAudit reads the trail and lists what is wrong with it: rows that were
// edited, dropped or moved, a tail that was cut off, and budgets that are not
// what the trail says was decided. It can only tell that a tail is missing, or
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
	decided := make(map[string]string)
	legible := true
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
			c.decide(decided, &r)
		}
		c.Head = AuditHead{n, r.Hash}
		return nil
	}); err != nil {
		return err
	}
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

// decide follows what the trail says of each budget.
func (c *AuditCheck) decide(decided map[string]string, r *AuditRow) {
	if r.What != AuditSetBudget && r.What != AuditRemoveBudget {
		return
	}
	if decided[r.Name] != r.Before {
		c.problem("row %d changes the budget %.80q from what it was not", r.N, r.Name)
	}
	decided[r.Name] = r.After
}

// verifyDecided compares the budgets with what the trail ends at.
func verifyDecided(tx *bolt.Tx, decided map[string]string, c *AuditCheck) error {
	if err := eachBudget(tx, func(name, text string, err error) error {
		switch {
		case err != nil:
			c.problem("%v", err)
		case decided[name] != text:
			c.problem("the budget %.80q is not what the trail says was decided", name)
		}
		delete(decided, name)
		return nil
	}); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(decided)) {
		if decided[name] != "" {
			c.problem("the budget %.80q is not there, and the trail does not say that it was removed", name)
		}
	}
	return nil
}

// verifyDecisions checks the trail and the budgets for [Store.Verify].
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
