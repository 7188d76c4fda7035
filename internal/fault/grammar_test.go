package fault_test

import (
	"reflect"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/fault"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]fault.Fault{
		"lost": {Kind: fault.Lost},
		"lost,on=publish,of=@demo/*,after=1,times=2": {
			Kind: fault.Lost, On: []fault.Operation{fault.Publish}, Of: "@demo/*", After: 1, Times: 2,
		},
		"429,on=tags+manifest,retry-after=30":                         {Kind: "429", On: []fault.Operation{"tags", "manifest"}, RetryAfter: "30"},
		`429,retry-after="Sun, 06 Nov 1994 08:49:37 GMT"`:             {Kind: "429", RetryAfter: "Sun, 06 Nov 1994 08:49:37 GMT"},
		`503,of=p,retry-after="Sun, 06 Nov 1994 08:49:37 GMT",for=1s`: {Kind: "503", RetryAfter: "Sun, 06 Nov 1994 08:49:37 GMT", Of: "p", For: time.Second},
		"429,retry-after=date:+30m":                                   {Kind: "429", RetryAfter: "date:+30m"},
		"stale,for=1h30m0s":                                           {Kind: fault.Stale, For: 90 * time.Minute},
		"flood,bytes=1000":                                            {Kind: fault.Flood, Bytes: 1000},
		"redirect-away,to=http://127.0.0.1:5":                         {Kind: fault.RedirectAway, To: "http://127.0.0.1:5"},
	} {
		t.Run(text, func(t *testing.T) {
			g := NewWithT(t)
			g.Expect(fault.Parse(text)).To(Equal(want))
			g.Expect(want.String()).To(Equal(text))
		})
	}
}

func TestParseSaysWhatIsWrong(t *testing.T) {
	for text, wrong := range map[string]string{
		"":     `there is no kind ""; known are 408, 429`,
		"last": "reset-before",
		"lost,on=tarballs": "known are tags, manifest, packument, tarball, publish, tag, exchange, trust, status, login, " +
			"stage, stages, stage-tarball, approve, reject, certify, record, other",
		"lost,of=[":                      "of=[: syntax error in pattern",
		"lost,after=-1":                  "after=-1: it must not be negative",
		"lost,times=many":                "times=many: it should be a whole number",
		"lost,for=5":                     "for=5",
		"lost,bytes=1k":                  "bytes=1k: it should be a whole number",
		"429,retry-after=date:tomorrow":  "behind date: a duration should be",
		`429,retry-after="30`:            "not quoted",
		`429,retry-after="30"s`:          `followed by "s"`,
		"redirect-away,to=nowhere":       "to=nowhere: it should be an origin such as http://127.0.0.1:1",
		"lost,on":                        `"on" is not of the form key=value`,
		"lost,":                          `"" is not of the form key=value`,
		"lost,when=now":                  "known are on, of, after, times, retry-after, for, bytes and to",
		"lost,times=1,times=2":           "times= is given twice",
		"last,times=x":                   `there is no kind "last"`,
		"last,times=x,of=@demo/*,on=all": `"all"`,
	} {
		t.Run(text, func(t *testing.T) {
			_, err := fault.Parse(text)
			NewWithT(t).Expect(err).To(MatchError(ContainSubstring(wrong)))
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, kind := range fault.Kinds() {
		f.Add(string(kind) + `,on=tags+tag,of=@a/*@1.*,after=1,times=2,for=3h,bytes=4,retry-after="a, b",to=http://h`)
	}
	f.Add(`lost,of="\x00,"`)
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := fault.Parse(text)
		if err != nil {
			return
		}
		again, err := fault.Parse(parsed.String())
		if err != nil || !reflect.DeepEqual(again, parsed) {
			t.Errorf("%q was read as %#v, written as %q, and read again as %#v, %v", text, parsed, parsed, again, err)
		}
	})
}

func TestKindsAreDescribedAndSorted(t *testing.T) {
	g := NewWithT(t)
	kinds := fault.Kinds()
	g.Expect(len(kinds)).To(BeNumerically(">", 25))
	for i, kind := range kinds {
		g.Expect(kind.Describe()).NotTo(BeEmpty())
		if i > 0 {
			g.Expect(kinds[i-1] < kind).To(BeTrue())
		}
	}
}
