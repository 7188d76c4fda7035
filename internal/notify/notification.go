package notify

import (
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/words"
)

// Event is a moment that is worth a message.
type Event string

// The events.
const (
	WaitsForHuman Event = "WaitsForHuman" // everything else is done: a human has to act, or to approve
	Stuck         Event = "Stuck"         // the registry let the deadline pass
	Done          Event = "Done"          // something was made, and everything is as it should be
	DriftBegan    Event = "DriftBegan"
	DriftEnded    Event = "DriftEnded"
)

// Notification is the content of a message.
type Notification struct {
	Event     Event
	Project   string   // the state file's name, or ""
	Releases  []string // the git tags that it is about
	Message   string   // what it came to, as the run prints it
	Commands  []string // by which a human finishes what is staged
	Link      string   // where to read on: the job, or the issue; or ""
	Registry  string   // base URL
	ExitCode  int      // of the run
	Rehearsal bool     // npm was stood in for
	Time      time.Time
}

// APIVersion is that of every document of the program.
const APIVersion = "reconcile.agentfacets.io/v1alpha1"

// document is the JSON that is sent.
type document struct {
	APIVersion string   `json:"apiVersion"`
	Kind       string   `json:"kind"`
	Event      Event    `json:"event"`
	Project    string   `json:"project"`
	Releases   []string `json:"releases"`
	Message    string   `json:"message"`
	Commands   []string `json:"commands"`
	Link       string   `json:"link"`
	Registry   string   `json:"registry"`
	ExitCode   int      `json:"exitCode"`
	Rehearsal  bool     `json:"rehearsal"`
	Time       string   `json:"time"` // RFC 3339, UTC

	Text            string   `json:"text"`    // for Slack
	Content         string   `json:"content"` // for Discord
	AllowedMentions mentions `json:"allowed_mentions"`

	Type        string       `json:"type,omitempty"` // of these two Teams' workflows make a message
	Attachments []attachment `json:"attachments,omitempty"`
}

// mentions says whom Discord notifies personally: nobody, whatever the text holds.
type mentions struct {
	Parse []string `json:"parse"`
}

type attachment struct {
	ContentType string `json:"contentType"`
	Content     card   `json:"content"`
}

// card is an Adaptive Card.
type card struct {
	Type    string  `json:"type"`
	Schema  string  `json:"$schema"`
	Version string  `json:"version"`
	Body    []block `json:"body"`
}

type block struct {
	Type string `json:"type"`
	Text string `json:"text"`
	Wrap bool   `json:"wrap"`
}

const (
	// Both count the sign at the end that says that there was more.
	maxContent = 2000 // characters that Discord takes
	maxMessage = 1500 // of these for the message
)

// encode returns the document in the form that the webhook at this address takes.
func (n Notification) encode(at *url.URL) ([]byte, error) {
	d := document{
		APIVersion: APIVersion, Kind: "Notification", Event: n.Event, Project: n.Project, Releases: append([]string{}, n.Releases...),
		Message: words.Cut(n.Message, maxMessage-1), Link: n.Link, Registry: n.Registry, ExitCode: n.ExitCode, Rehearsal: n.Rehearsal,
		Commands: append([]string{}, n.Commands...), // lists are never null
		Time:     n.Time.UTC().Format(time.RFC3339), AllowedMentions: mentions{Parse: []string{}},
	}
	text := n.text(d.Message)
	d.Text = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
	d.Content = words.Cut(text, maxContent-1)
	if takesCards(at.Hostname()) {
		d.Type = "message"
		d.Attachments = []attachment{{ContentType: "application/vnd.microsoft.card.adaptive", Content: card{
			Type: "AdaptiveCard", Schema: "http://adaptivecards.io/schemas/adaptive-card.json", Version: "1.2",
			Body: []block{{Type: "TextBlock", Text: text, Wrap: true}},
		}}}
	}
	return json.Marshal(d)
}

// text returns the message for people.
func (n Notification) text(message string) string {
	what := map[Event]string{
		WaitsForHuman: "waits for a human", Stuck: "is stuck", Done: "is done", DriftBegan: "drifts", DriftEnded: "drifts no more",
	}[n.Event]
	about := strings.Join(n.Releases, ", ")
	switch {
	case about == "" && n.Project == "":
		about = "npm"
	case about == "":
		about = n.Project
	case n.Project != "":
		about = n.Project + ": " + about
	}
	text := words.Cut(about, maxContent/10) + " " + what + ". " + message
	if n.Rehearsal {
		text = "Rehearsal: " + text
	}
	for _, command := range n.Commands {
		text += "\nNext, by a human: " + command
	}
	if n.Link != "" {
		text += "\n" + n.Link
	}
	return text
}

// takesCards tells whether a host serves webhooks of Teams: those of workflows, or of the older connectors.
func takesCards(host string) bool {
	for _, domain := range []string{"logic.azure.com", "api.powerplatform.com", "webhook.office.com"} {
		if host = strings.ToLower(host); host == domain || strings.HasSuffix(host, "."+domain) {
			return true
		}
	}
	return false
}
