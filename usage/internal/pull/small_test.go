package pull

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	for body, want := range map[string]Said{
		`{"error":{"message":"m","type":"t","code":"c"}}`:              {"t", "c", "m"},
		`{"error":{"message":"m","code":401}}`:                         {"", "401", "m"},
		`{"type":"error","error":{"type":"t","message":"m"},"id":"r"}`: {"t", "", "m"},
		`{"error":"m"}`:                {"", "", "m"},
		`{"detail":"m"}`:               {"", "", "m"},
		`{"detail":{"error":"m"}}`:     {"", "", "m"},
		`{"message":"m","code":7}`:     {"", "7", "m"},
		`{"error":null,"message":"m"}`: {"", "", "m"},
		`{"detail":[{"loc":["query","start_date"],"msg":"field needed"}]}`: {},
		`[]`: {}, ``: {}, `<html>`: {}, `"x"`: {}, `{"error":7}`: {"", "", "7"},
	} {
		if got := Parse([]byte(body)); got != want {
			t.Errorf("%s: %+v", body, got)
		}
	}
}

func TestRedact(t *testing.T) {
	for in, want := range map[string]string{
		"key sk-ant-admin01-abcdefgh bad":         "key *** bad",
		"Bearer eyJhbGciOiJIUzI1NiJ9.e30.x_y":     "Bearer ***",
		"0123456789abcdef0123456789abcdef!":       "***!",
		"an admin key starts with sk-admin-":      "an admin key starts with sk-admin-",
		"claude-opus-4-20250514 is not a model":   "claude-opus-4-20250514 is not a model",
		"hunter2hunter2":                          "***",
		"req_011CSHoEeqs5C35K2UUqR7Fy":            "req_011CSHoEeqs5C35K2UUqR7Fy",
		"3f2504e0-4f89-11d3-9a0c-0305e82c3301":    "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
		"antidisestablishmentarianismsandsoforth": "antidisestablishmentarianismsandsoforth",
	} {
		if got := redact(in, []string{"hunter2hunter2", "", "abc"}); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func TestPages(t *testing.T) {
	var asked []string
	next := func(to map[string]string) error {
		asked = nil
		return Pages(func(c string) (string, error) {
			asked = append(asked, c)
			return to[c], nil
		})
	}
	if err := next(map[string]string{"": "a", "a": "b"}); err != nil || !slices.Equal(asked, []string{"", "a", "b"}) {
		t.Errorf("%v, %v", asked, err)
	}
	for _, loop := range []map[string]string{{"": "a", "a": "a"}, {"": "a", "a": "b", "b": "c", "c": "a"}} {
		if err := next(loop); AsError(err) == nil || AsError(err).Code != CodePaging || len(asked) > 4 {
			t.Errorf("%v, %v", asked, err)
		}
	}
	broken := errors.New("broken")
	if err := Pages(func(string) (string, error) { return "x", broken }); err != broken {
		t.Error(err)
	}
}

func TestWindows(t *testing.T) {
	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	list := func(since, until string, bucket time.Duration, limit int) string {
		var b strings.Builder
		for w := range Windows(at(since), at(until), bucket, limit) {
			fmt.Fprint(&b, w.Since.Format("02T15:04 "), w.Until.Format("02T15:04; "))
		}
		return b.String()
	}
	day := 24 * time.Hour
	for _, c := range []struct{ got, want string }{
		{list("2026-11-01T10:00:00Z", "2026-11-05T10:00:00Z", day, 2), "01T00:00 03T00:00; 03T00:00 05T00:00; 05T00:00 06T00:00; "},
		{list("2026-11-01T23:30:00-05:00", "2026-11-02T06:00:00Z", time.Hour, 24), "02T04:00 02T06:00; "},
		{list("2026-11-02T06:00:00Z", "2026-11-02T06:00:00Z", time.Hour, 24), ""},
		{list("2026-11-03T06:00:00Z", "2026-11-02T06:00:00Z", time.Hour, 24), ""},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
	for range Windows(at("2026-01-01T00:00:00Z"), at("2026-12-01T00:00:00Z"), day, 1) {
		break
	}
}

func TestNumber(t *testing.T) {
	for raw, want := range map[string]string{ // Int, Amount
		`1000`: "1000 1000", `"1000"`: "1000 1000", `1.0`: "1 1", `"12.000"`: "12 12", `1e3`: "1000 1000", `"1.5E1"`: "15 15",
		`null`: "0 0", `""`: "0 0", `-5`: "-5 -5", `" 7 "`: "7 7", `"+7"`: "7 7", `"007"`: "7 7",
		`1.5`: "! 1.5", `"0.0612345678901234567"`: "! 0.061234567890123457", `1e-05`: "! 0.00001",
		`"x"`: "! !", `true`: "! !", `[1]`: "! !", `{"a":1}`: "! !", `"1,000"`: "! !", `"0x1f"`: "! !", `"1e"`: "! !", `"NaN"`: "! !",
		`99999999999999999999`: "! !", `"12 34"`: "! !", `"--5"`: "! !", `"xe-999"`: "! !",
	} {
		var n Number
		if err := json.Unmarshal([]byte(raw), &n); err != nil {
			t.Errorf("%s: %v", raw, err)
		}
		i, a := "!", "!"
		if v, err := n.Int(); err == nil {
			i = fmt.Sprint(v)
		} else if !errors.Is(err, ErrNumber) {
			t.Errorf("%s: %v", raw, err)
		}
		if v, err := n.Amount(); err == nil {
			a = v.String()
		} else if !errors.Is(err, ErrNumber) {
			t.Errorf("%s: %v", raw, err)
		}
		if got := i + " " + a; got != want {
			t.Errorf("%s: %s, want %s", raw, got, want)
		}
	}
}
