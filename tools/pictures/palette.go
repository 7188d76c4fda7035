package main

import (
	"cmp"
	"image"
	"image/color"
	"maps"
	"slices"
)

const (
	colours = 256 // that a palette holds
	exact   = 96  // of them are those that the image has most of
)

// fewer takes an image to 256 colours: what it has most of as it is, as papers and inks are, and of the rest, the shades at
// the rims of letters, one of each kind.
func fewer(from image.Image) *image.Paletted {
	area := from.Bounds()
	count := map[color.RGBA]int{}
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			count[rgba(from.At(x, y))]++
		}
	}
	to := image.NewPaletted(area, choose(count))
	nearest := map[color.RGBA]uint8{}
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			c := rgba(from.At(x, y))
			index, ok := nearest[c]
			if !ok {
				index = uint8(to.Palette.Index(c)) // #nosec G115 -- of 256
				nearest[c] = index
			}
			to.SetColorIndex(x, y, index)
		}
	}
	return to
}

// choose makes a palette of the colours that were counted.
func choose(count map[color.RGBA]int) color.Palette {
	sorted := slices.SortedFunc(maps.Keys(count), func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(number(a), number(b)))
	})
	var chosen color.Palette
	kinds := map[color.RGBA]bool{}
	for i, c := range sorted {
		kind := color.RGBA{c.R >> 4, c.G >> 4, c.B >> 4, 0}
		if len(chosen) < colours && (i < exact || !kinds[kind]) {
			chosen, kinds[kind] = append(chosen, c), true
		}
	}
	return chosen
}

func number(c color.RGBA) int { return int(c.R)<<16 | int(c.G)<<8 | int(c.B) }

func rgba(c color.Color) color.RGBA {
	r, g, b, a := c.RGBA()
	return color.RGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), uint8(a >> 8)} // #nosec G115 -- 16 bits each
}
