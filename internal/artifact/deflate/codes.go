package deflate

// codes are those of a block, and what its header says of them: the length of each symbol's code, run by run.
type codes struct {
	literals, distances code

	lengths             code // of the symbols of runs
	runs                []run
	literalN, distanceN int // how many lengths of each code are written
	lengthN             int
	everything          [literalSymbols + distanceSymbols]uint8
}

// run is a length, or one of the symbols that repeat the last length, or zero.
type run struct{ symbol, extra uint8 }

const (
	repeatLast    = 16
	repeatZero    = 17
	repeatZeroes  = 18
	lengthSymbols = 19
	maxLengthCode = 7
)

func (r run) extraBits() int {
	switch r.symbol {
	case repeatLast:
		return 2
	case repeatZero:
		return 3
	case repeatZeroes:
		return 7
	}
	return 0
}

// build makes the codes for what was counted, and the header.
func (c *codes) build(h *histogram) {
	c.literals.build(h.literals[:], maxCode)
	c.distances.build(h.distances[:], maxCode)
	c.literalN, c.distanceN = literalSymbols, distanceSymbols
	for c.literals.lengths[c.literalN-1] == 0 { // the end of the block has one
		c.literalN--
	}
	for c.distances.lengths[c.distanceN-1] == 0 {
		c.distanceN--
	}
	n := copy(c.everything[:], c.literals.lengths[:c.literalN])
	n += copy(c.everything[n:], c.distances.lengths[:c.distanceN])
	c.describe(c.everything[:n])

	var counts [lengthSymbols]uint32
	for _, r := range c.runs {
		counts[r.symbol]++
	}
	c.lengths.build(counts[:], maxLengthCode)
	order := lengthOrder()
	c.lengthN = lengthSymbols
	for c.lengthN > 4 && c.lengths.lengths[order[c.lengthN-1]] == 0 {
		c.lengthN--
	}
}

// describe puts lengths as runs.
func (c *codes) describe(lengths []uint8) {
	c.runs = c.runs[:0]
	for len(lengths) > 0 {
		value, n := lengths[0], 1
		for n < len(lengths) && lengths[n] == value {
			n++
		}
		lengths = lengths[n:]
		if value != 0 { // what is repeated must have been said
			c.runs = append(c.runs, run{symbol: value})
			n--
		}
		for n > 0 {
			r, covered := run{symbol: value}, 1
			switch {
			case value == 0 && n > 10:
				covered = min(n, 138)
				r = run{repeatZeroes, uint8(covered - 11)}
			case value == 0 && n > 2:
				covered = n
				r = run{repeatZero, uint8(covered - 3)}
			case n > 2:
				covered = min(n, 6)
				r = run{repeatLast, uint8(covered - 3)}
			}
			c.runs = append(c.runs, r)
			n -= covered
		}
	}
}

// lengthOrder is that in which the lengths of the header's own code are written: what is rarely used comes last.
func lengthOrder() [lengthSymbols]uint8 {
	return [lengthSymbols]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}
}

func (c *codes) writeHeader(w *bitWriter) {
	w.put(uint64(c.literalN-firstLength), 5)
	w.put(uint64(c.distanceN-1), 5)
	w.put(uint64(c.lengthN-4), 4)
	order := lengthOrder()
	for _, symbol := range order[:c.lengthN] {
		w.put(uint64(c.lengths.lengths[symbol]), 3)
	}
	for _, r := range c.runs {
		w.put(uint64(c.lengths.bits[r.symbol]), int(c.lengths.lengths[r.symbol]))
		w.put(uint64(r.extra), r.extraBits())
	}
}

// headerSize is the header's size in bits.
func (c *codes) headerSize() int {
	n := 5 + 5 + 4 + 3*c.lengthN
	for _, r := range c.runs {
		n += int(c.lengths.lengths[r.symbol]) + r.extraBits()
	}
	return n
}

// size is how many bits the counted symbols take, without their extra bits.
func (c *codes) size(h *histogram) int {
	n := 0
	for symbol, count := range &h.literals {
		n += int(count) * int(c.literals.lengths[symbol])
	}
	for symbol, count := range &h.distances {
		n += int(count) * int(c.distances.lengths[symbol])
	}
	return n
}

// fix puts the codes that need no header in place.
func (c *codes) fix() {
	for symbol := range c.literals.lengths {
		c.literals.lengths[symbol] = fixedLength(symbol)
	}
	c.literals.assign(allSymbols)
	for symbol := range distanceSymbols {
		c.distances.lengths[symbol] = fixedDistance
	}
	c.distances.assign(distanceSymbols)
}

const fixedDistance = 5

func fixedLength(symbol int) uint8 {
	switch {
	case symbol < 144:
		return 8
	case symbol < 256:
		return 9
	case symbol < 280:
		return 7
	}
	return 8
}

// fixedSize is what size returns of the codes that need no header.
func fixedSize(h *histogram) int {
	n := 0
	for symbol, count := range &h.literals {
		n += int(count) * int(fixedLength(symbol))
	}
	for _, count := range &h.distances {
		n += int(count) * fixedDistance
	}
	return n
}
