package provenance

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// recorded is what an entry of kind dsse keeps of an envelope (Rekor's schema dsse v0.0.1).
type recorded struct {
	Kind    string `json:"kind"`
	Version string `json:"apiVersion"`
	Spec    struct {
		PayloadHash struct {
			Value string `json:"value"` // hex
		} `json:"payloadHash"`
		Signatures []struct {
			Signature []byte `json:"signature"`
			Verifier  []byte `json:"verifier"` // a certificate in PEM
		} `json:"signatures"`
	} `json:"spec"`
}

// check tells whether the entry records this envelope, and is proven to be in its log's tree.
func (l LogEntry) check(envelope Envelope, signer *x509.Certificate) error {
	if err := l.records(envelope, signer); err != nil {
		return fmt.Errorf("the transparency log's entry: %w", err)
	}
	if err := l.included(); err != nil {
		return fmt.Errorf("the transparency log's proof: %w", err)
	}
	return nil
}

func (l LogEntry) records(envelope Envelope, signer *x509.Certificate) error {
	var r recorded
	if err := json.Unmarshal(l.CanonicalizedBody, &r); err != nil {
		return fmt.Errorf("it cannot be read: %w", err)
	}
	if r.Kind != "dsse" || r.Version != "0.0.1" { // intoto, of bundles up to version 0.2, or of Rekor v2: they are read, and never made
		return nil
	}
	payload := sha256.Sum256(envelope.Payload)
	if r.Spec.PayloadHash.Value != hex.EncodeToString(payload[:]) || len(r.Spec.Signatures) != 1 {
		return errors.New("it records another statement")
	}
	block, _ := pem.Decode(r.Spec.Signatures[0].Verifier)
	if block == nil || !bytes.Equal(block.Bytes, signer.Raw) ||
		len(envelope.Signatures) != 1 || !bytes.Equal(r.Spec.Signatures[0].Signature, envelope.Signatures[0].Sig) {
		return errors.New("it records another signature")
	}
	return nil
}

// included follows the proof from the entry to the root that the log's checkpoint has.
func (l LogEntry) included() error {
	p := l.InclusionProof
	switch {
	case p == nil && l.InclusionPromise != nil: // of bundles of version 0.1, which need no proof
		return nil
	case p == nil:
		return errors.New("there is none")
	}
	index, indexErr := number(p.LogIndex)
	size, sizeErr := number(p.TreeSize)
	if err := errors.Join(indexErr, sizeErr); err != nil {
		return err
	}
	root, err := rootOf(l.CanonicalizedBody, index, size, p.Hashes)
	if err != nil {
		return err
	}
	if !bytes.Equal(root, p.RootHash) {
		return errors.New("it leads to another root")
	}
	lines := strings.Split(p.Checkpoint.Envelope, "\n") // the log's name, the tree's size, its root, …
	if len(lines) < 3 || lines[1] != p.TreeSize || lines[2] != base64.StdEncoding.EncodeToString(p.RootHash) {
		return errors.New("its checkpoint is of another tree")
	}
	return nil
}

// number reads one of Protobuf's JSON, which leaves out what is 0.
func number(s string) (uint64, error) {
	if s == "" {
		return 0, nil
	}
	return strconv.ParseUint(s, 10, 63)
}

// rootOf computes the root of a tree from one of its leaves (RFC 9162, 2.1.3.2).
func rootOf(leaf []byte, index, size uint64, path [][]byte) ([]byte, error) {
	if index >= size {
		return nil, fmt.Errorf("the tree has %d entries, and the entry is number %d", size, index)
	}
	hash := hashOf([]byte{0}, leaf)
	last := size - 1
	for _, sibling := range path {
		if last == 0 {
			return nil, errors.New("it is too long")
		}
		if index%2 == 1 || index == last {
			hash = hashOf([]byte{1}, sibling, hash)
			for index%2 == 0 && index != 0 {
				index, last = index/2, last/2
			}
		} else {
			hash = hashOf([]byte{1}, hash, sibling)
		}
		index, last = index/2, last/2
	}
	if last != 0 {
		return nil, errors.New("it is too short")
	}
	return hash, nil
}

func hashOf(parts ...[]byte) []byte {
	h := sha256.New()
	for _, part := range parts {
		_, _ = h.Write(part) // never fails
	}
	return h.Sum(nil)
}
