package money

import "testing"

func BenchmarkTimesAdd(b *testing.B) {
	r, err := ParsePerMillion("3.75")
	if err != nil {
		b.Fatal(err)
	}
	var sum Amount
	b.ReportAllocs()
	for b.Loop() {
		sum = sum.Add(r.Times(123_456))
	}
}

func BenchmarkScale(b *testing.B) {
	r, err := ParsePerMillion("3.75")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		r.Scale(11, 10)
	}
}

func BenchmarkString(b *testing.B) {
	a := must(b, "1234.567800000001")
	b.ReportAllocs()
	for b.Loop() {
		_ = a.String()
	}
}

func BenchmarkFormat(b *testing.B) {
	a := must(b, "1234.567800000001")
	b.ReportAllocs()
	for b.Loop() {
		_ = a.Format(2)
	}
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse("1234.567800000001"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSplit(b *testing.B) {
	weights := []int64{5, 3, 8, 1, 9, 2}
	b.ReportAllocs()
	for b.Loop() {
		Split(FromUnits(200), weights)
	}
}
