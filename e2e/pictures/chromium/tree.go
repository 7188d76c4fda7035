package chromium

import "strings"

// Node is what a screen reader is told of one thing on a page.
type Node struct {
	Role  string // "heading", "main", "table", …
	Name  string // what is read out
	Level int    // of a heading
}

type axValue struct{ Value any }

type axNode struct {
	NodeID     string
	Ignored    bool
	Role, Name axValue
	Properties []struct {
		Name  string
		Value axValue
	}
	ChildIDs []string
}

// Tree lists what a screen reader finds, in the order of reading. What is hidden from it is left out.
func (p *Page) Tree() ([]Node, error) {
	if err := p.call("Accessibility.enable", nil, nil); err != nil {
		return nil, err
	}
	var answer struct{ Nodes []axNode }
	if err := p.call("Accessibility.getFullAXTree", nil, &answer); err != nil {
		return nil, err
	}
	byID := map[string]axNode{}
	for _, n := range answer.Nodes {
		byID[n.NodeID] = n
	}
	var list []Node
	var visit func(id string)
	visit = func(id string) {
		is := byID[id]
		if !is.Ignored && is.NodeID != "" {
			n := Node{Role: text(is.Role), Name: text(is.Name)}
			for _, property := range is.Properties {
				if level, ok := property.Value.Value.(float64); ok && property.Name == "level" {
					n.Level = int(level)
				}
			}
			list = append(list, n)
		}
		for _, child := range is.ChildIDs {
			visit(child)
		}
	}
	if len(answer.Nodes) > 0 {
		visit(answer.Nodes[0].NodeID)
	}
	return list, nil
}

func text(v axValue) string {
	s, _ := v.Value.(string)
	return strings.TrimSpace(s)
}
