package deflate

import (
	"math/bits"
	"slices"
)

// maxCode is how long a symbol's bits may be, and allSymbols how many symbols an alphabet may have: fixed codes have two
// that never occur.
const (
	maxCode    = 15
	allSymbols = literalSymbols + 2
)

// code is a Huffman code.
type code struct {
	bits    [allSymbols]uint16 // in the order in which they are written, the lowest first
	lengths [allSymbols]uint8
	order   [allSymbols]uint32 // of build: the symbols used, rarest first, below their counts
	nodes   [allSymbols]uint32 // of build: the inner nodes of the tree
}

// symbolBits are those of a symbol in code.order.
const symbolBits = 9

// tally says how many symbols have a code of each length.
type tally [33]int

// build makes the code that takes the fewest bits for what was counted, none longer than limit.
func (c *code) build(counts []uint32, limit int) {
	clear(c.lengths[:])
	used := c.order[:0]
	for symbol, n := range counts {
		if n > 0 {
			used = append(used, n<<symbolBits|uint32(symbol))
		}
	}
	for symbol := uint32(0); len(used) < 2; symbol++ { // one symbol alone makes no code
		if counts[symbol] == 0 {
			used = append(used, 1<<symbolBits|symbol)
		}
	}
	slices.Sort(used)
	lengths := c.depths(used)
	lengths.shorten(limit)
	for length := limit; length > 0; length-- {
		for _, u := range used[:lengths[length]] {
			c.lengths[u&(1<<symbolBits-1)] = uint8(length)
		}
		used = used[lengths[length]:]
	}
	c.assign(len(counts))
}

// depths counts the leaves of the Huffman tree at each depth. As its nodes are made in the order of their weights, two
// queues do: the leaves, and the inner nodes. A node's place holds its weight, then its parent, then its depth.
func (c *code) depths(used []uint32) tally {
	nodes, leaf, oldest := c.nodes[:len(used)-1], 0, 0
	for next := range nodes {
		var weight uint32
		for range 2 {
			if leaf < len(used) && (oldest == next || used[leaf]>>symbolBits < nodes[oldest]) {
				weight += used[leaf] >> symbolBits
				leaf++
			} else {
				weight += nodes[oldest]
				nodes[oldest] = uint32(next)
				oldest++
			}
		}
		nodes[next] = weight
	}
	root := len(nodes) - 1
	nodes[root] = 0
	for i := root - 1; i >= 0; i-- {
		nodes[i] = nodes[nodes[i]] + 1
	}
	var leaves tally
	for depth, places, i := 0, 1, root; places > 0; depth++ {
		inner := 0
		for ; i >= 0 && int(nodes[i]) == depth; i-- {
			inner++
		}
		leaves[min(depth, len(leaves)-1)] += places - inner
		places = 2 * inner
	}
	return leaves
}

// shorten makes codes that are longer than limit as short, and others longer until all find room.
func (t *tally) shorten(limit int) {
	room := 1 << limit // in codes of that length
	for length := 1; length < len(t); length++ {
		if length > limit {
			t[limit] += t[length]
			room -= t[length]
			t[length] = 0
		} else {
			room -= t[length] << (limit - length)
		}
	}
	for ; room < 0; room++ {
		length := limit - 1
		for t[length] == 0 {
			length--
		}
		t[length]--
		t[length+1] += 2 // the one that grew, and one of the longest beside it
		t[limit]--
	}
}

// assign gives every symbol its bits, which follow from the lengths: shorter ones first, then by symbol.
func (c *code) assign(symbols int) {
	var count, next [maxCode + 1]uint16
	for _, length := range c.lengths[:symbols] {
		count[length]++
	}
	count[0] = 0
	for length := 1; length <= maxCode; length++ {
		next[length] = (next[length-1] + count[length-1]) << 1
	}
	for symbol, length := range c.lengths[:symbols] {
		if length > 0 {
			c.bits[symbol] = bits.Reverse16(next[length]) >> (16 - length)
			next[length]++
		}
	}
}
