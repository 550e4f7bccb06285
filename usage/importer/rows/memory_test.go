package rows_test

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"testing"
	"time"

	"tokpit/usage"
	"tokpit/usage/importer"
	"tokpit/usage/importer/apilog"
	"tokpit/usage/importer/bedrock"
	"tokpit/usage/importer/focuscsv"
	"tokpit/usage/importer/otel"
)

// endless makes rows while they are read, so that no file has to be held.
type endless struct {
	head string
	row  func(i int) string
	i, n int
	buf  bytes.Buffer
	read int64
}

func (e *endless) Read(p []byte) (int, error) {
	if e.i == 0 {
		e.buf.WriteString(e.head)
	}
	for e.buf.Len() < len(p) && e.i < e.n {
		e.buf.WriteString(e.row(e.i))
		e.i++
	}
	n, err := e.buf.Read(p)
	e.read += int64(n)
	return n, err
}

var _ io.Reader = (*endless)(nil)

// TestMemory: every format reads a file of any length, of nothing but different
// rows, in memory that does not grow with it. A file four times as long may not
// need much more.
func TestMemory(t *testing.T) {
	formats := []struct {
		format importer.Format
		head   string
		row    func(i int) string
	}{
		{focuscsv.Format{}, "BilledCost,BillingCurrency,ChargePeriodStart,ChargeDescription,ResourceId,Tags\n", func(i int) string {
			return fmt.Sprintf("0.%09d,USD,2026-10-%02dT%02d:00:00Z,item %d,res-%d,\"{\"\"a\"\":\"\"%d\"\"}\"\n", i, i%28+1, i%24, i, i, i)
		}},
		{bedrock.Format{}, "", func(i int) string {
			return fmt.Sprintf(`{"schemaType":"ModelInvocationLog","timestamp":"2026-10-21T16:33:31Z","requestId":"%032d","modelId":"m%d","identity":{"arn":"arn:aws:iam::1:user/%d"},"requestMetadata":{"a":"%d"},"input":{"inputTokenCount":%d}}`+"\n", i, i, i, i, i)
		}},
		{apilog.Format{}, "", func(i int) string {
			return fmt.Sprintf(`{"id":"chatcmpl-%024d","object":"chat.completion.chunk","created":1792600000,"model":"m%d","user":"u%d","usage":{"prompt_tokens":%d}}`+"\n", i, i, i, i)
		}},
		{otel.Format{}, "", func(i int) string {
			return fmt.Sprintf(`{"traceId":"t%d","spanId":"s%d","parentSpanId":"p%d","endTime":[1792600000,1],"attributes":{"gen_ai.usage.input_tokens":%d,"session.id":"%d"}}`+"\n", i, i, i, i, i)
		}},
	}
	for _, c := range formats {
		t.Run(c.format.Name(), func(t *testing.T) {
			measure := func(n int) (peak uint64, rows int64, perSecond float64) {
				var batches int
				emit := func(usage.Batch) error {
					if batches++; batches%2 != 0 {
						return nil
					}
					runtime.GC()
					var m runtime.MemStats
					runtime.ReadMemStats(&m)
					peak = max(peak, m.HeapAlloc)
					return nil
				}
				out := importer.NewOut("x", importer.Options{ID: "i"}, emit)
				start := time.Now()
				if err := c.format.Read(t.Context(), &endless{head: c.head, row: c.row, n: n}, importer.Options{}, out); err != nil {
					t.Fatal(err)
				}
				if err := out.Flush(); err != nil || out.Bad() > 0 {
					t.Fatal(err, out.Bad())
				}
				return peak, out.Rows(), float64(n) / time.Since(start).Seconds()
			}
			const small, large = 40_000, 160_000
			if testing.Short() {
				t.Skip("reads many rows")
			}
			before, _, _ := measure(small)
			after, rows, speed := measure(large)
			t.Logf("%d rows: %.1f MiB held, %.1f MiB at %d; %.0f rows/s, making them included", rows, mib(after), mib(before), small, speed)
			if rows != large || after > before+before/2+24<<20 || after > 64<<20 {
				t.Errorf("%d rows, %.1f MiB held after %.1f", rows, mib(after), mib(before))
			}
		})
	}
}

func mib(n uint64) float64 { return float64(n) / (1 << 20) }
