package sandbox

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"
)

// sigstore is Fulcio and Rekor, with keys that end with the process: what they sign verifies against this world's trusted root alone.
type sigstore struct {
	issuers *issuers
	now     func() time.Time
	keys    func() (*sigstoreKeys, error) // made when first needed
	mu      sync.Mutex
	leaves  [][]byte // the log's entries, canonical
	times   []int64  // when each was added
}

// sigstoreKeys are the certificate authority's, and the log's.
type sigstoreKeys struct {
	root, authority *x509.Certificate
	authorityKey    *ecdsa.PrivateKey
	log             *ecdsa.PrivateKey
	logPublic       []byte // DER
	logID           [sha256.Size]byte
	since           time.Time
}

const (
	fulcioPath = "/sigstore/fulcio/"
	rekorPath  = "/sigstore/rekor/"
)

func newSigstore(o Options, all *issuers) *sigstore {
	return &sigstore{
		leaves: [][]byte{[]byte("an entry"), []byte("another")}, times: []int64{0, 0}, // of others, so that no entry is the first of the tree
		issuers: all, now: o.Now, keys: sync.OnceValues(func() (*sigstoreKeys, error) { return newSigstoreKeys(o.Now()) }),
	}
}

func newSigstoreKeys(now time.Time) (*sigstoreKeys, error) {
	k := &sigstoreKeys{since: now.Add(-time.Hour).Truncate(time.Second)}
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	if k.authorityKey, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, err
	}
	if k.log, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, err
	}
	if k.root, err = k.certify(authorityOf("sandbox", 1), nil, rootKey, &rootKey.PublicKey); err != nil {
		return nil, err
	}
	if k.authority, err = k.certify(authorityOf("sandbox-intermediate", 0), k.root, rootKey, &k.authorityKey.PublicKey); err != nil {
		return nil, err
	}
	if k.logPublic, err = x509.MarshalPKIXPublicKey(&k.log.PublicKey); err != nil {
		return nil, err
	}
	k.logID = sha256.Sum256(k.logPublic)
	return k, nil
}

// serveSigstore serves what is under /sigstore/.
func (s *sigstore) serveSigstore(rw http.ResponseWriter, r *http.Request) error {
	if path, ok := strings.CutPrefix(r.URL.Path, fulcioPath); ok {
		return s.serveFulcio(rw, r, path)
	}
	return s.serveRekor(rw, r, strings.TrimPrefix(r.URL.Path, rekorPath))
}

// trustedRoot returns what verifiers of bundles have to trust: the authority's certificates and the log's key (Sigstore's trusted root
// v0.1).
func (k *sigstoreKeys) trustedRoot() ([]byte, error) {
	type object = map[string]any
	valid := object{"start": k.since.UTC().Format(time.RFC3339)}
	return json.Marshal(object{
		"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
		"tlogs": []object{{
			"baseUrl": "http://127.0.0.1" + rekorPath, "hashAlgorithm": "SHA2_256", "logId": object{"keyId": k.logID[:]},
			"publicKey": object{"rawBytes": k.logPublic, "keyDetails": "PKIX_ECDSA_P256_SHA_256", "validFor": valid},
		}},
		"certificateAuthorities": []object{{
			"subject": object{"organization": "sandbox", "commonName": "sandbox"}, "uri": "http://127.0.0.1" + fulcioPath,
			"certChain": object{"certificates": []object{{"rawBytes": k.authority.Raw}, {"rawBytes": k.root.Raw}}}, "validFor": valid,
		}},
	})
}
