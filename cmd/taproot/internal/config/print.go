package config

import (
	"io"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Write writes c as a YAML file that Load reads back, each setting with its description and the name of its variable.
func (c *Config) Write(w io.Writer) error {
	root := &yaml.Node{Kind: yaml.MappingNode}
	for _, s := range table {
		section, name := root, s.Key
		for {
			head, tail, nested := strings.Cut(name, ".")
			if !nested {
				break
			}
			section, name = child(section, head), tail
		}
		comment := s.Doc + "\n" + s.Env()
		if s.Flag != "" {
			comment += ", --" + s.Flag
		}
		section.Content = append(section.Content,
			&yaml.Node{Kind: yaml.ScalarNode, Value: name, HeadComment: comment}, scalar(s.value(c)))
	}
	enc := yaml.NewEncoder(w)
	enc.SetIndent(2)
	if err := enc.Encode(root); err != nil {
		return err
	}
	return enc.Close()
}

// child returns the section of that name under parent, and makes it if it is the first time.
func child(parent *yaml.Node, name string) *yaml.Node {
	for i := 0; i < len(parent.Content); i += 2 {
		if parent.Content[i].Value == name {
			return parent.Content[i+1]
		}
	}
	n := &yaml.Node{Kind: yaml.MappingNode}
	parent.Content = append(parent.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: name}, n)
	return n
}

func scalar(v any) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Value: render(v)}
	if _, isText := v.(string); isText {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

func render(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case time.Duration:
		return short(v)
	default:
		return ""
	}
}

// short is a duration without the zeros that Duration.String ends with: 24h, not 24h0m0s.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
