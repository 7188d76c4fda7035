package npmrc

import (
	"encoding/base64"
	"errors"
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

// Basic returns the user name and password for a registry, joined by a colon and in base64, and where they are said: _auth, or
// username and _password. All are empty where there is none, or where a token goes before them. npm has them for registries other
// than its own; they are no session.
func (c *Config) Basic(registry *url.URL) (pair spec.Secret, from string, err error) {
	for _, place := range places(registry) {
		token, _ := c.lookup(place + ":_authToken")
		auth, _ := c.lookup(place + ":_auth")
		user, _ := c.lookup(place + ":username")
		password, _ := c.lookup(place + ":_password")
		switch {
		case token.value != "":
			return spec.Secret{}, "", nil
		case auth.value != "":
			return spec.NewSecret(auth.value), auth.from, auth.check(place + ":_auth")
		case user.value == "" || password.value == "":
			continue
		}
		if err := errors.Join(user.check(place+":username"), password.check(place+":_password")); err != nil {
			return spec.Secret{}, "", err
		}
		plain, err := base64.StdEncoding.DecodeString(password.value)
		if err != nil { // whose words would quote it
			return spec.Secret{}, "", fmt.Errorf("%s: %s:_password is not base64, as npm writes it", password.from, place)
		}
		return spec.NewSecret(base64.StdEncoding.EncodeToString([]byte(user.value + ":" + string(plain)))), password.from, nil
	}
	return spec.Secret{}, "", nil
}

// AlwaysAuth tells whether a registry is to be sent its credentials with every read.
func (c *Config) AlwaysAuth(registry *url.URL) bool {
	for _, place := range places(registry) {
		if s, found := c.lookup(place + ":always-auth"); found {
			return s.value == "true"
		}
	}
	s, _ := c.lookup("always-auth")
	return s.value == "true"
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
