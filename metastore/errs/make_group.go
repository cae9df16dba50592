package errs

import "fmt"

// GroupTaken is code 301: "resource group already exist[rg=…]".
func GroupTaken(name string) error {
	return GroupExists.build("", Field{"rg", name})
}

// TooManyGroups is code 302: "resource group num reach limit[rg=…][limit=…]".
func TooManyGroups(name string, limit int) error {
	return GroupLimit.build("", Field{"rg", name}, Field{"limit", limit})
}

// BadGroup is code 303: "text: resource group illegal config[rg=…]".
func BadGroup(name, format string, args ...any) error {
	return GroupIllegalConfig.build(fmt.Sprintf(format, args...), Field{"rg", name})
}

// MissingGroup is code 300 with a text in front: "text: resource group not found[rg=…]".
func MissingGroup(name, format string, args ...any) error {
	return GroupNotFound.build(fmt.Sprintf(format, args...), Field{"rg", name})
}
