package secret

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"
)

const (
	privateKey    Kind = "a private key"
	pgpPrivateKey Kind = "a PGP private key"
	keyStoreKind  Kind = "a PKCS #12 key store"
)

// armor is a private key's first line and, behind headers such as "Proc-Type:", the first of what it encodes: a line that stands
// alone, as in an explanation, is no key.
const armor = `-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY( BLOCK)?-----\s[\s\S]{0,400}?[A-Za-z0-9+/]{32}`

// keyAtStart finds a private key in a file that begins with one, whatever its name.
func keyAtStart(data []byte) Kind {
	data = bytes.TrimLeft(data, " \t\r\n")
	switch {
	case bytes.HasPrefix(data, []byte("-----BEGIN ")):
		return armored(data, "^"+armor)
	case bytes.HasPrefix(data, []byte("PuTTY-User-Key-File-")):
		return privateKey
	case bytes.HasPrefix(data, []byte("---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----")):
		return privateKey
	}
	return ""
}

// keyAnywhere finds a private key behind certificates, attributes or comments.
func keyAnywhere(data []byte) Kind { return armored(data, armor) }

func armored(data []byte, expression string) Kind {
	match := regexp.MustCompile(expression).FindSubmatch(data)
	switch {
	case match == nil:
		return ""
	case len(match[1]) > 0:
		return pgpPrivateKey
	}
	return privateKey
}

// mayHoldKey tells by its name whether a file may hold a private key behind other things.
func mayHoldKey(base string) bool {
	extensions := []string{".pem", ".key", ".crt", ".cer", ".cert", ".p8", ".pk8", ".asc", ".gpg", ".ovpn"}
	names := []string{"id_rsa", "id_dsa", "id_ecdsa", "id_ed25519"}
	return slices.Contains(extensions, path.Ext(base)) || slices.Contains(names, strings.TrimSuffix(base, path.Ext(base)))
}

func isKeyStore(base string) bool { return slices.Contains([]string{".p12", ".pfx"}, path.Ext(base)) }

// keyStore tells a PKCS #12 file by its head: a sequence that begins with version 3.
func keyStore(data []byte) Kind {
	if len(data) > 0 && data[0] == 0x30 && bytes.Contains(data[:min(len(data), 12)], []byte{0x02, 0x01, 0x03}) {
		return keyStoreKind
	}
	return ""
}
