package notify

import (
	"encoding/json"
	"net/url"
	"testing"

	. "github.com/onsi/gomega"
)

// TestTeamsGetsACard looks at what goes to hosts that no test may ask.
func TestTeamsGetsACard(t *testing.T) {
	for host, want := range map[string]bool{
		"prod-15.uksouth.logic.azure.com:443":          true,
		"default1.a.environment.api.powerplatform.com": true,
		"Example.webhook.office.com":                   true,
		"logic.azure.com.example.test":                 false,
		"evillogic.azure.com":                          false,
		"hooks.example.test":                           false,
	} {
		t.Run(host, func(t *testing.T) {
			g := NewWithT(t)
			body, err := Notification{Event: Stuck, Message: "<b>"}.encode(&url.URL{Scheme: "https", Host: host})
			g.Expect(err).NotTo(HaveOccurred())
			var sent document
			g.Expect(json.Unmarshal(body, &sent)).To(Succeed())
			if !want {
				g.Expect(sent).To(And(HaveField("Type", ""), HaveField("Attachments", BeEmpty())))
				return
			}
			g.Expect(sent.Type).To(Equal("message"))
			g.Expect(sent.Attachments).To(HaveLen(1))
			g.Expect(sent.Attachments[0].Content.Body).To(Equal([]block{{Type: "TextBlock", Text: "npm is stuck. <b>", Wrap: true}}))
		})
	}
}
