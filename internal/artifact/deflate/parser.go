package deflate

// token is a literal byte or a repetition: what it is, above the distance's symbol, above the distance less one. All are
// written alike, without a branch that would be guessed wrong half of the time.
type token uint32

// literalWhat is what a literal of zero is; a repetition is its length.
const literalWhat = 512

// noDistance is the symbol of none, which takes no bits.
const noDistance = 31

func literal(b byte) token { return token(literalWhat+int(b))<<20 | noDistance<<15 }

func repetition(length, distance, symbol int) token {
	return token(length<<20 | symbol<<15 | (distance - 1))
}

func (t token) what() int        { return int(t>>20) & (2*literalWhat - 1) }
func (t token) symbol() int      { return int(t >> 15 & 31) }
func (t token) distance() uint64 { return uint64(t & (Window - 1)) } // less one

// parser turns a piece into tokens.
type parser struct {
	*Encoder
	data []byte
	at   int
	dull int // literals since the last repetition
}

// maxPassed is how many places are passed over at most.
const maxPassed = 32

// passes counts a literal, and says how many places to pass over now, for literals as well.
func (p *parser) passes(at int) int {
	if p.dull++; p.effort.Patience <= 0 || p.dull < p.effort.Patience {
		return 0
	}
	return min(p.dull/p.effort.Patience, maxPassed, len(p.data)-at)
}

// saves tells whether a repetition of three bytes takes fewer bits than the bytes themselves.
func (p *parser) saves(at, distance int) bool {
	symbol := p.symbols.distance(distance)
	b, price := p.data[at:at+minMatch], &p.prices
	return int(price.literals[firstLength])+int(price.distances[symbol])+int(p.symbols.distanceExtra[symbol]) <
		int(price.literals[b[0]])+int(price.literals[b[1]])+int(price.literals[b[2]])
}

func (p *parser) literal() {
	b := p.data[p.at]
	p.tokens = append(p.tokens, literal(b))
	p.segment.literals[b]++
	p.at++
}

func (p *parser) literals(n int) {
	for range n {
		p.literal()
	}
}

func (p *parser) repeat(length, distance int) {
	symbol := p.symbols.distance(distance)
	p.tokens = append(p.tokens, repetition(length, distance, symbol))
	p.segment.literals[p.symbols.lengths[length]]++
	p.segment.distances[symbol]++
	p.at += length
}
