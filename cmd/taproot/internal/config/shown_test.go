package config

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/model"
)

// Anybody may ask a running service for its settings: no password is among them.
func TestPasswordsAreNotShown(t *testing.T) {
	t.Parallel()
	for store, want := range map[string]string{
		"":                       "",
		"memory://":              "memory://",
		"etcd://h:2379,i:1/root": "etcd://h:2379,i:1/root",
		"etcd://u:secret@h:2379,i:1/root?tls=true": "etcd://u:***@h:2379,i:1/root?tls=true",
		"etcd://u:se:c@ret@h:2379":                 "etcd://u:***@h:2379",
		"etcd://h/root?user=u&password=secret&x=1": "etcd://h/root?user=u&password=***&x=1",
		"etcd://h/root?password=secret":            "etcd://h/root?password=***",
	} {
		c := Default()
		c.Store = store
		text, err := c.Shown()
		require.NoError(t, err)
		require.Contains(t, text, `store: "`+want+`"`)
		require.NotContains(t, text, "secret")
		require.Equal(t, store, c.Store, "the configuration itself stays as it is")
	}
}

func TestDefaultDatabaseProperties(t *testing.T) {
	t.Parallel()
	c := Default()
	require.Empty(t, c.DefaultDatabaseProperties())
	c.DefaultDBProperties = `{"timezone": "UTC", "a": "1"}`
	require.NoError(t, c.Validate())
	require.Equal(t, []model.Property{{Key: "a", Value: "1"}, {Key: "timezone", Value: "UTC"}}, c.DefaultDatabaseProperties())
	for _, bad := range []string{"", "x", `["a"]`, `{"a": 1}`} {
		c.DefaultDBProperties = bad
		require.ErrorContains(t, c.Validate(), "rootCoord.defaultDBProperties: must be a JSON object of strings")
	}
}
