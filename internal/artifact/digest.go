package artifact

import (
	"crypto/sha1" //nolint:gosec // registries ask for a sha1 beside the integrity
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"hash/crc32"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// digest identifies a tarball's bytes.
type digest struct {
	size      int64
	integrity spec.Integrity
	shasum    string
	checksum  uint32 // CRC-32C
}

// hashes sums up what is written to it.
type hashes struct {
	size   int64
	sha1   hash.Hash
	sha512 hash.Hash
	crc    hash.Hash32
}

func newHashes() *hashes {
	return &hashes{sha1: sha1.New(), sha512: sha512.New(), crc: crc32.New(crc32.MakeTable(crc32.Castagnoli))} //nolint:gosec // see the import
}

// Write implements io.Writer.
func (h *hashes) Write(p []byte) (int, error) {
	h.size += int64(len(p))
	_, _ = h.sha1.Write(p)   // a hash.Hash never fails to
	_, _ = h.sha512.Write(p) // write
	_, _ = h.crc.Write(p)
	return len(p), nil
}

func (h *hashes) digest() digest {
	return digest{
		size:      h.size,
		integrity: spec.NewIntegrity([sha512.Size]byte(h.sha512.Sum(nil))),
		shasum:    hex.EncodeToString(h.sha1.Sum(nil)),
		checksum:  h.crc.Sum32(),
	}
}
