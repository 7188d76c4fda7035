package e2e_test

import (
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/fault"
)

// statusRefused keeps everybody from asking for the status of a version.
const statusRefused = "forbidden,on=status,of=*"

// says lets the registry answer to the letter: what is about the broken platform, by what it is asked.
func (s *stage) says(letters map[fault.Operation]string, statuses map[fault.Operation]int) {
	s.play(act{scan: s.acts.Load().scan, intercept: func(rw http.ResponseWriter, r *http.Request) bool {
		operation, name, _ := fault.Describe(r)
		letter, ok := letters[operation]
		if !ok || name != broken {
			return false
		}
		_, _ = io.Copy(io.Discard, r.Body) // an answer amid the upload may be lost, and then it is another case
		rw.Header().Set("Content-Type", "application/json")
		rw.WriteHeader(max(statuses[operation], http.StatusOK))
		_, err := io.WriteString(rw, letter)
		return err == nil
	}})
}

// used is a packument of the broken platform that has used these numbers besides that of its placeholder.
func used(numbers ...string) string {
	times := `"created": "2026-10-01T00:00:00.000Z", "0.0.1": "2026-10-01T00:00:00.000Z"`
	for _, number := range numbers {
		times += fmt.Sprintf(`, "%s": "2026-10-02T00:00:00.000Z"`, number)
	}
	return `{"name": "` + broken + `", "dist-tags": {"latest": "0.0.1"}, "versions": {"0.0.1": {}}, "time": {` + times + `}}`
}

func statusOf(word string) string {
	return `{"packageName": "` + broken + `", "version": "1.0.0", "status": "` + word + `"}`
}

const forbidden = `{"error": "Forbidden"}`

// tellingStatuses are what a registry says of a version, by its status and in answer to an upload.
func tellingStatuses(s *stage) {
	DescribeTable("of a version that another run published, in its scan",
		func(uploads int, faults ...string) {
			s.scans(map[string]time.Duration{broken: 40 * time.Minute})
			s.run(s.executor("v1.0.0"), "apply", "--timeout", "1m").ends(4)
			s.breaks(faults...)
			r := s.run(s.executor("v1.0.0"), "apply")
			r.ends(0)
			want := sendings{"demo": 1}
			if uploads > 0 {
				want[broken] = uploads
			}
			Expect(r.sent).To(Equal(want))
			s.tells(r)
			s.recovers()
		},
		Entry("a version that the registry says is being scanned is waited for, and not sent again", 0),
		Entry("a version in its scan of which nobody is told anything is found out by one upload", 1, statusRefused),
	)

	It("a version that the registry blocks is Stuck at once, with where to appeal", func() {
		s.scans(map[string]time.Duration{broken: 50 * time.Minute})
		began := s.clock.Now()
		var blocked atomic.Bool
		a := *s.acts.Load()
		a.intercept = func(http.ResponseWriter, *http.Request) bool {
			if s.clock.Now().Sub(began) > 5*time.Minute && !blocked.Swap(true) {
				_ = s.world.Block(broken, "1.0.0") // that it is there shows below
			}
			return false
		}
		s.play(a)
		r := s.run(s.executor("v1.0.0"), "apply")
		r.ends(4)
		Expect(r.sent).To(Equal(sends(1, 0)))
		Expect(r.d.findings()).To(Equal([]string{"Stuck " + broken}))
		Expect(r.out).To(And(ContainSubstring("status blocked"), ContainSubstring("appeal to npm's support")))
		Expect(r.err).NotTo(ContainSubstring("the time to wait is over"))
		Expect(s.clock.Now().Sub(began)).To(BeNumerically("<", 20*time.Minute), "long before the deadline")
		s.tells(r)
		again := s.run(s.executor("v1.0.0"), "apply")
		Expect(again.ends(4).out).To(ContainSubstring("status blocked"))
		Expect(again.sent).To(BeEmpty())
	})

	DescribeTable("of a number that is burnt, of which the release finds out before it sends anything",
		func(letters map[fault.Operation]string, statuses map[fault.Operation]int, next string) {
			s.says(letters, statuses)
			for _, args := range [][]string{{"plan", "--detailed-exitcode"}, {"apply"}} {
				r := s.run(s.job("v1.0.0", nil), args...)
				r.ends(1)
				Expect(r.sent).To(BeEmpty(), "nothing of the release was sent")
				Expect(r.d.findings()).To(Equal([]string{"Burnt " + broken}))
				Expect(r.out).To(And(ContainSubstring("the number 1.0.0 is burnt"), ContainSubstring(next)))
				if args[0] == "apply" {
					s.tells(r)
				}
			}
			s.play(act{})
			s.recovers()
		},
		Entry("a version that the registry says was deleted stops its whole release",
			map[fault.Operation]string{fault.Status: statusOf("deleted")}, nil, "release 1.0.1, which"),
		Entry("a number that is burnt is found by the times of the packument where the status is refused",
			map[fault.Operation]string{fault.Status: forbidden, fault.Packument: used("1.0.0", "1.5.0", "0.9.0")},
			map[fault.Operation]int{fault.Status: http.StatusForbidden}, "release 1.5.1, which"),
	)

	DescribeTable("of an upload, about its number",
		func(status int, letter string, code int, outcome string, said ...string) {
			s.says(
				map[fault.Operation]string{fault.Status: forbidden, fault.Packument: used("1.5.0", "2.0.0-rc.1"), fault.Publish: `{"error": "` + letter + `"}`},
				map[fault.Operation]int{fault.Status: http.StatusForbidden, fault.Publish: status})
			r := s.release("--timeout", "10m")
			r.ends(code)
			Expect(r.sent).To(Equal(sends(1, 0)))
			Expect(r.d.pkg(broken).Changes).To(ContainElement(And(HaveField("Action", "publish"), HaveField("Outcome", outcome))))
			for _, text := range said {
				Expect(r.out).To(ContainSubstring(text))
			}
			s.tells(r)
			s.play(act{})
			s.recovers()
		},
		Entry("an upload under a burnt number fails, with the number above all that were ever used",
			400, `Cannot publish over previously published version 1.0.0.`, 1, "failed",
			"Cannot publish over previously published version 1.0.0.", "release 2.0.0, which", "; release 2.0.0"),
		Entry("an upload that meets a version staged for approval leaves it to a human",
			409, "Cannot publish over previously staged version 1.0.0, which awaits approval", 3, "refused",
			"which awaits approval", "npm stage list "+broken),
		Entry("an upload that meets a version that was taken earlier waits for it, to the deadline",
			409, "Cannot publish over previously staged version", 4, "done",
			"npm stage list", "release 2.0.0, as the number 1.0.0"),
		Entry("an upload that is refused in the name of another version is in doubt",
			409, "Cannot publish over previously staged version 0.9.0", 4, "doubted",
			"previously staged version 0.9.0", "it names another version than 1.0.0"),
	)

	It("a version that the registry says is staged is not sent, nor is anything of its release", func() {
		s.says(map[fault.Operation]string{fault.Status: statusOf("staged")}, nil)
		r := s.release()
		r.ends(3)
		Expect(r.sent).To(BeEmpty())
		Expect(r.out).To(And(ContainSubstring("a human to approve or reject "+broken+"@1.0.0"), ContainSubstring("npm stage list "+broken)))
		s.tells(r)
		s.play(act{})
		s.recovers()
	})

	It("an upload that meets another change of its package is sent again, when it was looked for in vain", func() {
		var uploads atomic.Int32
		s.play(act{intercept: func(rw http.ResponseWriter, r *http.Request) bool {
			operation, name, _ := fault.Describe(r)
			if operation != fault.Publish || name != broken || uploads.Add(1) > 1 {
				return false
			}
			_, _ = io.Copy(io.Discard, r.Body)
			http.Error(rw, `{"error": "Failed to save packument"}`, http.StatusConflict)
			return true
		}})
		r := s.release()
		r.ends(0)
		Expect(r.sent).To(Equal(sends(2, 1)))
		s.tells(r)
		s.recovers()
	})

	It("statuses that never come cost no more than a word", func() {
		r := s.releaseWith("503,on=status,of=*")
		r.ends(0)
		Expect(r.sent).To(Equal(sends(1, 1)))
		s.tells(r)
		s.recovers()
	})
}
