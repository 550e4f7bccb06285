package ui

import (
	"strconv"
	"time"
)

// Ago writes how long before now t was: "just now", "4 min ago", "3 h ago",
// "5 days ago", then the date. The zero time is "never".
func Ago(now, t time.Time) string {
	switch d := now.Sub(t); {
	case t.IsZero():
		return "never"
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return strconv.Itoa(int(d/time.Minute)) + " min ago"
	case d < 48*time.Hour:
		return strconv.Itoa(int(d/time.Hour)) + " h ago"
	case d < 60*24*time.Hour:
		return strconv.Itoa(int(d/(24*time.Hour))) + " days ago"
	}
	return "on " + t.Format("2 Jan 2006")
}

// Day writes a day with its weekday: "Fri 14 Nov".
func Day(t time.Time) string { return t.Format("Mon 2 Jan") }

// Days writes the whole days from a to b, both included, as briefly as it can
// be said: "1–20 Nov", "28 Oct – 3 Nov".
func Days(a, b time.Time) string {
	switch {
	case a.Year() == b.Year() && a.Month() == b.Month() && a.Day() == b.Day():
		return a.Format("2 Jan")
	case a.Year() == b.Year() && a.Month() == b.Month():
		return a.Format("2") + "–" + b.Format("2 Jan")
	}
	return a.Format("2 Jan") + " – " + b.Format("2 Jan")
}
