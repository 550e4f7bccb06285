package pricing

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

// copyTable returns the table's files in memory.
func copyTable(t *testing.T) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	real := os.DirFS("table")
	err := fs.WalkDir(real, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(real, path)
		out[path] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestReadTableNamesTheMistake(t *testing.T) {
	const head = "model,tier,over,hours,days,from,to,input,cache_read,write_5m,write_1h,output,context,max_output,status,confidence,learned,source\n"
	for _, c := range []struct{ file, text, want string }{
		{"prices/x.csv", head + "m,,,,,2025-01-01,,1e-6,,,,,,,,exact,2025-01-01,s\n", "prices/x.csv line 2: input"},
		{"prices/x.csv", head + "m,,,,,2025-01-01,,0.39999999999999997,,,,,,,,exact,2025-01-01,s\n", "prices/x.csv line 2: input"},
		{"prices/x.csv", head + "m,,200000,,,2025-01-01,,1,,,,,,,,exact,2025-01-01,s\n", "line 2: over"},
		{"prices/x.csv", head + "m,,>=x,,,2025-01-01,,1,,,,,,,,exact,2025-01-01,s\n", "line 2: over"},
		{"prices/x.csv", head + "m,,,1-2,,2025-01-01,,1,,,,,,,,exact,2025-01-01,s\n", "line 2: hours"},
		{"prices/x.csv", head + "m,,,,Mon-Fri,2025-01-01,,1,,,,,,,,exact,2025-01-01,s\n", "line 2: days"},
		{"prices/x.csv", head + "m,,,,Sat,2025-01-01,,1,,,,,,,,exact,2025-01-01,s\n", "line 2: days"},
		{"prices/x.csv", head + "m,,,,,2025-1-1,,1,,,,,,,,exact,2025-01-01,s\n", "line 2: from"},
		{"prices/x.csv", head + "m,,,,,2025-01-01,,1,,,,,-5,,,exact,2025-01-01,s\n", "line 2: context"},
		{"prices/x.csv", head + "m,,,,,2025-01-01,,1,,,,,,,,sure,2025-01-01,s\n", "line 2: confidence"},
		{"prices/x.csv", head + "m,,,,,2025-01-01,,1,,,,,,,sale,exact,2025-01-01,s\n", "line 2: status"},
		{"prices/x.csv", "modle\nm\n", "prices/x.csv"},
		{"prices/x.csv", head + "m,n\n", "prices/x.csv"},
		{"prices/x.csv", "", "prices/x.csv"},
		{"providers.csv", "alias,provider,kind\nx,x,shop\n", "providers.csv line 2: kind"},
		{"names.csv", "provider,name,model,from,to,free,confidence\nx,a,b,,,yes,exact\n", "names.csv line 2: free"},
		{"meters.csv", "provider,meter,from,to,per_1000,confidence,learned,source\nx,m,,,ten,exact,,s\n", "meters.csv line 2: per_1000"},
		{"regions.csv", "provider,region,launched,multiplier,source\nx,us,,1.1.1,s\n", "regions.csv line 2: multiplier"},
		{"regions.csv", "provider,region,launched,multiplier,source,extra\nx,us,,1.1,s,1\n", `unknown column "extra"`},
	} {
		files := copyTable(t)
		files[c.file] = &fstest.MapFile{Data: []byte(c.text)}
		_, err := ReadTable(files)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s with %q: %v, want an error with %q", c.file, strings.TrimPrefix(c.text, head), err, c.want)
		}
	}
	files := copyTable(t)
	delete(files, "names.csv")
	if _, err := ReadTable(files); err == nil {
		t.Error("a table without names is no table")
	}
}

func TestReadTableReadsConditions(t *testing.T) {
	files := copyTable(t)
	files["prices/x.csv"] = &fstest.MapFile{Data: []byte("model,tier,over,hours,days,from,to,input,currency,confidence,learned\n" +
		"m,flex,>=128000,,,2025-02-08T16:30Z,2026-01-01,0.003625,EUR,first-seen,2026-11-21\n" +
		"m,,,06:00-10:15,Mon-Fri,2025-02-08,,1,,exact,2026-11-21\n")}
	tab, err := ReadTable(files)
	if err != nil {
		t.Fatal(err)
	}
	var got []Row
	for _, r := range tab.Rows {
		if r.Provider == "x" {
			got = append(got, r)
		}
	}
	a, b := got[1], got[0]
	if a.Tier != "flex" || a.Context != (Context{128000, true}) || a.Context.first() != 128000 || a.From.Minute() != 30 || a.Currency != "EUR" ||
		a.Confidence != FirstSeen || a.Rates.Input.PerMillion() != "0.003625" || a.Rates.Known != 1<<Input {
		t.Errorf("read %+v", a)
	}
	if b.Tier != Standard || b.Hours != (Hours{360, 615, true}) || b.Currency != "USD" || b.Base() {
		t.Errorf("read %+v", b)
	}
}
