package manifest

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// address is a URL, read as browsers and Node read it (the WHATWG's standard), which is more lenient than Go's own reader and lets
// other things through. Parts are escaped as there.
type address struct {
	scheme             string
	username, password string
	host, path         string
	fragment           string
}

func isURL(s string) bool {
	_, ok := parseURL(s)
	return ok
}

func parseURL(s string) (address, bool) {
	s = strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
	s = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(s)
	scheme, rest, found := strings.Cut(s, ":")
	if !found || !isScheme(scheme) {
		return address{}, false
	}
	at := address{scheme: strings.ToLower(scheme)}
	isSpecial := slices.Contains([]string{"http", "https", "ws", "wss", "ftp", "file"}, at.scheme)
	rest, fragment, _ := strings.Cut(rest, "#")
	at.fragment = escaped(fragment, " \"<>`")
	rest, _, _ = strings.Cut(rest, "?")
	if isSpecial {
		rest = strings.ReplaceAll(rest, `\`, "/")
	}
	ok := true
	switch {
	case at.scheme == "file":
		if below, hasHost := strings.CutPrefix(rest, "//"); hasHost {
			authority, _, _ := strings.Cut(below, "/")
			_, ok = parseHost(authority, true)
			ok = ok || authority == "" || len(authority) == 2 && strings.ContainsAny(authority[1:], ":|")
		}
		return at, ok
	case isSpecial:
		rest = strings.TrimLeft(rest, "/")
		end := strings.IndexByte(rest+"/", '/')
		ok = at.readAuthority(rest[:end], true)
		at.path = walked("/" + strings.TrimPrefix(rest[end:], "/"))
	case strings.HasPrefix(rest, "//"):
		rest = rest[2:]
		end := strings.IndexByte(rest+"/", '/')
		ok = at.readAuthority(rest[:end], false)
		at.path = walked(rest[end:])
	case strings.HasPrefix(rest, "/"):
		at.path = walked(rest)
	default:
		at.path = escaped(rest, "")
	}
	return at, ok
}

func isScheme(s string) bool {
	isLetter := func(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
	if s == "" || !isLetter(s[0]) {
		return false
	}
	for _, c := range []byte(s) {
		if !isLetter(c) && (c < '0' || c > '9') && !strings.ContainsRune("+-.", rune(c)) {
			return false
		}
	}
	return true
}

// readAuthority reads user:password@host:port. Hosts of the special schemes must not be empty.
func (at *address) readAuthority(s string, isSpecial bool) bool {
	if i := strings.LastIndexByte(s, '@'); i >= 0 {
		const reserved = " \"#<>?^`{}/:;=@[\\]|"
		username, password, _ := strings.Cut(s[:i], ":")
		at.username, at.password = escaped(username, reserved), escaped(password, reserved)
		if s = s[i+1:]; s == "" {
			return false
		}
	}
	if i := strings.LastIndexByte(s, ':'); i >= 0 && i > strings.LastIndexByte(s, ']') {
		port := s[i+1:]
		if _, err := strconv.ParseUint(port, 10, 16); i == 0 || port != "" && err != nil {
			return false
		}
		s = s[:i]
	}
	var ok bool
	at.host, ok = parseHost(s, isSpecial)
	return ok && (at.host != "" || !isSpecial)
}

// parseHost checks a host's name. What is not ASCII counts as valid: the tables of those names are larger than what depends on it.
func parseHost(s string, isSpecial bool) (string, bool) {
	if inner, isLiteral := strings.CutPrefix(s, "["); isLiteral {
		literal, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		return s, err == nil && literal.Is6() && literal.Zone() == "" && strings.HasSuffix(s, "]")
	}
	const forbidden = " \x00#/:<>?@[\\]^|"
	if !isSpecial {
		return escaped(s, ""), !strings.ContainsAny(s, forbidden)
	}
	s = strings.ToLower(unescaped(s))
	if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == '%' }) {
		return "", false
	}
	return s, !strings.ContainsAny(s, forbidden) && (!endsInNumber(s) || isIPv4(s))
}

func endsInNumber(host string) bool {
	parts := strings.Split(strings.TrimSuffix(host, "."), ".")
	last := parts[len(parts)-1]
	_, isHex := ipv4Number(last)
	return last != "" && (strings.Trim(last, "0123456789") == "" || isHex && strings.HasPrefix(last, "0x"))
}

func isIPv4(host string) bool {
	parts := strings.Split(strings.TrimSuffix(host, "."), ".")
	if len(parts) > 4 {
		return false
	}
	for i, part := range parts {
		limit := uint64(256)
		if i == len(parts)-1 {
			limit = 1 << (8 * (5 - len(parts)))
		}
		if number, ok := ipv4Number(part); !ok || number >= limit {
			return false
		}
	}
	return true
}

// ipv4Number reads decimal, 0x1f and 017; a bare 0x is zero.
func ipv4Number(s string) (uint64, bool) {
	base := 10
	if hex, isHex := strings.CutPrefix(s, "0x"); isHex {
		if s, base = hex, 16; s == "" {
			return 0, true
		}
	} else if len(s) > 1 && s[0] == '0' {
		s, base = s[1:], 8
	}
	number, err := strconv.ParseUint(s, base, 64)
	return number, err == nil
}

// walked follows the dots of a path and escapes it.
func walked(path string) string {
	if path == "" {
		return ""
	}
	segments := strings.Split(path[1:], "/")
	var kept []string
	for i, segment := range segments {
		isLast := i == len(segments)-1
		switch strings.ReplaceAll(strings.ToLower(segment), "%2e", ".") {
		case "..":
			kept = kept[:max(0, len(kept)-1)]
		case ".":
		default:
			kept = append(kept, escaped(segment, " \"#<>?^`{}"))
			continue
		}
		if isLast {
			kept = append(kept, "")
		}
	}
	return "/" + strings.Join(kept, "/")
}

// escaped writes controls, what is not ASCII, and the given signs with percent signs.
func escaped(s, signs string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c < ' ' || c > '~' || strings.IndexByte(signs, c) >= 0 {
			b.WriteString("%" + strings.ToUpper(strconv.FormatUint(uint64(c)|0x100, 16)[1:]))
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// unescaped takes away the percent signs that spell a byte, and leaves the others.
func unescaped(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if c, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(c))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
