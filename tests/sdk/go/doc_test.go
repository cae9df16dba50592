package sdk_test

import (
	"testing"

	_ "github.com/milvus-io/milvus/client/v2/milvusclient"
	_ "gopkg.in/yaml.v3"
)

func TestX(t *testing.T) {}
