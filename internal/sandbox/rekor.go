package sandbox

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"strings"
)

const (
	logName     = "sandbox.sigstore - 1"
	logEntries  = "api/v1/log/entries"
	logTree     = "0000000000000001" // the tree's number, which every entry's name begins with
	logBodyKind = "dsse"
)

func (s *sigstore) serveRekor(rw http.ResponseWriter, r *http.Request, path string) error {
	keys, err := s.keys()
	if err != nil {
		return err
	}
	name, one := strings.CutPrefix(path, logEntries+"/")
	switch {
	case path == "api/v1/log" && isRead(r):
		s.mu.Lock()
		defer s.mu.Unlock()
		root := rootOf(s.leaves)
		return sendJSON(rw, http.StatusOK, map[string]any{"treeSize": len(s.leaves), "rootHash": hex.EncodeToString(root[:]), "treeID": "1"})
	case path == logEntries && r.Method == http.MethodPost:
		return s.record(rw, r, keys)
	case one && isRead(r):
		s.mu.Lock()
		defer s.mu.Unlock()
		for index, leaf := range s.leaves {
			if name == nameOf(leaf) {
				return s.sendEntry(rw, http.StatusOK, keys, index)
			}
		}
	}
	return rekorError(http.StatusNotFound, "not found")
}

// rekorError is an answer of Rekor's.
func rekorError(status int, message string) *answer {
	return &answer{status: status, body: map[string]any{"code": status, "message": message}}
}

// record adds an entry. One that exists already is not added again; the answer names it.
func (s *sigstore) record(rw http.ResponseWriter, r *http.Request, keys *sigstoreKeys) error {
	var proposal struct {
		APIVersion, Kind string
		Spec             struct {
			ProposedContent struct {
				Envelope  string
				Verifiers [][]byte
			}
		}
	}
	if err := readJSON(r, &proposal); err != nil {
		return err
	}
	content := proposal.Spec.ProposedContent
	if proposal.Kind != logBodyKind || proposal.APIVersion != "0.0.1" || len(content.Verifiers) != 1 {
		return rekorError(http.StatusBadRequest, "this log takes entries of kind dsse 0.0.1 with one verifier")
	}
	leaf, err := leafOf(content.Envelope, content.Verifiers[0])
	if err != nil {
		return rekorError(http.StatusBadRequest, "error canonicalizing entry: "+err.Error())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, known := range s.leaves {
		if bytes.Equal(known, leaf) {
			name := nameOf(leaf)
			a := rekorError(http.StatusConflict, "an equivalent entry already exists in the transparency log with UUID "+name)
			a.header = map[string]string{"Location": "/" + logEntries + "/" + name}
			return a
		}
	}
	s.leaves, s.times = append(s.leaves, leaf), append(s.times, s.now().Unix())
	return s.sendEntry(rw, http.StatusCreated, keys, len(s.leaves)-1)
}

// leafOf returns what the log keeps of an envelope that the verifier has signed. Its fields are sorted by name, because the log's JSON is
// canonical.
func leafOf(text string, verifier []byte) ([]byte, error) {
	var envelope struct {
		Payload     []byte
		PayloadType string
		Signatures  []struct{ Sig []byte }
	}
	if err := json.Unmarshal([]byte(text), &envelope); err != nil || len(envelope.Signatures) != 1 {
		return nil, fmt.Errorf("the envelope has not one signature: %w", err)
	}
	block, _ := pem.Decode(verifier)
	if block == nil {
		return nil, fmt.Errorf("the verifier is no PEM")
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, err
	}
	key, ok := certificate.PublicKey.(*ecdsa.PublicKey)
	signed := sha256.Sum256(fmt.Appendf(nil, "DSSEv1 %d %s %d %s",
		len(envelope.PayloadType), envelope.PayloadType, len(envelope.Payload), envelope.Payload))
	if !ok || !ecdsa.VerifyASN1(key, signed[:], envelope.Signatures[0].Sig) {
		return nil, fmt.Errorf("could not verify envelope")
	}
	type hash struct {
		Algorithm string `json:"algorithm"`
		Value     string `json:"value"`
	}
	sum := func(data []byte) hash { h := sha256.Sum256(data); return hash{"sha256", hex.EncodeToString(h[:])} }
	type signature struct {
		Signature []byte `json:"signature"`
		Verifier  []byte `json:"verifier"`
	}
	type content struct {
		EnvelopeHash hash        `json:"envelopeHash"`
		PayloadHash  hash        `json:"payloadHash"`
		Signatures   []signature `json:"signatures"`
	}
	return json.Marshal(struct {
		APIVersion string  `json:"apiVersion"`
		Kind       string  `json:"kind"`
		Spec       content `json:"spec"`
	}{"0.0.1", logBodyKind, content{sum([]byte(text)), sum(envelope.Payload), []signature{{envelope.Signatures[0].Sig, verifier}}}})
}

// nameOf returns an entry's UUID.
func nameOf(leaf []byte) string {
	hash := leafHash(leaf)
	return logTree + hex.EncodeToString(hash[:])
}

// sendEntry sends an entry with its proof in the present tree, and the log's signature of the time at which it was added. The caller
// holds the lock.
func (s *sigstore) sendEntry(rw http.ResponseWriter, status int, keys *sigstoreKeys, index int) error {
	leaf, root := s.leaves[index], rootOf(s.leaves)
	promise, err := json.Marshal(struct { // canonical: by name
		Body           []byte `json:"body"`
		IntegratedTime int64  `json:"integratedTime"`
		LogID          string `json:"logID"`
		LogIndex       int    `json:"logIndex"`
	}{leaf, s.times[index], hex.EncodeToString(keys.logID[:]), index})
	if err != nil {
		return err
	}
	signed, err := keys.signAsLog(promise)
	if err != nil {
		return err
	}
	checkpoint, err := keys.checkpoint(len(s.leaves), root)
	if err != nil {
		return err
	}
	hashes := []string{}
	for _, hash := range proofOf(s.leaves, index) {
		hashes = append(hashes, hex.EncodeToString(hash[:]))
	}
	return sendJSON(rw, status, map[string]any{nameOf(leaf): map[string]any{
		"body": leaf, "integratedTime": s.times[index], "logID": hex.EncodeToString(keys.logID[:]), "logIndex": index,
		"verification": map[string]any{"signedEntryTimestamp": signed, "inclusionProof": map[string]any{
			"checkpoint": checkpoint, "hashes": hashes, "logIndex": index, "rootHash": hex.EncodeToString(root[:]), "treeSize": len(s.leaves),
		}},
	}})
}

func (k *sigstoreKeys) signAsLog(text []byte) ([]byte, error) {
	digest := sha256.Sum256(text)
	return ecdsa.SignASN1(rand.Reader, k.log, digest[:])
}

// checkpoint returns a signed note of the tree.
func (k *sigstoreKeys) checkpoint(size int, root [sha256.Size]byte) (string, error) {
	text := fmt.Sprintf("%s\n%d\n%s\n", logName, size, base64.StdEncoding.EncodeToString(root[:]))
	signed, err := k.signAsLog([]byte(text))
	if err != nil {
		return "", err
	}
	signature := base64.StdEncoding.EncodeToString(append(k.logID[:4:4], signed...))
	return fmt.Sprintf("%s\n— sandbox.sigstore %s\n", text, signature), nil
}
