package cmd_test

import (
	"strings"
	"testing"
)

// TestALimitThatIsReachedIsTold: what a provider would refuse beyond is told at
// 90 % and when nothing is left, once in a period for each target and amount.
func TestALimitThatIsReachedIsTold(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	m := newMachine(t)
	p.serves(m, "[notify]\nto = [\"mail:a@example.com\", \"team\"]\n")
	all := []string{"a@example.com", "/first"}
	m.run("limits", "set", "approved", "--provider", "anthropic", "--kind", "approved", "--amount", "30").ok()
	m.dollars("2026-10-19T09:00:00Z", 20)
	m.dollars("2026-11-18T09:00:00Z", 8)
	m.together("2026-11-20T15:00:00Z", 2)
	p.wants("24 of 30, and a month that is over")
	m.dollars("2026-11-19T09:00:00Z", 1)
	m.together("2026-11-20T15:05:00Z", 2)
	for _, x := range p.wants("27 of 30", all...) {
		if !strings.Contains(x.subject, "Limit approved (anthropic): 27.00 USD of 30.00 USD spent (90 %)") || x.fields != nil && (x.fields["spent"] != "27" || x.fields["headroom"] != "3") {
			t.Errorf("%+v", x)
		}
	}
	m.dollars("2026-11-20T09:00:00Z", 2)
	m.watched("2026-11-20T15:10:00Z").want(0, "note: Limit approved (anthropic): 33.00 USD of 30.00 USD spent")
	for _, x := range p.wants("33 of 30", all...) {
		if !strings.Contains(x.text, "requests") || !strings.Contains(x.text, "anthropic") {
			t.Errorf("%+v", x)
		}
	}
	m.together("2026-11-20T16:00:00Z", 2)
	m.run("limits", "set", "approved", "--amount", "35").ok()
	m.watched("2026-11-20T16:05:00Z").ok()
	p.wants("33 of 35 is 90 % of another limit", all...)
	m.run("limits", "set", "approved", "--amount", "30").ok()
	m.watched("2026-11-20T16:10:00Z").ok()
	p.wants("known")
	m.watched("2026-12-02T15:00:00Z").ok()
	p.wants("a period without usage")
}

// TestALimitIsNotToldOfAPeriodThatIsOver: a clock that was set back is believed
// after an hour, as with budgets.
func TestALimitIsNotToldOfAPeriodThatIsOver(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	m := newMachine(t)
	p.serves(m, "[notify]\nto = [\"team\"]\n")
	m.run("limits", "set", "approved", "--provider", "anthropic", "--kind", "approved", "--amount", "30").ok()
	m.dollars("2026-10-19T09:00:00Z", 11)
	m.dollars("2026-11-18T09:00:00Z", 1)
	m.watched("2026-11-20T15:00:00Z").ok()
	p.wants("3 of 30")
	m.watched("2026-10-25T15:00:00Z").ok()
	p.wants("33 of 30 in a month that is over by an earlier look")
	m.watched("2026-10-25T15:59:00Z").ok()
	p.wants("less than an hour later")
	m.watched("2026-11-20T15:30:00Z").ok()
	p.wants("the clock is right again")
	m.watched("2026-10-25T15:00:00Z").ok()
	p.wants("set back once more")
	m.watched("2026-10-25T16:00:00Z").ok()
	p.wants("an hour has passed: the clock had been ahead", "/first")
}

// TestWhoIsToldOfLimits: where nobody is named, those are told whom the budgets
// name.
func TestWhoIsToldOfLimits(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	m := newMachine(t)
	p.serves(m, "")
	m.run("limits", "set", "approved", "--provider", "anthropic", "--kind", "approved", "--amount", "3").ok()
	m.dollars("2026-11-18T09:00:00Z", 1)
	m.watched("2026-11-20T15:00:00Z").ok()
	p.wants("nobody is named")
	m.run("budget", "set", "web", "--amount", "500", "--notify", "mail:a@example.com,team").ok()
	m.watched("2026-11-20T15:05:00Z").ok()
	p.wants("those of the budgets", "a@example.com", "/first")
}

// TestCreditThatRunsOutIsTold where no bill takes over: requests are refused.
func TestCreditThatRunsOutIsTold(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	m := newMachine(t)
	p.serves(m, "[notify]\nto = [\"mail:a@example.com\"]\n")
	m.run("credits", "add", "trial", "--provider", "anthropic", "--amount", "5", "--source", "trial", "--granted", "2026-11-01").ok()
	m.run("credits", "billing", "anthropic", "no").ok()
	m.dollars("2026-11-18T09:00:00Z", 1)
	m.watched("2026-11-20T15:00:00Z").ok()
	p.wants("3 of 5")
	m.dollars("2026-11-19T09:00:00Z", 1)
	m.together("2026-11-20T15:05:00Z", 2)
	for _, x := range p.wants("6 of 5", "a@example.com") {
		if !strings.Contains(x.subject, "Account anthropic: no credit is left and there is no billing") {
			t.Errorf("%+v", x)
		}
	}
	m.watched("2026-11-20T15:10:00Z").ok()
	p.wants("known")
	m.run("limits").want(0, "anthropic credit bites first: nothing is left of it and no bill takes over, so requests are refused")
	m.run("digest").want(0, "Account anthropic: no credit is left and there is no billing")
}
