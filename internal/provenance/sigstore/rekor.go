package sigstore

import (
	"context"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"path"
	"strconv"

	"github.com/agent-facets/facets-reconcile/internal/provenance"
)

// proposal asks the log to record an envelope.
type proposal struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Spec       struct {
		ProposedContent struct {
			Envelope  string   `json:"envelope"`  // its JSON
			Verifiers [][]byte `json:"verifiers"` // certificates in PEM
		} `json:"proposedContent"`
	} `json:"spec"`
}

// logged is an entry as Rekor's API has it.
type logged struct {
	Body           []byte `json:"body"`
	IntegratedTime int64  `json:"integratedTime"`
	LogID          string `json:"logID"` // hex
	LogIndex       int64  `json:"logIndex"`
	Verification   struct {
		SignedEntryTimestamp []byte `json:"signedEntryTimestamp"`
		InclusionProof       *struct {
			Checkpoint string   `json:"checkpoint"`
			Hashes     []string `json:"hashes"` // hex
			LogIndex   int64    `json:"logIndex"`
			RootHash   string   `json:"rootHash"` // hex
			TreeSize   int64    `json:"treeSize"`
		} `json:"inclusionProof"`
	} `json:"verification"`
}

// record has the log record an envelope. An entry that is there already is one that was written though its answer was lost: every key is
// used once, so nobody else can have written it.
func (s *Signer) record(ctx context.Context, envelope provenance.Envelope, signer *x509.Certificate) (provenance.LogEntry, error) {
	text, err := json.Marshal(envelope)
	if err != nil {
		return provenance.LogEntry{}, fmt.Errorf("the envelope of the provenance: %w", err)
	}
	p := proposal{APIVersion: "0.0.1", Kind: "dsse"}
	p.Spec.ProposedContent.Envelope = string(text)
	p.Spec.ProposedContent.Verifiers = [][]byte{pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signer.Raw})}
	const entries = "api/v1/log/entries"
	a, err := s.rekor.post(ctx, entries, p)
	if err == nil && a.status == http.StatusConflict {
		if a.location == "" {
			return provenance.LogEntry{}, &Error{Party: Rekor, Err: errors.New("it has the entry already, and does not say where")}
		}
		a, err = s.rekor.get(ctx, entries+"/"+path.Base(a.location))
	}
	if err != nil {
		return provenance.LogEntry{}, err
	}
	entry, err := entryOf(a.body)
	if err != nil {
		return provenance.LogEntry{}, &Error{Party: Rekor, Err: err}
	}
	return entry, nil
}

// entryOf turns an answer of the log into what a bundle has of it.
func entryOf(document []byte) (e provenance.LogEntry, err error) {
	var all map[string]logged
	if err := json.Unmarshal(document, &all); err != nil {
		return e, fmt.Errorf("its answer cannot be read: %w", err)
	}
	if len(all) != 1 {
		return e, fmt.Errorf("its answer holds %d entries in place of one", len(all))
	}
	for _, l := range all {
		var body struct{ APIVersion, Kind string }
		if err := json.Unmarshal(l.Body, &body); err != nil {
			return e, fmt.Errorf("its entry cannot be read: %w", err)
		}
		e.LogIndex, e.IntegratedTime = strconv.FormatInt(l.LogIndex, 10), strconv.FormatInt(l.IntegratedTime, 10)
		e.KindVersion.Kind, e.KindVersion.Version = body.Kind, body.APIVersion
		e.CanonicalizedBody = l.Body
		if l.Verification.SignedEntryTimestamp != nil {
			e.InclusionPromise = &provenance.InclusionPromise{SignedEntryTimestamp: l.Verification.SignedEntryTimestamp}
		}
		if e.LogID.KeyID, err = hex.DecodeString(l.LogID); err != nil {
			return e, fmt.Errorf("its name of itself cannot be read: %w", err)
		}
		if e.InclusionProof, err = l.proof(); err != nil {
			return e, fmt.Errorf("its proof cannot be read: %w", err)
		}
	}
	return e, nil
}

func (l logged) proof() (*provenance.InclusionProof, error) {
	from := l.Verification.InclusionProof
	if from == nil {
		return nil, errors.New("there is none")
	}
	p := &provenance.InclusionProof{LogIndex: strconv.FormatInt(from.LogIndex, 10), TreeSize: strconv.FormatInt(from.TreeSize, 10)}
	p.Checkpoint.Envelope = from.Checkpoint
	var err error
	if p.RootHash, err = hex.DecodeString(from.RootHash); err != nil {
		return nil, err
	}
	for _, text := range from.Hashes {
		hash, err := hex.DecodeString(text)
		if err != nil {
			return nil, err
		}
		p.Hashes = append(p.Hashes, hash)
	}
	return p, nil
}
