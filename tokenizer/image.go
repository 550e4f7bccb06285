package tokenizer

import "math"

// Image is a picture in a request, in pixels.
type Image struct {
	Width, Height int
	Low           bool // detail: low, where the provider has that
}

// Images returns the tokens of an image for a model, and false where no formula
// is known. The formulas are the providers' documentation or, where bills were
// seen to differ from it, the range between the two:
//
//   - OpenAI, tiles (GPT-4o, 4.1, 4.5, 5, o1, o3): fitted into 2048×2048, then to
//     a short side of 768; base tokens and as many again per 512×512 tile. Low
//     detail costs the base. ("Images and vision", Calculating costs.)
//   - OpenAI, patches (4.1 mini and nano, o4-mini, 5 mini and nano, 5.2 and later):
//     patches of 32×32, scaled down to at most 1536, times a factor. The factors
//     of 5 mini (1.62) and 5 nano (2.46) were billed as 1.2 and 1.5.
//   - Claude: patches of 28×28 and 3 or 4 tokens for the block, scaled to a long
//     side of 1568 and about 1568 tokens; models since Opus 4.7 take larger
//     images, up to about 4000 tokens. The older formula, width × height / 750,
//     lies in the range.
//   - Gemini to 2.5: 258 tokens up to 384×384, else per tile of 768×768; Gemini 3:
//     1065 to 1120 at its default resolution.
func Images(provider, model string, img Image) (Estimate, bool) {
	if img.Width <= 0 || img.Height <= 0 || img.Width > 1<<20 || img.Height > 1<<20 {
		return Estimate{}, false
	}
	_, name := bare(model)
	switch m := For(provider, model); m.Family {
	case OpenAI:
		return openAIImage(name, img)
	case Claude3:
		return claudeImage(img, 1568, 1568), true
	case Claude47:
		return claudeImage(img, 1568, 4005), true
	case Gemini:
		return geminiImage(name, img)
	}
	return Estimate{}, false
}

// imageCosts are OpenAI's prices in tokens by model; the first stem that the name
// follows decides. With a factor, in hundredths, patches are counted, and docs is
// the factor of the documentation where the bill differs.
var imageCosts = []struct {
	stem         string
	base, tile   int64
	factor, docs int64
}{
	{"gpt-4o-mini", 2833, 5667, 0, 0},
	{"gpt-4.1-mini", 0, 0, 162, 162},
	{"gpt-4.1-nano", 0, 0, 246, 246},
	{"o4-mini", 0, 0, 172, 172},
	{"gpt-5-mini", 0, 0, 120, 162},
	{"gpt-5-nano", 0, 0, 150, 246},
	{"gpt-5.1", 70, 140, 0, 0},
	{"gpt-5", 70, 140, 0, 0},
	{"gpt-4o", 85, 170, 0, 0},
	{"chatgpt-4o", 85, 170, 0, 0},
	{"gpt-4.1", 85, 170, 0, 0},
	{"gpt-4.5", 85, 170, 0, 0},
	{"gpt-4-turbo", 85, 170, 0, 0},
	{"o1", 75, 150, 0, 0},
	{"o3", 75, 150, 0, 0},
	{"gpt-5.2", 0, 0, 120, 120},
	{"gpt-5.3", 0, 0, 120, 120},
	{"gpt-5.4", 0, 0, 120, 120},
	{"gpt-5.5", 0, 0, 120, 120},
	{"gpt-5.6", 0, 0, 120, 120},
	{"gpt-6", 0, 0, 120, 120},
}

func openAIImage(name string, img Image) (Estimate, bool) {
	for _, c := range imageCosts {
		switch {
		case !follows(name, c.stem):
		case c.factor > 0:
			n := int64(patches(img, 32, 1536))
			low, high := (n*c.factor+99)/100, (n*c.docs+99)/100
			return Estimate{low, low, high, false, "OpenAI patches of 32 × 32"}, true
		case img.Low:
			return Exactly(c.base, "OpenAI image, low detail"), true
		default:
			n := c.base + c.tile*int64(tiles(img))
			return Estimate{n, n, n, false, "OpenAI tiles of 512 × 512"}, true
		}
	}
	return Estimate{}, false
}

// tiles counts the 512 px tiles of an image after fitting it into 2048×2048 and
// its short side into 768; small images are not enlarged.
func tiles(img Image) int {
	w, h := float64(img.Width), float64(img.Height)
	if s := 2048 / max(w, h); s < 1 {
		w, h = w*s, h*s
	}
	if s := 768 / min(w, h); s < 1 {
		w, h = w*s, h*s
	}
	return ceilDiv(w, 512) * ceilDiv(h, 512)
}

// ceilDiv is ⌈a/b⌉ for pixels, forgiving what scaling adds behind the point.
func ceilDiv(a float64, b int) int { return max(int(math.Ceil(a/float64(b)-1e-9)), 1) }

// patches counts patches of a size in pixels. When they are more than most, the
// image is shrunk so that a whole number fits in each direction.
func patches(img Image, size, most int) int {
	w, h, s := float64(img.Width), float64(img.Height), float64(size)
	n := ceilDiv(w, size) * ceilDiv(h, size)
	if n <= most {
		return n
	}
	r := math.Sqrt(s * s * float64(most) / (w * h))
	across, down := w*r/s, h*r/s
	if across >= 1 && down >= 1 {
		r *= min(math.Floor(across)/across, math.Floor(down)/down)
	}
	return min(ceilDiv(w*r, size)*ceilDiv(h*r, size), most)
}

func claudeImage(img Image, side float64, most int64) Estimate {
	w, h := float64(img.Width), float64(img.Height)
	full := int64(ceilDiv(w, 28)) * int64(ceilDiv(h, 28))
	if s := side / max(w, h); s < 1 {
		w, h = w*s, h*s
	}
	fitted := int64(ceilDiv(w, 28)) * int64(ceilDiv(h, 28))
	old := int64(w * h / 750)
	n := min(fitted, 1568)
	e := Estimate{Low: min(n, old, 1568), Point: n + 4, High: n + 4, Method: "Claude patches of 28 × 28"}
	if most > 1568 { // the newer models' limit, which is not documented to the pixel
		e.High = min(full, most) + 4
	}
	return e
}

func geminiImage(name string, img Image) (Estimate, bool) {
	if follows(name, "gemini-3") || follows(name, "gemini-3.1") || follows(name, "gemini-3.5") {
		return Estimate{1065, 1090, 1120, false, "Gemini 3 at its default resolution"}, true
	}
	n := int64(258)
	if img.Width > 384 || img.Height > 384 {
		n *= int64((img.Width+767)/768) * int64((img.Height+767)/768)
	}
	return Estimate{258, n, n, false, "Gemini tiles of 768 × 768"}, true
}
