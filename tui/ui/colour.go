package ui

import (
	"fmt"
	"math"
	"strconv"
)

// rgb3 is a colour as linear light: red, green and blue from 0 to 1.
type rgb3 [3]float64

// parse reads "#rrggbb"; anything else is black.
func parse(hex string) rgb3 {
	var c rgb3
	if len(hex) != 7 {
		return c
	}
	n, _ := strconv.ParseUint(hex[1:], 16, 24)
	return fromBytes(int(n>>16), int(n>>8&255), int(n&255))
}

// fromBytes makes a colour of red, green and blue as screens take them, 0 to 255.
func fromBytes(r, g, b int) rgb3 {
	var c rgb3
	for i, n := range [3]int{r, g, b} {
		v := float64(n) / 255
		if v <= 0.04045 {
			c[i] = v / 12.92
		} else {
			c[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return c
}

// hex writes a colour as "#rrggbb"; what no screen can show is cut off.
func (c rgb3) hex() string {
	var out [3]int
	for i, v := range c {
		v = min(max(v, 0), 1)
		if v <= 0.0031308 {
			v *= 12.92
		} else {
			v = 1.055*math.Pow(v, 1/2.4) - 0.055
		}
		out[i] = int(math.Round(v * 255))
	}
	return fmt.Sprintf("#%02x%02x%02x", out[0], out[1], out[2])
}

// luminance is the relative luminance of WCAG 2.
func luminance(c rgb3) float64 { return 0.2126*c[0] + 0.7152*c[1] + 0.0722*c[2] }

// contrast is the contrast ratio of WCAG 2, from 1 to 21.
func contrast(a, b rgb3) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// lab returns a colour in OKLab (https://bottosson.github.io/posts/oklab), where
// equal distances look about equal: lightness, green to red, blue to yellow.
func (c rgb3) lab() [3]float64 {
	l := math.Cbrt(0.4122214708*c[0] + 0.5363325363*c[1] + 0.0514459929*c[2])
	m := math.Cbrt(0.2119034982*c[0] + 0.6806995451*c[1] + 0.1073969566*c[2])
	s := math.Cbrt(0.0883024619*c[0] + 0.2817188376*c[1] + 0.6299787005*c[2])
	return [3]float64{
		0.2104542553*l + 0.7936177850*m - 0.0040720468*s,
		1.9779984951*l - 2.4285922050*m + 0.4505937099*s,
		0.0259040371*l + 0.7827717662*m - 0.8086757660*s,
	}
}

// fromLab is the inverse of lab.
func fromLab(o [3]float64) rgb3 {
	cube := func(x float64) float64 { return x * x * x }
	l := cube(o[0] + 0.3963377774*o[1] + 0.2158037573*o[2])
	m := cube(o[0] - 0.1055613458*o[1] - 0.0638541728*o[2])
	s := cube(o[0] - 0.0894841775*o[1] - 1.2914855480*o[2])
	return rgb3{
		4.0767416621*l - 3.3077115913*m + 0.2309699292*s,
		-1.2684380046*l + 2.6097574011*m - 0.3413193965*s,
		-0.0041960863*l - 0.7034186147*m + 1.7076147010*s,
	}
}

// mix goes from a towards b by a part from 0 to 1.
func mix(a, b rgb3, part float64) rgb3 {
	x, y := a.lab(), b.lab()
	for i := range x {
		x[i] += (y[i] - x[i]) * part
	}
	return fromLab(x)
}

// lighter changes the lightness of a colour, -1 to 1, and keeps its hue.
func lighter(c rgb3, by float64) rgb3 {
	o := c.lab()
	o[0] = min(max(o[0]+by, 0), 1)
	return fromLab(o)
}
