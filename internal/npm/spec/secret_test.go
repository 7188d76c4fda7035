package spec_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

const token = "npm_0123456789abcdef"

// The ways in which a secret is carried about.
type (
	public  struct{ Token spec.Secret }
	private struct {
		name  string
		token spec.Secret
	}
	nested  struct{ inner *private }
	deep    struct{ byValue private }
	inError struct{ token spec.Secret }
)

func (e inError) Error() string { return fmt.Sprintf("refused %v", e.token) }

func carriers() map[string]any {
	s := spec.NewSecret(token)
	return map[string]any{
		"itself": s, "its pointer": &s, "a list": []spec.Secret{s}, "an array": [1]spec.Secret{s},
		"a map's value": map[string]spec.Secret{"a": s}, "a map's key": map[spec.Secret]int{s: 1},
		"an exported field": public{s}, "an unexported field": private{"a", s}, "a pointer to one": &private{"a", s},
		"a field of a field": deep{private{"a", s}}, "a field behind a pointer": nested{&private{"a", s}},
		"a list of structs": []private{{"a", s}}, "an interface": []any{s, private{"a", s}}, "an error": inError{s},
		"a wrapping error": fmt.Errorf("asking: %w", inError{s}), "joined errors": errors.Join(inError{s}, inError{s}),
	}
}

func TestNoVerbShowsASecret(t *testing.T) {
	for name, carrier := range carriers() {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			for _, verb := range []string{
				"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%#x", "%d", "%t", "%p", "%c", "%U", "%e", "%b", "%o", "%T", "%30v", "%.3s", "%-30q", "%z",
			} {
				hidden(g, fmt.Sprintf(verb, carrier), verb)
			}
			hidden(g, fmt.Sprint(carrier), "Sprint")
			hidden(g, fmt.Sprintln(carrier), "Sprintln")
			var b bytes.Buffer
			log.New(&b, "", 0).Print(carrier)
			hidden(g, b.String(), "log")
		})
	}
}

func TestNoEncodingShowsASecret(t *testing.T) {
	for name, carrier := range carriers() {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			if data, err := json.Marshal(carrier); err == nil {
				hidden(g, string(data), "json")
			} else {
				hidden(g, err.Error(), "json's error")
			}
			if data, err := xml.Marshal(carrier); err == nil {
				hidden(g, string(data), "xml")
			} else {
				hidden(g, err.Error(), "xml's error")
			}
			var b bytes.Buffer
			for _, handler := range []slog.Handler{slog.NewTextHandler(&b, nil), slog.NewJSONHandler(&b, nil)} {
				slog.New(handler).With("with", carrier).WithGroup("group").Info("message", "token", carrier)
			}
			g.Expect(b.String()).To(ContainSubstring("message"))
			hidden(g, b.String(), "slog")
		})
	}
}

// hidden fails when the text shows the token, as it is or as fmt writes bytes.
func hidden(g *WithT, text, by string) {
	for _, form := range []string{token, token[4:12], fmt.Sprintf("%x", token), fmt.Sprintf("% x", token), fmt.Sprintf("%X", token)} {
		// Without gomega's matchers: a failure would print the text.
		g.Expect(bytes.Contains([]byte(text), []byte(form))).To(BeFalse(), by)
	}
}

func TestASecretSaysThatItIsOne(t *testing.T) {
	g := NewWithT(t)
	s := spec.NewSecret(token)
	g.Expect(s.Reveal() == token).To(BeTrue())
	g.Expect(s.String()).To(Equal("[redacted]"))
	g.Expect(fmt.Sprintf("%v %+v %#v %s %q %x", s, s, s, s, s, s)).To(Equal("[redacted] [redacted] [redacted] [redacted] [redacted] [redacted]"))
	data, err := json.Marshal(public{s})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(data).To(MatchJSON(`{"Token": "[redacted]"}`))

	g.Expect(s.Empty()).To(BeFalse())
	g.Expect(spec.NewSecret("").Empty()).To(BeTrue())
	var none spec.Secret
	g.Expect(none.Empty()).To(BeTrue())
	g.Expect(none.Reveal()).To(BeEmpty())
	g.Expect(fmt.Sprint(none)).To(Equal("[redacted]"), "whether there is one is not told either")
}
