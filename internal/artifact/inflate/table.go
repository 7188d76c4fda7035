package inflate

import "math/bits"

const (
	maxBits      = 15 // of a code
	literalBits  = 11 // of those that are looked up
	distanceBits = 9
	endOfBlock   = 256
	maxLiterals  = 286
	maxDistances = 30
	allLiterals  = maxLiterals + 2 // fixed codes have two that must not occur
	allDistances = maxDistances + 2
)

// entry says what the next bits stand for, and how many of them do. Zero is nothing.
type entry uint32

// The kinds of entries, in the two highest bits. Literals are in bits 8 to 15, and the second one in 16 to 23. A range of
// lengths or distances, which is of no other kind, has the least of them in bits 8 to 22, and in 24 to 27 how many bits follow
// that tell its values apart. The lowest six say how many bits the code takes; none are special's that has a longer code than
// is looked up, all others are the end of the block.
const (
	oneLiteral  entry = 1 << 30
	twoLiterals entry = 2 << 30
	special     entry = 3 << 30
	kind        entry = 3 << 30
)

func (e entry) bits() uint       { return uint(e & 63) }
func (e entry) literal() bool    { return e-oneLiteral < special-oneLiteral }
func (e entry) literals() uint16 { return uint16(e >> 8) } // the first one lowest
func (e entry) count() int       { return int(e >> 30) }   // of them
func (e entry) extra() uint      { return uint(e >> 24 & 15) }

// value is the one of a range that the next bits, which begin with its code, stand for.
func (e entry) value(next uint64) int {
	return int(e>>8&0x7fff) + int(next>>(e.bits()&63)&(1<<e.extra()-1))
}

// ranged is the range of a symbol, from the first value on. After the first 2<<split symbols, which have one value each, there
// are 1<<split for each power of two.
func ranged(symbol, split, first int) entry {
	extra := max(symbol>>split-1, 0)
	if extra > 0 {
		symbol = (1<<split + symbol&(1<<split-1)) << extra
	}
	return entry((symbol+first)<<8 | extra<<24)
}

// literalEntry is that of a symbol of the first alphabet, but for its bits; zero for one that must not occur.
func literalEntry(symbol int) entry {
	switch {
	case symbol < endOfBlock:
		return oneLiteral | entry(symbol<<8)
	case symbol == endOfBlock:
		return special
	case symbol == maxLiterals-1:
		return entry(longest << 8)
	case symbol < maxLiterals:
		return ranged(symbol-endOfBlock-1, 2, 3)
	}
	return 0
}

func distanceEntry(symbol int) entry {
	if symbol >= maxDistances {
		return 0
	}
	return ranged(symbol, 1, 1)
}

// table decodes one alphabet.
type table struct {
	entries []entry // by the next bits, as many as are looked up
	width   uint    // how many those are
	count   [maxBits + 1]uint16
	symbols [allLiterals]uint16 // by code
	meaning func(symbol int) entry
}

func newTable(width uint, meaning func(symbol int) entry) table {
	return table{width: width, entries: make([]entry, 1<<width), meaning: meaning}
}

// build makes the table for the lengths of the symbols' codes. It tells whether they are such that every sequence of bits has
// one meaning; no code at all, and a single one of one bit, pass as well, as they do with compress/flate.
func (t *table) build(lengths []uint8) bool {
	t.count = [maxBits + 1]uint16{}
	for _, n := range lengths {
		t.count[n]++
	}
	used := len(lengths) - int(t.count[0])
	t.count[0] = 0
	var offsets, codes [maxBits + 2]uint16
	left, longest := 1, 0
	for n := 1; n <= maxBits; n++ {
		if left = left<<1 - int(t.count[n]); left < 0 {
			return false
		}
		if t.count[n] > 0 {
			longest = n
		}
		offsets[n+1] = offsets[n] + t.count[n]
		codes[n+1] = (codes[n] + t.count[n]) << 1
	}
	if left != 0 && used != 0 && (used != 1 || longest != 1) {
		return false
	}
	clear(t.entries)
	for symbol, n := range lengths {
		if n == 0 {
			continue
		}
		t.symbols[offsets[n]] = uint16(symbol)
		offsets[n]++
		t.enter(symbol, uint(n), uint(codes[n]))
		codes[n]++
	}
	return true
}

// enter puts an entry wherever the next bits begin with the code.
func (t *table) enter(symbol int, n, code uint) {
	e := t.meaning(symbol)
	if e != 0 {
		e |= entry(n)
	}
	first := uint(bits.Reverse16(uint16(code))) >> (16 - n)
	if n > t.width {
		t.entries[first&(1<<t.width-1)] = special
		return
	}
	for at := first; at < 1<<t.width; at += 1 << n {
		t.entries[at] = e
	}
}

// pair joins entries of two literals that are both within what is looked up. From the end, so that what follows is alone yet.
func (t *table) pair() {
	for at := len(t.entries) - 1; at >= 0; at-- {
		first := t.entries[at]
		if first&kind != oneLiteral {
			continue
		}
		second := t.entries[at>>first.bits()]
		if second&kind == oneLiteral && first.bits()+second.bits() <= t.width {
			t.entries[at] = twoLiterals | second&0xff00<<8 | first&0xff00 | entry(first.bits()+second.bits())
		}
	}
}

// long finds a code that is longer than what is looked up, and zero for bits that mean nothing.
func (t *table) long(next uint64) entry {
	code, first, index := 0, 0, 0
	for n := 1; n <= maxBits; n++ {
		code |= int(next & 1)
		next >>= 1
		count := int(t.count[n])
		if code-first < count {
			e := t.meaning(int(t.symbols[index+code-first]))
			if e != 0 {
				e |= entry(n)
			}
			return e
		}
		index += count
		first = (first + count) << 1
		code <<= 1
	}
	return 0
}
