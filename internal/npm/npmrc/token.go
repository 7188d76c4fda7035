package npmrc

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Token returns the token for a registry and where it is said. Both are empty where there is none. The key names the
// registry's host with its port, and the longest path that leads to it wins: //host/path/:_authToken before
// //host/:_authToken. As in npm the scheme is no part of it: whoever sends the token sees to TLS.
//
// The error wraps ErrUnsupported where the registry is given a password, _auth or a certificate instead, and ErrUnset
// where the token's variable is missing: in both cases there is no token, and the caller decides whether that matters.
func (c *Config) Token(registry *url.URL) (token spec.Secret, from string, err error) {
	for _, place := range places(registry) {
		key := place + ":_authToken"
		if s, _ := c.lookup(key); s.value != "" {
			if err := s.check(key); err != nil {
				return spec.Secret{}, "", err
			}
			return spec.NewSecret(s.value), s.from, nil
		}
		for _, kind := range []string{":_auth", ":_password", ":certfile"} {
			if s, _ := c.lookup(place + kind); s.value != "" {
				return spec.Secret{}, "", fmt.Errorf("%s: %s%s: %w; run `npm login`, or write %s with a token",
					s.from, place, kind, ErrUnsupported, key)
			}
		}
	}
	return spec.Secret{}, "", nil
}

// places lists what a token's key may start with for a registry, longest first: //host/a/b/, //host/a/b, //host/a/, …
func places(registry *url.URL) []string {
	host := strings.ToLower(registry.Host)
	switch registry.Scheme { // JavaScript's URL.host, by which npm writes the keys, leaves a scheme's own port out
	case "https":
		host = strings.TrimSuffix(host, ":443")
	case "http":
		host = strings.TrimSuffix(host, ":80")
	}
	if host == "" {
		return nil
	}
	path := strings.TrimSuffix(registry.JoinPath().EscapedPath(), "/")
	var found []string
	for {
		found = append(found, "//"+host+path+"/", "//"+host+path)
		cut := strings.LastIndexByte(path, '/')
		if cut < 0 {
			return found
		}
		path = path[:cut]
	}
}
