package words

import (
	"encoding/json"
	"regexp"
	"strings"

	"sigs.k8s.io/yaml"
)

// Scalar writes a text as YAML: as it stands where that reads as the same text, else in quotes.
func Scalar(text string) string {
	var read any
	plain := regexp.MustCompile(`^[A-Za-z0-9.][A-Za-z0-9._/@{}*-]*$`).MatchString(text)
	if plain && yaml.Unmarshal([]byte(text), &read) == nil && read == text {
		return text
	}
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		return `""` // a string can always be encoded
	}
	return strings.TrimSuffix(out.String(), "\n")
}
