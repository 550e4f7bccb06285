package openai

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"tokpit/usage"
)

// busy is an organization in which 50 keys are used in every hour, for ever. It
// makes its answers up as they are asked for.
type busy struct{ body bytes.Buffer }

func (b *busy) RoundTrip(r *http.Request) (*http.Response, error) {
	q := r.URL.Query()
	at, _ := strconv.ParseInt(q.Get("start_time"), 10, 64)
	end, _ := strconv.ParseInt(q.Get("end_time"), 10, 64)
	limit, _ := strconv.ParseInt(q.Get("limit"), 10, 64)
	if page := strings.TrimPrefix(q.Get("page"), "page_"); page != "" {
		at, _ = strconv.ParseInt(page, 10, 64)
	}
	width, keys := int64(3600), 50
	if q.Get("bucket_width") == "1d" {
		width = 86400
	}
	if !strings.HasSuffix(r.URL.Path, "/completions") {
		keys = 0
	}
	b.body.Reset()
	b.body.WriteString(`{"object":"page","data":[`)
	next := "null"
	for i := int64(0); at < end; at, i = at+width, i+1 {
		if i == limit {
			next = fmt.Sprintf(`"page_%d"`, at)
			break
		}
		if i > 0 {
			b.body.WriteByte(',')
		}
		fmt.Fprintf(&b.body, `{"object":"bucket","start_time":%d,"end_time":%d,"results":[`, at, at+width)
		for k := range keys {
			if k > 0 {
				b.body.WriteByte(',')
			}
			fmt.Fprintf(&b.body, `{"object":"organization.usage.completions.result","input_tokens":1000,"input_cached_tokens":400,"input_cache_write_tokens":100,`+
				`"input_uncached_tokens":500,"output_tokens":500,"input_text_tokens":400,"output_text_tokens":400,"input_cached_text_tokens":300,"input_audio_tokens":50,`+
				`"input_cached_audio_tokens":50,"output_audio_tokens":50,"input_image_tokens":50,"input_cached_image_tokens":50,"output_image_tokens":50,"num_model_requests":5,`+
				`"project_id":"proj_%d","user_id":"user_%d","api_key_id":"key_%d","model":"gpt-5.6-luna","batch":false,"service_tier":"default"}`, k%5, k%9, k)
		}
		b.body.WriteString("]}")
	}
	fmt.Fprintf(&b.body, `],"has_more":%v,"next_page":%s}`, next != "null", next)
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
		Body: io.NopCloser(bytes.NewReader(b.body.Bytes())), ContentLength: int64(b.body.Len())}, nil
}

// read pulls so many days of a busy organization and returns how many records
// came and the most memory that was in use while a batch was handed over, garbage
// collected (live) and as it happened to be (heap).
func readBusy(t testing.TB, days int) (records int, live, heap uint64) {
	t.Helper()
	src, err := New(Options{Name: "busy", Since: daysAgo(days), Now: now, Transport: &busy{}, Rate: 1e9,
		Key: func(context.Context) (string, error) { return adminKey, nil }})
	if err != nil {
		t.Fatal(err)
	}
	var m runtime.MemStats
	batches := 0
	_, err = src.Pull(t.Context(), nil, func(b usage.Batch) error {
		for _, s := range b.Slices {
			records += len(s.Records)
		}
		runtime.ReadMemStats(&m)
		heap = max(heap, m.HeapAlloc)
		if batches++; batches%5 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&m)
			live = max(live, m.HeapAlloc)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return records, live, heap
}

// Memory does not depend on how much there is to read.
func TestMemoryIsConstant(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	short, live, _ := readBusy(t, 15)
	long, lives, heap := readBusy(t, 90)
	if short != (15*24+24)*50 || long != (90*24+24)*50 {
		t.Errorf("%d and %d records", short, long)
	}
	if lives > live*3/2+4<<20 || heap > 160<<20 {
		t.Errorf("%d MiB live for 15 days, %d MiB for 90, %d MiB at the peak", live>>20, lives>>20, heap>>20)
	}
}

// A year of hours with 50 keys.
func BenchmarkYear(b *testing.B) {
	for b.Loop() {
		start := time.Now()
		n, live, heap := readBusy(b, 365)
		b.ReportMetric(float64(live>>20), "live-MiB")
		b.ReportMetric(float64(heap>>20), "peak-MiB")
		b.ReportMetric(float64(n)/time.Since(start).Seconds(), "records/s")
	}
}
