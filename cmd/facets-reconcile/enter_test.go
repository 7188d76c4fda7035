package main

import (
	"testing"

	. "github.com/onsi/gomega"
)

func TestTheGivenTagIsTheUsersElseTheJobs(t *testing.T) {
	t.Setenv("CIRCLE_TAG", "v1.0.0")
	for name, c := range map[string]struct {
		args       []string
		everything bool
		tag        string
	}{
		"the job's":                      {nil, false, "v1.0.0"},
		"the user's":                     {[]string{"--tag", "v2.0.0"}, false, "v2.0.0"},
		"of a rehearsal, not the job's":  {[]string{"--sandbox"}, false, ""},
		"of a rehearsal, the user's":     {[]string{"--sandbox", "--tag", "v2.0.0"}, false, "v2.0.0"},
		"of a check of everything, none": {nil, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			g, f := NewWithT(t), &flags{}
			command := newVersion()
			f.bind(command.Flags())
			g.Expect(command.ParseFlags(c.args)).To(Succeed())
			choice, err := f.choose(c.everything)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(f.given(choice)).To(Equal(c.tag))
		})
	}
}
