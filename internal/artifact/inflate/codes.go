package inflate

// headerSymbols is how many symbols the code of a block's own header has.
const headerSymbols = 19

// headerOrder is the order in which the lengths of that code are given.
func headerOrder() [headerSymbols]uint8 {
	return [headerSymbols]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}
}

// fixedCodes makes the tables of a block that brings no codes (RFC 1951, section 3.2.6).
func (r *Reader) fixedCodes() {
	var lengths [allLiterals]uint8
	for symbol := range lengths {
		switch {
		case symbol < 144:
			lengths[symbol] = 8
		case symbol < 256:
			lengths[symbol] = 9
		case symbol < 280:
			lengths[symbol] = 7
		default:
			lengths[symbol] = 8
		}
	}
	r.literals.build(lengths[:])
	r.literals.pair()
	for symbol := range allDistances {
		lengths[symbol] = 5
	}
	r.distances.build(lengths[:allDistances])
}

// ownCodes makes the tables of a block that brings its codes (section 3.2.7). It tells whether they are right.
func (r *Reader) ownCodes() bool {
	literals, distances, headers := r.take(5)+endOfBlock+1, r.take(5)+1, r.take(4)+4
	if literals > maxLiterals || distances > maxDistances {
		return false
	}
	var own [headerSymbols]uint8
	order := headerOrder()
	for _, symbol := range order[:headers] {
		own[symbol] = uint8(r.take(3))
	}
	if !r.headers.build(own[:]) {
		return false
	}
	var lengths [maxLiterals + maxDistances]uint8
	for i, n := 0, literals+distances; i < n; {
		value, times, ok := r.run(lengths[:i])
		if !ok || i+times > n {
			return false
		}
		for range times {
			lengths[i] = value
			i++
		}
	}
	if !r.literals.build(lengths[:literals]) || !r.distances.build(lengths[literals:literals+distances]) {
		return false
	}
	r.literals.pair()
	return true
}

// run reads a length of the codes to come, and how often it follows.
func (r *Reader) run(known []uint8) (value uint8, times int, ok bool) {
	r.take(0)
	e := r.headers.long(r.next)
	r.place = r.beyond(min(e.bits(), r.held))
	switch symbol := int(e.literals()); {
	case e == 0:
		return 0, 0, false
	case symbol < 16:
		return uint8(symbol), 1, true
	case symbol == 16:
		if len(known) == 0 {
			return 0, 0, false
		}
		return known[len(known)-1], 3 + r.take(2), true
	case symbol == 17:
		return 0, 3 + r.take(3), true
	}
	return 0, 11 + r.take(7), true
}
