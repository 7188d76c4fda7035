package report_test

import (
	"bytes"
	"encoding/json"
	"io"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"sigs.k8s.io/yaml"

	"github.com/agent-facets/facets-reconcile/internal/doctor"
	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// FuzzWrite puts a text into every place of a document that somebody else may have a word in, and writes it in every format:
// whatever it is, it must not steer a terminal.
func FuzzWrite(f *testing.F) {
	for _, seed := range []string{
		"\x1b]0;owned\a\x1b[2J\x1b[31m", "\u202egnp.exe\u2066\u2069", "\u009b31m\x7f", "a\r\nb\n\n# c\n```\n| d |", "\xff\xfe", "@all <b> [x](y)",
		"\U000e0041\U000e007f", "\u2028\u2029\u0085", "plain", "\ufeff\u00ad\u200b", "- a: [b", "```",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 150 {
			return // no dist-tag, of which keys are made, is longer; and YAML takes no key of more than 1024, escapes included
		}
		var plan report.Document
		fill(reflect.ValueOf(&plan).Elem(), text)
		plan.Kind = report.Plan
		var diagnosis report.DoctorDocument
		fill(reflect.ValueOf(&diagnosis).Elem(), text)
		for _, format := range []report.Format{report.Table, report.Markdown, report.JSON, report.YAML} {
			for _, document := range []interface {
				Write(w *bytes.Buffer, f report.Format) error
			}{planOf{plan}, diagnosisOf{diagnosis}} {
				var b bytes.Buffer
				if err := document.Write(&b, format); err != nil {
					t.Fatal(err)
				}
				harmless(t, format, b.String())
			}
		}
		for format, write := range map[report.Format]func(io.Writer) error{
			report.Markdown: func(w io.Writer) error { return plan.JobSummary(w, report.MaxJobSummary) },
			report.Table:    plan.Annotations,
			"quality":       plan.CodeQuality,
		} {
			var b bytes.Buffer
			if err := write(&b); err != nil {
				t.Fatal(err)
			}
			harmless(t, format, b.String())
			for line := range strings.Lines(b.String()) {
				command := regexp.MustCompile(`^::(error|warning|notice) (file=[^:,]*,line=\d+,col=\d+,)?title=[^:,]*::.*\n$`)
				if format == report.Table && !command.MatchString(line) {
					t.Errorf("an annotation is no more than one command: %q", line)
				}
			}
		}
	})
}

type planOf struct{ report.Document }

func (d planOf) Write(w *bytes.Buffer, f report.Format) error { return d.Document.Write(w, f, false) }

type diagnosisOf struct{ report.DoctorDocument }

func (d diagnosisOf) Write(w *bytes.Buffer, f report.Format) error {
	return d.DoctorDocument.Write(w, f, false)
}

// harmless looks at what was written. Colours are left off, so that no escape is the program's own.
func harmless(t *testing.T, format report.Format, text string) {
	t.Helper()
	if i := strings.IndexFunc(text, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }); i >= 0 || !utf8.ValidString(text) {
		t.Errorf("%s would reach the terminal as it is: %.300q", format, text[max(i-40, 0):])
	}
	var into map[string]any
	switch format {
	case report.JSON:
		if err := json.Unmarshal([]byte(text), &into); err != nil {
			t.Errorf("no JSON: %v", err)
		}
	case report.YAML:
		if err := yaml.Unmarshal([]byte(text), &into); err != nil {
			t.Errorf("no YAML: %v\n%q", err, text)
		}
	}
}

// fill sets all that can hold a text, with something in every list. What only this program writes stays as it is.
func fill(value reflect.Value, text string) {
	switch value.Interface().(type) {
	case reconcile.ConditionType:
		value.SetString(string(reconcile.Seeded))
		return
	case reconcile.Status:
		value.SetString(string(reconcile.Unknown))
		return
	case reconcile.Action:
		value.SetString(string(reconcile.Publish))
		return
	case doctor.Status, report.Format, reconcile.Severity, reconcile.Actor, reconcile.Outcome:
		return
	}
	switch value.Kind() {
	case reflect.String:
		value.SetString(text)
	case reflect.Struct:
		for i := range value.NumField() {
			if value.Type().Field(i).IsExported() {
				fill(value.Field(i), text)
			}
		}
	case reflect.Pointer:
		value.Set(reflect.New(value.Type().Elem()))
		fill(value.Elem(), text)
	case reflect.Slice:
		length := 1
		if value.Type().Elem() == reflect.TypeFor[reconcile.Finding]() {
			length = 5 // more of a kind than are shown in full
		}
		value.Set(reflect.MakeSlice(value.Type(), length, length))
		for i := range length {
			fill(value.Index(i), text)
		}
	case reflect.Map:
		if value.Type().Elem().Kind() != reflect.String {
			return
		}
		value.Set(reflect.MakeMap(value.Type()))
		key, element := reflect.New(value.Type().Key()).Elem(), reflect.New(value.Type().Elem()).Elem()
		fill(key, text)
		fill(element, text)
		value.SetMapIndex(key, element)
	case reflect.Bool:
		value.SetBool(true)
	}
}
