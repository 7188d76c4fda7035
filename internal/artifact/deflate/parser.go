package deflate

import "math/bits"

// token is a literal byte; or a repetition: its length, above 16 bits of its distance less one.
type token uint32

func (t token) literal() bool { return t < 1<<16 }
func (t token) length() int   { return int(t >> 16) }
func (t token) distance() int { return int(t&0xffff) + 1 }

// parser turns a piece into tokens.
type parser struct {
	*Encoder
	data []byte
	at   int
	dull int // literals since the last repetition
}

// maxPassed is how many places are passed over at most.
const maxPassed = 32

// segment parses until there are enough tokens.
func (p *parser) segment(enough int) {
	for p.at < len(p.data) && len(p.tokens) < enough {
		length, distance := p.matcher.find(p.data, p.at, 0, p.effort.Depth, p.effort.Nice)
		if length > minMatch || length == minMatch && p.saves(distance) {
			p.dull = 0
			p.choose(length, distance)
			continue
		}
		p.literal()
		if p.dull++; p.effort.Patience > 0 && p.dull >= p.effort.Patience {
			p.pass(min(p.dull/p.effort.Patience, maxPassed, len(p.data)-p.at))
		}
	}
}

// pass takes n bytes for literals.
func (p *parser) pass(n int) {
	p.matcher.skip(p.data, p.at, p.at+n)
	for range n {
		p.literal()
	}
}

// saves tells whether a repetition of three bytes takes fewer bits than the bytes themselves.
func (p *parser) saves(distance int) bool {
	symbol := p.symbols.distance(distance)
	b, price := p.data[p.at:p.at+minMatch], &p.prices
	return int(price.literals[firstLength])+int(price.distances[symbol])+int(p.symbols.distanceExtra[symbol]) <
		int(price.literals[b[0]])+int(price.literals[b[1]])+int(price.literals[b[2]])
}

// choose takes a repetition, or a better one that begins a little later.
func (p *parser) choose(length, distance int) {
	tried := 0
	for tried < p.effort.Lazy && length < p.effort.Nice {
		tried++
		// The more so the less it has to be, as each place passed over costs a literal.
		l, d := p.matcher.find(p.data, p.at+tried, length-1, p.effort.Depth>>tried, p.effort.Nice)
		if l < length || 4*(l-length)+bits.Len(uint(distance))-bits.Len(uint(d)) <= 4*tried-2 {
			continue
		}
		for range tried {
			p.literal()
		}
		length, distance, tried = l, d, 0
	}
	p.matcher.skip(p.data, p.at+1+tried, p.at+length)
	p.repeat(length, distance)
}

func (p *parser) literal() {
	b := p.data[p.at]
	p.tokens = append(p.tokens, token(b))
	p.Encoder.segment.literals[b]++
	p.at++
}

func (p *parser) repeat(length, distance int) {
	p.tokens = append(p.tokens, token(length<<16|(distance-1)))
	p.Encoder.segment.literals[p.symbols.lengths[length]]++
	p.Encoder.segment.distances[p.symbols.distance(distance)]++
	p.at += length
}
