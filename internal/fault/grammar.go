package fault

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Parse reads a fault: its kind, then the fields that differ from the default, separated by commas. A value that holds a comma is quoted
// as in Go.
//
//	lost,on=publish,of=@demo/*,after=1,times=1
//	429,on=tags+manifest,retry-after="Sun, 06 Nov 1994 08:49:37 GMT"
//
// The error lists all that is wrong, and what would be right.
func Parse(s string) (Fault, error) {
	kind, rest, more := strings.Cut(s, ",")
	f := Fault{Kind: Kind(kind)}
	var problems []error
	if _, known := natures()[f.Kind]; !known {
		problems = append(problems, fmt.Errorf("there is no kind %q; known are %s", kind, join(Kinds(), ", ")))
	}
	seen := map[string]bool{}
	for more {
		var key, value string
		var err error
		if key, value, rest, more, err = cutField(rest); err != nil {
			problems = append(problems, err)
			break
		}
		if seen[key] {
			problems = append(problems, fmt.Errorf("%s= is given twice", key))
		}
		seen[key] = true
		if err := f.set(key, value); err != nil {
			problems = append(problems, err)
		}
	}
	if err := errors.Join(problems...); err != nil {
		return Fault{}, fmt.Errorf("the fault %q: %s", s, strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	return f, nil
}

// cutField parts the first key=value from the rest.
func cutField(s string) (key, value, rest string, more bool, err error) {
	key, rest, ok := strings.Cut(s, "=")
	if !ok || strings.Contains(key, ",") {
		key, _, _ = strings.Cut(s, ",")
		return "", "", "", false, fmt.Errorf("%q is not of the form key=value", key)
	}
	if !strings.HasPrefix(rest, `"`) {
		value, rest, more = strings.Cut(rest, ",")
		return key, value, rest, more, nil
	}
	quoted, err := strconv.QuotedPrefix(rest)
	if err == nil {
		value, err = strconv.Unquote(quoted)
	}
	if err != nil {
		return "", "", "", false, fmt.Errorf("%s=%s is not quoted as it should be", key, rest)
	}
	rest, more = strings.CutPrefix(rest[len(quoted):], ",")
	if rest != "" && !more {
		return "", "", "", false, fmt.Errorf("%s=%s is followed by %q; a comma should be there", key, quoted, rest)
	}
	return key, value, rest, more, nil
}

func (f *Fault) set(key, value string) (err error) {
	switch key {
	case "on":
		f.On, err = parseOperations(value)
	case "of":
		f.Of, err = value, checkPattern(value)
	case "after":
		f.After, err = strconv.Atoi(value)
	case "times":
		f.Times, err = strconv.Atoi(value)
	case "retry-after":
		f.RetryAfter, err = value, checkRetryAfter(value)
	case "for":
		f.For, err = time.ParseDuration(value)
	case "bytes":
		f.Bytes, err = strconv.ParseInt(value, 10, 64)
	case "to":
		f.To, err = value, checkOrigin(value)
	default:
		return fmt.Errorf("there is no %s=; known are on, of, after, times, retry-after, for, bytes and to", key)
	}
	if errors.Is(err, strconv.ErrSyntax) || errors.Is(err, strconv.ErrRange) {
		err = errors.New("it should be a whole number")
	}
	if err == nil && (f.After < 0 || f.Times < 0 || f.For < 0 || f.Bytes < 0) {
		err = errors.New("it must not be negative")
	}
	if err != nil {
		return fmt.Errorf("%s=%s: %w", key, value, err)
	}
	return nil
}

func parseOperations(s string) (on []Operation, err error) {
	for part := range strings.SplitSeq(s, "+") {
		if !slices.Contains(Operations(), Operation(part)) {
			return nil, fmt.Errorf("there is no operation %q; known are %s", part, join(Operations(), ", "))
		}
		on = append(on, Operation(part))
	}
	return on, nil
}

func checkPattern(s string) error {
	names, versions := Fault{Of: s}.patterns()
	for _, pattern := range []string{names, versions} {
		if _, err := path.Match(slashless(pattern), ""); err != nil {
			return err
		}
	}
	return nil
}

const datePrefix = "date:"

func checkRetryAfter(s string) error {
	wait, isDate := strings.CutPrefix(s, datePrefix)
	if !isDate {
		return nil
	}
	if _, err := time.ParseDuration(wait); err != nil {
		return fmt.Errorf("behind date: a duration should be, such as +30m: %w", err)
	}
	return nil
}

func checkOrigin(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("it should be an origin such as http://127.0.0.1:1")
	}
	return nil
}

// String writes the fault as Parse reads it.
func (f Fault) String() string {
	text := string(f.Kind)
	add := func(key, value, usual string) {
		if value == usual {
			return
		}
		if strings.Contains(value, ",") || strings.HasPrefix(value, `"`) {
			value = strconv.Quote(value)
		}
		text += "," + key + "=" + value
	}
	add("on", join(f.On, "+"), "")
	add("of", f.Of, "")
	add("after", strconv.Itoa(f.After), "0")
	add("times", strconv.Itoa(f.Times), "0")
	add("retry-after", f.RetryAfter, "")
	add("for", f.For.String(), "0s")
	add("bytes", strconv.FormatInt(f.Bytes, 10), "0")
	add("to", f.To, "")
	return text
}

func join[S ~string](list []S, separator string) string {
	var text []string
	for _, s := range list {
		text = append(text, string(s))
	}
	return strings.Join(text, separator)
}
