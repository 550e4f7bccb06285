package report

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"tokpit/tokenizer"
)

var everyEncoding = []string{tokenizer.O200K, tokenizer.CL100K, tokenizer.P50K}

// TestStreamsMeasureLikeTexts: the same counts, however the text comes in.
func TestStreamsMeasureLikeTexts(t *testing.T) {
	t.Parallel()
	encodings := everyEncoding
	if testing.Short() {
		encodings = encodings[:1]
	}
	r := rand.New(rand.NewPCG(1, 2))
	long := strings.Builder{}
	for long.Len() < 3*measurePart {
		long.WriteString([]string{"price ", "Größe ", "価格", "\n\n", "if x := 1; {\n", "\xff\xfe", "🙂‍↔️ "}[r.IntN(7)])
	}
	for name, text := range map[string]string{
		"empty": "", "word": "price", "cut off": "caf\xc3", "long": long.String(), "one line": strings.Repeat("never ", measurePart),
	} {
		want, err := Measure(tokenizer.Library{}, encodings, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		readers := map[string]io.Reader{"whole": strings.NewReader(text), "halves": iotest.HalfReader(strings.NewReader(text)), "error at the end": iotest.DataErrReader(strings.NewReader(text))}
		if len(text) < 1000 {
			readers["bytes"] = iotest.OneByteReader(strings.NewReader(text))
		}
		for how, in := range readers {
			got, err := MeasureReader(context.Background(), tokenizer.Library{}, encodings, in)
			if err != nil {
				t.Fatal(err)
			}
			if got.Bytes != want.Bytes || got.Invalid != want.Invalid || got.Forced != 0 || !maps.Equal(got.Counts, want.Counts) || got.Profile.Total() != want.Profile.Total() {
				t.Errorf("%s, %s: %+v, want %+v", name, how, got, want)
			}
		}
	}
}

func TestStreamsWithoutAPlaceToCut(t *testing.T) {
	m, err := MeasureReader(context.Background(), tokenizer.Library{}, nil, io.LimitReader(letters{}, measureHold+100))
	if err != nil || m.Forced != 1 || m.Bytes != measureHold+100 {
		t.Errorf("%v, cut in %d places, %d bytes", err, m.Forced, m.Bytes)
	}
}

// letters is a word without an end.
type letters struct{}

func (letters) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

func TestStreamsThatFail(t *testing.T) {
	broken := errors.New("broken")
	if _, err := MeasureReader(context.Background(), tokenizer.Library{}, nil, iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := MeasureReader(ctx, tokenizer.Library{}, nil, letters{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := MeasureReader(context.Background(), tokenizer.Library{}, []string{"nothing"}, strings.NewReader("x")); !errors.Is(err, tokenizer.ErrUnknown) {
		t.Error(err)
	}
}

// TestMeasuredAddsUp: parts in any order, nothing being nothing.
func TestMeasuredAddsUp(t *testing.T) {
	a, _ := Measure(tokenizer.Library{}, everyEncoding, []byte("one text "))
	b, _ := Measure(tokenizer.Library{}, everyEncoding[:2], []byte("and another"))
	for _, sum := range []Measured{a.Add(b), b.Add(a), Measured{}.Add(a).Add(b), a.Add(b).Add(Measured{})} {
		if sum.Bytes != a.Bytes+b.Bytes || len(sum.Counts) != 2 || sum.Counts[tokenizer.CL100K] != a.Counts[tokenizer.CL100K]+b.Counts[tokenizer.CL100K] {
			t.Errorf("%+v", sum)
		}
	}
}

func TestParseOutput(t *testing.T) {
	for text, want := range map[string]ExpectedOutput{
		"0": {}, "500": {Tokens: 500}, " 2k ": {Tokens: 2000}, "1.5K": {Tokens: 1500}, "1_000": {Tokens: 1000}, "1,000": {Tokens: 1000},
		"p50": {Share: 50}, "P90": {Share: 90}, "median": {Share: 50}, "p50-each": {Share: 50, Each: true}, "P90 each": {Share: 90, Each: true}, "1M": {Tokens: 1_000_000},
	} {
		got, err := ParseOutput(text)
		if err != nil || got != want {
			t.Errorf("%q is %v (%v), want %v", text, got, err, want)
		}
		if again, err := ParseOutput(got.String()); err != nil || again != got {
			t.Errorf("%q, written again, is %v (%v)", text, again, err)
		}
	}
	for _, text := range []string{"", "many", "-1", "1.5", "p95", "each", "500-each", "1.2345k", "99999999999", "k", "1e3", "0x10", "+5", strings.Repeat("9", 40)} {
		if got, err := ParseOutput(text); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}

func TestParseTraffic(t *testing.T) {
	for text, want := range map[string]string{
		"1000": "1000", "1000/day": "1000", "50/hour": "1200", "7/week": "1", "20/week": "20/7", "2M/month": "4800000/73", "365/year": "1",
		"200x3x10/day": "6000", "200 × 3 × 10 / day": "6000", "1.5k x 2": "3000", "10*10": "100",
	} {
		got, err := ParseTraffic(text)
		if err != nil || got.String() != want || !got.Known() {
			t.Errorf("%q is %s calls per day (%v), want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "/day", "0", "1000/fortnight", "-5", "x", "5x", "axb", "1000000000000000/day", "999999x999999x999999", "1/day/day"} {
		if got, err := ParseTraffic(text); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}

func TestParseImage(t *testing.T) {
	for text, want := range map[string]tokenizer.Image{
		"1024x768": {Width: 1024, Height: 768}, " 1024 × 768 ": {Width: 1024, Height: 768}, "8X9:low": {Width: 8, Height: 9, Low: true}, "8x9:high": {Width: 8, Height: 9},
	} {
		if got, err := ParseImage(text); err != nil || got != want {
			t.Errorf("%q is %v (%v)", text, got, err)
		}
	}
	for _, text := range []string{"", "1024", "x", "0x5", "-1x5", "5x99999999", "5x5:tiny", "picture.png"} {
		if got, err := ParseImage(text); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}

func pictures(t testing.TB, w, h int) map[string][]byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, w, h))
	out := map[string][]byte{}
	for name, encode := range map[string]func(io.Writer) error{
		"png": func(f io.Writer) error { return png.Encode(f, img) }, "gif": func(f io.Writer) error { return gif.Encode(f, img, nil) },
		"jpeg": func(f io.Writer) error { return jpeg.Encode(f, img, nil) },
	} {
		var b bytes.Buffer
		if err := encode(&b); err != nil {
			t.Fatal(err)
		}
		out[name] = b.Bytes()
	}
	riff := func(kind string, data ...byte) []byte {
		return append([]byte("RIFF\x40\x00\x00\x00WEBP"+kind+"\x20\x00\x00\x00"), append(data, make([]byte, 40)...)...)
	}
	le := func(n int) []byte { return []byte{byte(n), byte(n >> 8), byte(n >> 16)} }
	out["webp, lossy"] = riff("VP8 ", append([]byte{0, 0, 0, 0x9d, 0x01, 0x2a, le(w)[0], le(w)[1]}, le(h)[:2]...)...)
	bits := uint32(w-1) | uint32(h-1)<<14
	out["webp, lossless"] = riff("VP8L", 0x2f, byte(bits), byte(bits>>8), byte(bits>>16), byte(bits>>24))
	out["webp, extended"] = riff("VP8X", append([]byte{0, 0, 0, 0}, append(le(w-1), le(h-1)...)...)...)
	return out
}

func TestImageSize(t *testing.T) {
	for name, data := range pictures(t, 321, 123) {
		for _, r := range []io.Reader{bytes.NewReader(data), iotest.OneByteReader(bytes.NewReader(data))} {
			if got, err := ImageSize(r); err != nil || got != (tokenizer.Image{Width: 321, Height: 123}) {
				t.Errorf("%s: %v, %v", name, got, err)
			}
		}
		for _, n := range []int{0, 1, 12, 16, 20, 24, 29} {
			if got, err := ImageSize(bytes.NewReader(data[:n])); err == nil && n < 24 {
				t.Errorf("%s, cut after %d bytes: %v", name, n, got)
			}
		}
	}
	if _, err := ImageSize(strings.NewReader("a secret that is no image at all, but text")); err == nil || strings.Contains(err.Error(), "secret") {
		t.Error(err)
	}
}

func FuzzImageSize(f *testing.F) {
	for _, data := range pictures(f, 3, 2) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if img, err := ImageSize(bytes.NewReader(data)); err == nil && (img.Width <= 0 || img.Height <= 0) {
			t.Fatalf("%v", img)
		}
	})
}

const openAIRequest = `{"model":"gpt-5.4","messages":[
 {"role":"system","content":"Be short."},
 {"role":"user","name":"ann","content":[{"type":"text","text":"What is this?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,%s","detail":"low"}},{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]},
 {"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"look","arguments":"{\"at\":1}"}}]},
 {"role":"tool","tool_call_id":"1","content":"a cat"}],
 "tools":[{"type":"function","function":{"name":"look","description":"Looks.","parameters":{"type":"object","properties":{
   "at":{"type":["integer","null"],"description":"Where."},"mode":{"type":"string","enum":["fast","slow"]},"box":{"type":"object","properties":{"w":{"type":"number"}}},"any":true}}}}],
 "tool_choice":"required","max_completion_tokens":300}`

const anthropicRequest = `{"model":"claude-opus-5-5","max_tokens":1000,"system":[{"type":"text","text":"Be short."}],"messages":[
 {"role":"user","content":"What is this?"},
 {"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"%s"}}]},
 {"role":"assistant","content":[{"type":"tool_use","id":"1","name":"look","input":{"at":1}}]},
 {"role":"user","content":[{"type":"tool_result","tool_use_id":"1","content":[{"type":"text","text":"a cat"}]}]}],
 "tools":[{"name":"look","description":"Looks.","input_schema":{"type":"object","properties":{"at":{"type":"integer"}}}}],"tool_choice":{"type":"auto"}}`

const responsesRequest = `{"model":"gpt-5.4","instructions":"Be short.","max_output_tokens":50,"input":[
 {"role":"user","content":[{"type":"input_text","text":"What is this?"},{"type":"input_image","image_url":"data:image/png;base64,%s"}]},
 {"type":"function_call","name":"look","arguments":"{\"at\":1}"},{"type":"function_call_output","output":"a cat"}],
 "tools":[{"type":"function","name":"look","description":"Looks.","parameters":{"type":"object","properties":{"at":{"type":"array","items":{"type":"string","enum":["a","b"]}}}}}]}`

func TestReadChat(t *testing.T) {
	picture := base64.StdEncoding.EncodeToString(pictures(t, 30, 20)["png"])
	for _, c := range []struct {
		name, request          string
		messages, names, tools int
		properties             int
		forced                 bool
		texts                  []string
		low                    bool
		unseen                 int
		output                 int64
		model                  string
	}{
		{"OpenAI", fmt.Sprintf(openAIRequest, picture), 4, 1, 1, 5, true, []string{"Be short.", "ann", "What is this?", "look", `{"at":1}`, "a cat"}, true, 1, 300, "gpt-5.4"},
		{"Anthropic", fmt.Sprintf(anthropicRequest, picture), 5, 0, 1, 1, false, []string{"Be short.", "What is this?", "look", `{"at":1}`, "a cat"}, false, 0, 1000, "claude-opus-5-5"},
		{"Responses", fmt.Sprintf(responsesRequest, picture), 4, 0, 1, 2, false, []string{"Be short.", "What is this?", "look", `{"at":1}`, "a cat"}, false, 0, 50, "gpt-5.4"},
	} {
		got, err := ReadChat([]byte(c.request))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got.Chat.Messages != c.messages || got.Chat.Names != c.names || len(got.Chat.Tools) != c.tools || got.Chat.Forced != c.forced ||
			got.Unseen != c.unseen || got.Output != c.output || got.Model != c.model {
			t.Errorf("%s: %+v", c.name, got)
		}
		if strings.Join(got.Texts, "|") != strings.Join(c.texts, "|") {
			t.Errorf("%s: texts %q, want %q", c.name, got.Texts, c.texts)
		}
		if n := len(got.Chat.Tools[0].Properties); n != c.properties || got.Chat.Tools[0].Name != "look" || got.Chat.Tools[0].Description != "Looks." {
			t.Errorf("%s: tool %+v", c.name, got.Chat.Tools[0])
		}
		if len(got.Images) != 1 || got.Images[0] != (tokenizer.Image{Width: 30, Height: 20, Low: c.low}) {
			t.Errorf("%s: images %v", c.name, got.Images)
		}
	}
	if got, err := ReadChat([]byte("\ufeff [{\"role\":\"user\",\"content\":\"x\"}]")); err != nil || got.Chat.Messages != 1 {
		t.Errorf("a list of messages: %v, %v", got, err)
	}
}

// canary stands for a prompt: no error may repeat any of it.
const canary = "Xq7secret"

func TestErrorsOfRequestsNeverQuoteThem(t *testing.T) {
	for _, request := range []string{
		"", "{", "null", canary, `"` + canary + `"`, `{"messages":"` + canary + `"}`, `{"messages":[]}`, `{"messages":[{"role":"user","content":` + canary + `}]}`,
		`{"messages":[{"role":"user","content":17}]}`, `{"messages":[{"role":"user","content":{"` + canary + `":1}}]}`,
		`{"messages":[{"role":"user","content":[{"type":"text","text":["` + canary + `"]}]}]}`,
		`{"messages":[{"role":"user","content":[{"type":"video","text":"` + canary + `"}]}]}`,
		`{"messages":[{"role":"user","content":[{"type":"image","source":{"data":"` + canary + `"}}]}]}`,
		`{"messages":[{"role":"user","content":"` + canary + `"}],"tools":[{"description":"` + canary + `"}]}`,
		`{"messages":[{"role":"user","content":"` + canary + `"}],"max_tokens":"` + canary + `"}`,
		`{"input":5,"messages":[]}`, `{"messages":[{"content":"` + canary + "\x01" + `"}]}`,
	} {
		got, err := ReadChat([]byte(request))
		var input *InputError
		if err == nil || !errors.As(err, &input) || strings.Contains(err.Error()+input.Hint(), canary) {
			t.Errorf("%s: %v, %v", request, got, err)
		}
	}
}

func FuzzReadChat(f *testing.F) {
	for _, s := range []string{openAIRequest, anthropicRequest, responsesRequest, `[{"role":"user","content":"x"}]`} {
		f.Add(strings.ReplaceAll(s, "%s", ""))
	}
	f.Fuzz(func(t *testing.T, request string) {
		got, err := ReadChat([]byte(request))
		if err == nil && (got.Chat.Messages <= 0 || got.Output < 0) {
			t.Fatalf("%+v", got)
		}
	})
}
