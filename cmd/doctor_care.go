package cmd

import (
	"context"
	"strings"
	"time"

	"tokpit/store"
)

// backupAge is how old a backup may grow before a person is told.
const backupAge = 30 * 24 * time.Hour

// examineCare says what becomes of the data: backups, as far as they are known,
// the retention, and space that could be given back.
func (a *app) examineCare(ctx context.Context, d *diagnosis, st store.Status) error {
	if !st.Exists {
		return nil
	}
	last, err := a.store.Setting(ctx, settingBackup)
	if err != nil {
		return err
	}
	when, where, _ := strings.Cut(last, " ")
	if at, err := time.Parse(time.RFC3339, when); err == nil {
		advice := ""
		if a.now().Sub(at) > backupAge {
			advice = "make a new one: tokpit backup DIR --keep 14"
		}
		d.add("backup", true, advice, "the last one was made %s ago: %s", ageOf(a.now().Sub(at)), where)
	}
	r, err := a.retention(ctx)
	if err != nil {
		d.add("retention", false, hintOf(err), "%v", err)
	} else if r != nil || !st.Horizon.Records.IsZero() {
		detail := "records are kept for ever from now on"
		if r != nil {
			detail = r.describe()
		}
		if !st.Horizon.Records.IsZero() {
			detail += "; records begin on " + st.Horizon.Records.Format(time.DateOnly)
		}
		d.add("retention", true, "", "%s", detail)
	}
	if muchFree(&st) {
		d.add("space", true, "run: tokpit compact", "%s of %s are unused", kib(st.Free), kib(st.Size))
	}
	return nil
}

// ageOf writes an age for a person.
func ageOf(age time.Duration) string {
	if age < time.Hour {
		return "less than an hour"
	}
	if age < 48*time.Hour {
		return count(int64(max(age, 0)/time.Hour), "hour")
	}
	return count(int64(age/(24*time.Hour)), "day")
}
