package tokenizer

import (
	"strings"
	"testing"

	"github.com/pkoukk/tiktoken-go"
)

func TestModels(t *testing.T) {
	for _, c := range []struct {
		provider, model, encoding string
		family                    Family
		exact, assumed            bool
	}{
		{"openai", "gpt-5", O200K, OpenAI, true, false},
		{"openai", "gpt-5.1", O200K, OpenAI, true, false},
		{"openai", "gpt-5.6-luna", O200K, OpenAI, true, false},
		{"openai", "gpt-5-codex", O200K, OpenAI, true, false},
		{"openai", "gpt-5-mini-2025-08-07", O200K, OpenAI, true, false},
		{"openai", "gpt-5-chat-latest", O200K, OpenAI, true, false},
		{"openai", "o1-pro", O200K, OpenAI, true, false},
		{"openai", "o3", O200K, OpenAI, true, false},
		{"openai", "o4-mini-2025-04-16", O200K, OpenAI, true, false},
		{"openai", "codex-mini-latest", O200K, OpenAI, true, false},
		{"openai", "chatgpt-4o-latest", O200K, OpenAI, true, false},
		{"openai", "ft:gpt-4o-mini-2024-07-18:acme::abc123", O200K, OpenAI, true, false},
		{"openai", "ft:gpt-3.5-turbo-0125:acme:x:1", CL100K, OpenAI, true, false},
		{"azure", "gpt-35-turbo-16k", CL100K, OpenAI, true, false},
		{"groq", "openai/gpt-oss-120b", O200KHarmony, OpenAI, true, false},
		{"openrouter", "openai/gpt-4.1-mini:free", O200K, OpenAI, true, false},
		{"openai", "gpt-4-turbo-2024-04-09", CL100K, OpenAI, true, false},
		{"openai", "text-embedding-3-large", CL100K, OpenAI, true, false},
		{"openai", "text-davinci-003", P50K, OpenAI, true, false},
		{"openai", "davinci", R50K, OpenAI, true, false},
		{"openai", "gpt-6-mini", O200K, OpenAI, false, true},
		{"openai", "gpt-50", O200K, Unmeasured, false, false},
		{"openai", "gpt-5x", O200K, Unmeasured, false, false},
		{"", "my-gpt-4o-clone", O200K, Unmeasured, false, false},
		{"", "not-claude-3", O200K, Unmeasured, false, false},
		{"anthropic", "claude-2.1", O200K, ClaudeLegacy, false, false},
		{"anthropic", "claude-instant-1.2", O200K, ClaudeLegacy, false, false},
		{"anthropic", "claude-3-5-sonnet-20241022", O200K, Claude3, false, false},
		{"anthropic", "claude-3-haiku-20240307", O200K, Claude3, false, false},
		{"anthropic", "claude-sonnet-4-20250514", O200K, Claude3, false, false},
		{"anthropic", "claude-sonnet-4-5", O200K, Claude3, false, false},
		{"anthropic", "claude-opus-4-6", O200K, Claude3, false, false},
		{"anthropic", "claude-opus-4-7", O200K, Claude47, false, false},
		{"anthropic", "claude-opus-5", O200K, Claude47, false, false},
		{"bedrock", "us.anthropic.claude-3-7-sonnet-20250219-v1:0", O200K, Claude3, false, false},
		{"vertex", "claude-sonnet-4@20250514", O200K, Claude3, false, false},
		{"openrouter", "anthropic/claude-opus-4.7", O200K, Claude47, false, false},
		{"anthropic", "claude-next", O200K, Claude47, false, true},
		{"google", "gemini-2.5-pro", O200K, Gemini, false, false},
		{"google", "gemini-3-pro-preview", O200K, Gemini, false, true},
		{"groq", "llama-3.3-70b-versatile", O200K, Llama3, false, false},
		{"together", "meta-llama/Meta-Llama-3.1-8B-Instruct-Turbo", O200K, Llama3, false, false},
		{"bedrock", "meta.llama3-1-70b-instruct-v1:0", O200K, Llama3, false, false},
		{"meta", "llama-4-maverick", O200K, Unmeasured, false, false},
		{"", "Qwen/Qwen2.5-72B-Instruct", O200K, Qwen, false, false},
		{"deepseek", "deepseek-chat", O200K, DeepSeek, false, false},
		{"", "deepseek-ai/DeepSeek-R1-Distill-Llama-70B", O200K, Llama3, false, false},
		{"deepseek", "deepseek-coder-v2", O200K, Unmeasured, false, false},
		{"mistral", "open-mistral-nemo-2407", O200K, Tekken, false, false},
		{"mistral", "mistral-large-latest", O200K, Tekken, false, true},
		{"xai", "grok-4", O200K, Unmeasured, false, false},
		{"", "", O200K, Unmeasured, false, false},
	} {
		m := For(c.provider, c.model)
		if m.Encoding != c.encoding || m.Family != c.family || m.Exact != c.exact || m.Assumed != c.assumed || m.Why == "" || m.String() == "" {
			t.Errorf("%s %q: %+v", c.provider, c.model, m)
		}
	}
}

// TestModelsOfTheReference: where the reference has a model, it agrees.
func TestModelsOfTheReference(t *testing.T) {
	for model, encoding := range tiktoken.MODEL_TO_ENCODING {
		if model == "gpt2" || strings.Contains(model, "-search-") || strings.HasPrefix(model, "text-similarity-") {
			continue // never sold by the token
		}
		if m := For("openai", model); m.Encoding != encoding || !m.Exact {
			t.Errorf("%s: %+v, the reference has %s", model, m, encoding)
		}
	}
	for prefix, encoding := range tiktoken.MODEL_PREFIX_TO_ENCODING {
		if m := For("openai", prefix+"2031-01-01"); m.Encoding != encoding || !m.Exact {
			t.Errorf("%s…: %+v, the reference has %s", prefix, m, encoding)
		}
	}
}

// TestRangesHoldTheMeasurements: tokens per o200k_base token as measured on
// samples of 120 KB, or as published.
func TestRangesHoldTheMeasurements(t *testing.T) {
	samples := []Kind{English, Code, Data, Chinese, Japanese, Korean, European}
	for family, row := range map[Family][7]int64{
		Llama3:       {998, 981, 999, 1014, 963, 1034, 1086},
		Gemini:       {1042, 1174, 1319, 1006, 871, 997, 1028},
		DeepSeek:     {1019, 1086, 1021, 969, 952, 1106, 1093},
		Qwen:         {1007, 1081, 1289, 983, 948, 1107, 1125},
		Tekken:       {1034, 1182, 1308, 1149, 1013, 1011, 1105},
		ClaudeLegacy: {1007, 997, 1022, 1133, 1234, 1550, 1575},
	} {
		for i, k := range samples {
			for _, f := range []Family{family, Unmeasured} {
				if r := f.Ratios(k); r.Low > row[i] || r.High < row[i] || r.Low > r.Point || r.Point > r.High {
					t.Errorf("%s, %s: %d is not in %+v", f, k, row[i], r)
				}
			}
		}
	}
	for _, c := range []struct {
		family Family
		kind   Kind
		ratios []int64
	}{
		{Claude3, English, []int64{1160, 1150, 1200}}, {Claude3, Code, []int64{1300}},
		{Claude47, English, []int64{1160 * 1450 / 1000, 1300 * 1160 / 1000}},
		{Claude47, European, []int64{1300 * 1460 / 1000, 1300 * 1360 / 1000, 1300 * 1240 / 1000}},
		{Claude47, Code, []int64{1300 * 1200 / 1000, 1300 * 1190 / 1000, 1300 * 1150 / 1000, 1300 * 1130 / 1000}},
		{Claude47, Data, []int64{1250 * 1310 / 1000, 1250 * 1060 / 1000}},
		{Claude47, Chinese, []int64{1150}}, {Claude47, Scripts, []int64{1300}},
	} {
		for _, want := range c.ratios {
			if r := c.family.Ratios(c.kind); r.Low > want || r.High < want {
				t.Errorf("%s, %s: %d is not in %+v", c.family, c.kind, want, r)
			}
		}
	}
}

func TestKinds(t *testing.T) {
	for text, want := range map[string]Kind{
		"The quick brown fox jumps over the lazy dog, and nobody minds. It is what foxes do.":                     English,
		"Der Mann, für den das Mädchen die Tür öffnete, fragte höflich, ob er eintreten dürfe.":                   European,
		"Быстрая коричневая лиса прыгает через ленивую собаку.":                                                   Scripts,
		"मनुष्य स्वतंत्र जन्म लेते हैं और गरिमा में समान हैं।":                                                    Scripts,
		"人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心。":                                                                           Chinese,
		"すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。":                                                              Japanese,
		"모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.":                                                                 Korean,
		"func (s *Server) Serve(l net.Listener) error {\n\tif s.handler == nil {\n\t\treturn errNoHandler\n\t}\n": Code,
		"def read(path):\n    with open(path) as f:\n        return f.read()\n":                                   Code,
		`{"ts":"2026-11-20T15:00:01Z","level":"info","user":"u_1829","latency_ms":182,"ok":true}`:                 Data,
		"192.168.0.1 - - [10/Oct/2026:13:55:36] 200 2326\n192.168.0.7 - - [10/Oct/2026:13:55:37] 304 0\n":         Data,
		"\n\n\t\t\n": Code,
	} {
		if got := kindOf([]byte(text)); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}

func TestEstimates(t *testing.T) {
	text := []byte(strings.Repeat("Somebody wrote a rather long text about nothing in particular. ", 200) + strings.Repeat("人人生而自由，在尊严和权利上一律平等。", 200))
	p, err := Describe(text)
	if err != nil {
		t.Fatal(err)
	}
	if n := get(t, O200K).Count(text); p.Total() != int64(n) {
		t.Errorf("the profile has %d tokens, the text %d", p.Total(), n)
	}
	if p.Tokens[English] == 0 || p.Tokens[Chinese] == 0 || p.Tokens[Code] != 0 {
		t.Errorf("profile %v", p.Tokens)
	}
	if twice := p.Add(p); twice.Total() != 2*p.Total() {
		t.Errorf("twice is %v", twice)
	}
	for _, model := range []string{"claude-sonnet-4-5", "gemini-2.5-pro", "grok-4", "gpt-6"} {
		e := For("", model).Estimate(p)
		if e.Exact || e.Low > e.Point || e.Point > e.High || e.Low == e.High || !strings.HasPrefix(e.Method, "estimate") {
			t.Errorf("%s: %+v", model, e)
		}
	}
	if e := For("", "claude-opus-5").Estimate(Profile{}); e.High != 0 {
		t.Errorf("nothing is %+v", e)
	}
}

func TestNarrow(t *testing.T) {
	e := Estimate{Low: 900, Point: 1000, High: 1500, Method: "estimate"}
	seen := func(n int, permille ...int64) (out []Observation) {
		for i := range n {
			out = append(out, Observation{1000, permille[i%len(permille)]})
		}
		return out
	}
	if got := e.Narrow(seen(4, 1200)); got != e {
		t.Errorf("four are enough: %+v", got)
	}
	few, many := e.Narrow(seen(20, 1190, 1200, 1210)), e.Narrow(seen(2000, 1190, 1200, 1210))
	if few.Low >= few.Point || few.High <= few.Point || few.High-few.Low >= e.High-e.Low || few.Point <= e.Point || few.Point >= 1200 {
		t.Errorf("twenty give %+v", few)
	}
	if many.Low < 1180 || many.High > 1215 || many.Point < 1195 || many.Point > 1205 {
		t.Errorf("two thousand give %+v", many)
	}
	if got := e.Narrow(append(seen(50, 1200), Observation{0, 5}, Observation{1000, 0}, Observation{1000, -3})); got != e.Narrow(seen(50, 1200)) {
		t.Errorf("what has no tokens counts: %+v", got)
	}
	if got := Exactly(7, "x").Narrow(seen(50, 2000)); got != Exactly(7, "x") {
		t.Errorf("an exact count moved: %+v", got)
	}
}

func TestImages(t *testing.T) {
	for _, c := range []struct {
		model          string
		img            Image
		low, mid, high int64
	}{
		{"gpt-4o", Image{1024, 1024, false}, 765, 765, 765},
		{"gpt-4o", Image{2048, 4096, false}, 1105, 1105, 1105},
		{"gpt-4o", Image{4096, 8192, true}, 85, 85, 85},
		{"gpt-4o", Image{512, 512, false}, 255, 255, 255},
		{"gpt-4o-mini", Image{1024, 1024, false}, 25501, 25501, 25501},
		{"o1", Image{1024, 1024, false}, 675, 675, 675},
		{"gpt-5", Image{1024, 1024, false}, 630, 630, 630},
		{"gpt-4.1-mini", Image{1024, 1024, false}, 1659, 1659, 1659},
		{"gpt-4.1-mini", Image{1800, 2400, false}, 2353, 2353, 2353}, // 1452 patches
		{"gpt-5-mini", Image{1024, 1024, false}, 1229, 1229, 1659},
		{"gpt-5.5", Image{1024, 1024, false}, 1229, 1229, 1229},
		{"claude-sonnet-4", Image{1024, 1024, false}, 1369, 1373, 1373},
		{"claude-sonnet-4", Image{256, 256, false}, 87, 104, 104},
		{"claude-opus-4-7", Image{4000, 3000, false}, 1568, 1572, 4009},
		{"gemini-2.5-flash", Image{300, 200, false}, 258, 258, 258},
		{"gemini-2.5-flash", Image{1600, 700, false}, 258, 774, 774},
		{"gemini-3-pro", Image{1600, 700, false}, 1065, 1090, 1120},
	} {
		e, ok := Images("", c.model, c.img)
		if !ok || e.Low != c.low || e.Point != c.mid || e.High != c.high || e.Method == "" {
			t.Errorf("%s %v: %+v, want %d %d %d", c.model, c.img, e, c.low, c.mid, c.high)
		}
	}
	for _, img := range []Image{{}, {-1, 5, false}, {1 << 30, 1 << 30, false}} {
		if _, ok := Images("", "gpt-4o", img); ok {
			t.Errorf("%v has tokens", img)
		}
	}
	if _, ok := Images("", "grok-4", Image{100, 100, false}); ok {
		t.Error("a formula for grok-4")
	}
	for w := 1; w < 5000; w += 331 { // never out of order, never nothing
		for h := 1; h < 5000; h += 373 {
			for _, model := range []string{"gpt-4o", "gpt-5-nano", "claude-3-opus", "claude-opus-5", "gemini-2.0-flash"} {
				if e, ok := Images("", model, Image{w, h, false}); !ok || e.Low > e.Point || e.Point > e.High || e.Point <= 0 {
					t.Errorf("%s %d×%d: %+v", model, w, h, e)
				}
			}
		}
	}
}

func TestOverhead(t *testing.T) {
	e, err := For("", "gpt-4o").Overhead(Chat{Messages: 2})
	if err != nil || e.Point != 11 || e.Exact || e.Low > e.Point || e.High < e.Point {
		t.Errorf("%+v, %v", e, err)
	}
	none, err := For("", "gpt-4o").Overhead(Chat{})
	if err != nil || none.High != 0 || !none.Exact {
		t.Errorf("nothing adds %+v, %v", none, err)
	}
	tool := Tool{"get_weather", "Get the current weather.", []Property{{"location", "string", "The city.", nil}, {"unit", "string", "The unit.", []string{"celsius", "fahrenheit"}}}}
	for _, model := range []string{"gpt-4o", "gpt-4", "claude-3-opus", "claude-sonnet-4", "llama-3.1", "qwen3", "deepseek-v3", "gemini-2.5-pro", "grok-4"} {
		plain, err := For("", model).Overhead(Chat{Messages: 3})
		if err != nil || plain.Low > plain.Point || plain.Point > plain.High || plain.Point == 0 || plain.Method == "" {
			t.Errorf("%s: %+v, %v", model, plain, err)
		}
		with, err := For("", model).Overhead(Chat{Messages: 3, Tools: []Tool{tool}})
		if err != nil || with.Point <= plain.Point+20 || with.Low > with.Point || with.Point > with.High {
			t.Errorf("%s: with a tool %+v, %v", model, with, err)
		}
	}
	old, _ := For("", "gpt-4").Overhead(Chat{Tools: []Tool{tool}})
	newer, _ := For("", "gpt-4o").Overhead(Chat{Tools: []Tool{tool}})
	if old.Point < newer.Point+2 {
		t.Errorf("functions cost %d with GPT-4 and %d with 4o", old.Point, newer.Point)
	}
}
