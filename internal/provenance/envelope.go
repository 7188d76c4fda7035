package provenance

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
)

// Envelope is a signed payload, as DSSE has it.
type Envelope struct {
	Payload     []byte      `json:"payload"`
	PayloadType string      `json:"payloadType"`
	Signatures  []Signature `json:"signatures"`
}

// Signature is one of an envelope's signatures; npm takes only one.
type Signature struct {
	KeyID string `json:"keyid,omitempty"`
	Sig   []byte `json:"sig"`
}

// Seal signs a statement.
func Seal(statement []byte, key *ecdsa.PrivateKey) (Envelope, error) {
	digest := sha256.Sum256(encoded(payloadType, statement))
	signature, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	if err != nil {
		return Envelope{}, fmt.Errorf("signing the provenance statement: %w", err)
	}
	return Envelope{Payload: statement, PayloadType: payloadType, Signatures: []Signature{{Sig: signature}}}, nil
}

// signedBy tells whether its one signature is by the key.
func (e Envelope) signedBy(key *ecdsa.PublicKey) bool {
	digest := sha256.Sum256(encoded(e.PayloadType, e.Payload))
	return len(e.Signatures) == 1 && ecdsa.VerifyASN1(key, digest[:], e.Signatures[0].Sig)
}

// encoded is what is really signed: DSSE's pre-authentication encoding, which binds the payload to its type.
func encoded(kind string, payload []byte) []byte {
	return fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(kind), kind, len(payload), payload)
}
