package live_test

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/live"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

func TestEvents(t *testing.T) {
	var out bytes.Buffer
	s := newStory(t, nil)
	events := live.NewEvents(&out, s.clock)
	s.tell = events.Take
	tick := func(d time.Duration) {
		s.pass(d)
		events.Tick()
	}
	s.begin()
	s.look()
	s.start(reconcile.Publish, mac)
	tick(time.Minute)
	s.upload(mac, 10)
	s.upload(mac, 5) // a second factor was asked for: it is sent again
	tick(time.Minute)
	s.finish(reconcile.Publish, mac, reconcile.Doubted, "no\x1banswer")
	s.send(mac, size) // late
	s.wait(90*time.Second, map[spec.Name]string{mac: "to show"})
	tick(time.Minute)
	s.find(observed.Served, mac)
	s.end()
	golden(t, "events", out.String())
}

func TestEventsAreOneObjectALine(t *testing.T) {
	g := NewWithT(t)
	lines := 0
	s := newStory(t, nil)
	s.tell = live.NewEvents(writer(func(line []byte) {
		var r live.Record
		g.Expect(json.Unmarshal(line, &r)).To(Succeed())
		g.Expect(bytes.Count(line, []byte("\n"))).To(Equal(1))
		g.Expect(r.Schema).To(Equal(live.Schema))
		lines++
	}), s.clock).Take
	s.middle()
	s.trouble()
	g.Expect(lines).To(BeNumerically(">", 10))
}

// The documentation lists every event and every field, and no others.
func TestEventsAreDocumented(t *testing.T) {
	g := NewWithT(t)
	text, err := os.ReadFile("../../docs/events.md")
	g.Expect(err).NotTo(HaveOccurred())
	_, fields, _ := strings.Cut(string(text), "## Fields")
	fields, events, _ := strings.Cut(fields, "## Events")

	var names []string
	record := reflect.TypeFor[live.Record]()
	for i := range record.NumField() {
		name, _, _ := strings.Cut(record.Field(i).Tag.Get("json"), ",")
		names = append(names, name)
	}
	g.Expect(rows(fields)).To(ConsistOf(names))
	g.Expect(rows(events)).To(ConsistOf(append(eventTypes(t), string(live.Working))))
	g.Expect(fields).To(ContainSubstring("always " + strconv.Itoa(live.Schema)))
}

// rows are what the rows of a table in Markdown are about.
func rows(markdown string) (names []string) {
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z]+)` \\|").FindAllStringSubmatch(markdown, -1) {
		names = append(names, row[1])
	}
	return names
}

// eventTypes reads the constants of type EventType out of the source.
func eventTypes(t *testing.T) (types []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../../reconcile/event.go", nil, 0)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok {
			if name, ok := v.Type.(*ast.Ident); ok && name.Name == "EventType" {
				value, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
				NewWithT(t).Expect(err).NotTo(HaveOccurred())
				types = append(types, value)
			}
		}
		return true
	})
	return types
}
