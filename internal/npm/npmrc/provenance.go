package npmrc

import (
	"strconv"
	"strings"
)

// NoProvenance says where npm is told to make no provenance, as "provenance=false in PLACE"; "" where it is not. A file that is to be sent
// in its place counts, too, as npm makes none beside it (its lib/utils/oidc.js).
func (c *Config) NoProvenance() string {
	if s, found := c.lookup("provenance"); found && !truth(s.value) {
		return "provenance=" + s.value + " in " + s.from
	}
	if s, found := c.lookup("provenance-file"); found && s.value != "" {
		return "provenance-file in " + s.from
	}
	return ""
}

// truth reads a value as npm reads those that are true or false: numbers too, and every other word is true.
func truth(value string) bool {
	value = strings.TrimSpace(value)
	if number, err := strconv.ParseFloat(value, 64); err == nil {
		return number != 0
	}
	return value != "false" && value != "null" && value != "undefined"
}
