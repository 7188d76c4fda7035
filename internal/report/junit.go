package report

import (
	"encoding/xml"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/words"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// JUnit writes the document as test results: a suite for each group with a case for each package and condition, and suites of the
// findings and of those that are accepted. It is valid by both the schema of Ant's JUnitReport and Jenkins' junit-10.xsd. made is the
// time of the document.
func (d Document) JUnit(w io.Writer, made time.Time) error {
	var all junitSuites
	for _, g := range d.Groups {
		suite := d.suite(g.Name, made)
		suite.property("tag", g.Tag)
		for _, p := range g.Packages {
			for _, c := range p.Conditions {
				suite.add(d.conditionCase(p, c))
			}
		}
		all.add(suite)
	}
	if len(d.Findings) > 0 {
		suite := d.suite("findings", made)
		for _, f := range d.Findings {
			suite.add(d.findingCase(f))
		}
		all.add(suite)
	}
	if len(d.Accepted) > 0 {
		suite := d.suite("accepted", made)
		for _, a := range d.Accepted {
			suite.add(d.acceptedCase(a))
		}
		all.add(suite)
	}
	if d.ExitCode == reconcile.ExitError && !all.wrong() {
		suite := d.suite("run", made)
		suite.add(junitCase{
			Class: "facets-reconcile", Name: strings.ToLower(string(d.Kind)), Time: "0",
			Error: newTrouble("EndedEarly", "it ended before it was finished; its output says why",
				"Run it again to go on: every run starts from what the registry shows."),
		})
		all.add(suite)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	if err := encoder.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (d Document) suite(name string, made time.Time) junitSuite {
	s := junitSuite{
		Name: name, Package: name, Time: "0", Host: "localhost",
		Timestamp: made.UTC().Format("2006-01-02T15:04:05"), // Ant's schema has no place for the zone
	}
	s.property("registry", d.Registry)
	s.property("source", d.Source)
	return s
}

type junitSuites struct {
	XMLName xml.Name     `xml:"testsuites"`
	Suites  []junitSuite `xml:"testsuite"`
}

func (all *junitSuites) add(s junitSuite) {
	s.ID = len(all.Suites)
	all.Suites = append(all.Suites, s)
}

// wrong tells whether a case failed that should have passed.
func (all *junitSuites) wrong() bool {
	return slices.ContainsFunc(all.Suites, func(s junitSuite) bool { return s.Failures+s.Errors > 0 })
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Package    string          `xml:"package,attr"`
	ID         int             `xml:"id,attr"`
	Timestamp  string          `xml:"timestamp,attr"`
	Host       string          `xml:"hostname,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Time       string          `xml:"time,attr"`
	Properties junitProperties `xml:"properties"` // required by Ant's schema, also where there is none
	Cases      []junitCase     `xml:"testcase"`
	Out        string          `xml:"system-out"` // as properties
	Err        string          `xml:"system-err"`
}

type junitProperties struct {
	All []junitProperty `xml:"property"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

func (s *junitSuite) property(name, value string) {
	if value != "" {
		s.Properties.All = append(s.Properties.All, junitProperty{name, words.Plain(value)})
	}
}

// add adds a case, and counts it.
func (s *junitSuite) add(c junitCase) {
	s.Tests++
	switch {
	case c.Failure != nil:
		s.Failures++
	case c.Error != nil:
		s.Errors++
	case c.Skipped != nil:
		s.Skipped++
	}
	s.Cases = append(s.Cases, c)
}

// junitCase has at most one of Failure, Error and Skipped. A case with none has passed.
type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Time    string        `xml:"time,attr"`
	Failure *junitTrouble `xml:"failure"`
	Error   *junitTrouble `xml:"error"`
	Skipped *junitTrouble `xml:"skipped"`
}

type junitTrouble struct {
	Type    string `xml:"type,attr,omitempty"` // not of what was skipped: Ant's schema has no place for it
	Message string `xml:"message,attr"`        // one line
	Text    string `xml:",cdata"`
}

// newTrouble drops what XML cannot hold, as a text may come from a registry.
func newTrouble(kind, message string, lines ...string) *junitTrouble {
	return &junitTrouble{
		Type: kind, Message: strings.Join(strings.Fields(words.Plain(message)), " "), Text: words.Plain(strings.Join(lines, "\n")),
	}
}
