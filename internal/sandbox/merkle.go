package sandbox

import "crypto/sha256"

// The log's tree (RFC 9162, 2.1).

func leafHash(leaf []byte) [sha256.Size]byte { return sha256.Sum256(append([]byte{0}, leaf...)) }

func nodeHash(left, right [sha256.Size]byte) [sha256.Size]byte {
	return sha256.Sum256(append(append([]byte{1}, left[:]...), right[:]...))
}

// split returns the greatest power of two below n.
func split(n int) int {
	half := 1
	for half*2 < n {
		half *= 2
	}
	return half
}

func rootOf(leaves [][]byte) [sha256.Size]byte {
	switch n := len(leaves); n {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return leafHash(leaves[0])
	default:
		half := split(n)
		return nodeHash(rootOf(leaves[:half]), rootOf(leaves[half:]))
	}
}

// proofOf returns the hashes that lead from a leaf to the root.
func proofOf(leaves [][]byte, index int) [][sha256.Size]byte {
	n := len(leaves)
	if n < 2 {
		return nil
	}
	half := split(n)
	if index < half {
		return append(proofOf(leaves[:half], index), rootOf(leaves[half:]))
	}
	return append(proofOf(leaves[half:], index-half), rootOf(leaves[:half]))
}
