// Command gif makes an animation of pictures of one size: gif OUT.gif then
// MILLISECONDS PICTURE.png for each of them. All share one palette, and each
// frame holds only what changed.
package main

import (
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"os"
	"slices"
	"strconv"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "gif:", err)
		os.Exit(2)
	}
}

func run(args []string) error {
	if len(args) < 3 || len(args)%2 == 0 {
		return fmt.Errorf("usage: gif OUT.gif MILLISECONDS PICTURE.png …")
	}
	var frames []image.Image
	var delays []int
	for i := 1; i < len(args); i += 2 {
		ms, err := strconv.Atoi(args[i])
		if err != nil {
			return err
		}
		img, err := open(args[i+1])
		if err != nil {
			return err
		}
		if len(frames) > 0 && img.Bounds() != frames[0].Bounds() {
			return fmt.Errorf("%s is of another size", args[i+1])
		}
		frames, delays = append(frames, img), append(delays, ms/10)
	}
	out, err := os.Create(args[0])
	if err != nil {
		return err
	}
	if err := gif.EncodeAll(out, animate(frames, delays)); err != nil {
		return err
	}
	return out.Close()
}

func open(path string) (image.Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return png.Decode(f)
}

func animate(frames []image.Image, delays []int) *gif.GIF {
	colours := choose(frames)
	known := make(map[color.RGBA]uint8)
	index := func(c color.RGBA) uint8 {
		i, ok := known[c]
		if !ok {
			i = uint8(colours.Index(c))
			known[c] = i
		}
		return i
	}
	out := &gif.GIF{}
	var before *image.Paletted
	for n, img := range frames {
		whole := image.NewPaletted(img.Bounds(), colours)
		changed := image.Rectangle{}
		for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y++ {
			for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x++ {
				i := index(rgba(img.At(x, y)))
				whole.SetColorIndex(x, y, i)
				if before == nil || before.ColorIndexAt(x, y) != i {
					changed = changed.Union(image.Rect(x, y, x+1, y+1))
				}
			}
		}
		before = whole
		if changed.Empty() { // the same again: the last frame stays longer
			out.Delay[len(out.Delay)-1] += delays[n]
			continue
		}
		out.Image = append(out.Image, whole.SubImage(changed).(*image.Paletted))
		out.Delay = append(out.Delay, delays[n])
		out.Disposal = append(out.Disposal, gif.DisposalNone)
	}
	return out
}

func rgba(c color.Color) color.RGBA {
	r, g, b, _ := c.RGBA()
	return color.RGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), 255}
}

// choose takes the colours that occur most. Of colours that are nearly alike,
// which edges of letters are full of, one is enough.
func choose(frames []image.Image) color.Palette {
	count := make(map[color.RGBA]int)
	for _, img := range frames {
		for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y++ {
			for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x++ {
				count[rgba(img.At(x, y))]++
			}
		}
	}
	all := make([]color.RGBA, 0, len(count))
	for c := range count {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b color.RGBA) int {
		if n := count[b] - count[a]; n != 0 {
			return n
		}
		return int(a.R)<<16 + int(a.G)<<8 + int(a.B) - int(b.R)<<16 - int(b.G)<<8 - int(b.B)
	})
	var out color.Palette
	for near := 24; len(out) < 256 && near >= 3; near /= 2 {
		for _, c := range all {
			if len(out) < 256 && !slices.ContainsFunc(out, func(o color.Color) bool { return alike(o.(color.RGBA), c, near) }) {
				out = append(out, c)
			}
		}
	}
	return out
}

func alike(a, b color.RGBA, near int) bool {
	return max(diff(a.R, b.R), diff(a.G, b.G), diff(a.B, b.B)) < near
}

func diff(a, b uint8) int { return max(int(a)-int(b), int(b)-int(a)) }
