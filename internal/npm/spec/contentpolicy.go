package spec

import "encoding/json"

// ContentPolicy is what a package declares of its contents, in package.json and in the manifest.
type ContentPolicy struct {
	Class string `json:"class,omitempty"`
}

// DualUse is the class of what may serve attackers, too.
const DualUse = "dual-use"

// ContentPolicyOf reads the field as it stands in a package.json. What is no object with a class declares nothing.
func ContentPolicyOf(value any) ContentPolicy {
	fields, _ := value.(map[string]any)
	class, _ := fields["class"].(string)
	return ContentPolicy{Class: class}
}

// UnmarshalJSON takes any value, as packages hold what their authors wrote.
func (c *ContentPolicy) UnmarshalJSON(data []byte) error {
	var value any
	if err := json.Unmarshal(data, &value); err != nil {
		return err
	}
	*c = ContentPolicyOf(value)
	return nil
}
