package config

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The section may have its main setting's value, as in "dataplane: external".
func TestDataPlaneInShort(t *testing.T) {
	t.Parallel()
	for text, external := range map[string]bool{
		"listen: 127.0.0.1:1\n": false, "dataplane: none\n": false, "dataplane: external\n": true,
		"dataplane: {mode: external}\n": true, "dataplane: {nodes: 3}\n": false, "dataplane:\n": false,
	} {
		c, err := Load(Sources{File: write(t, text)})
		require.NoError(t, err, text)
		require.Equal(t, external, c.Limits().ExternalDataPlane, text)
	}
	c, err := Load(Sources{File: write(t, "dataplane: none\n"), Environ: []string{"TAPROOT_DATAPLANE_MODE=external", "TAPROOT_DATAPLANE_NODES=3"}})
	require.NoError(t, err)
	require.True(t, c.Limits().ExternalDataPlane)
	require.Equal(t, 3, c.Limits().QueryNodes)
	for text, want := range map[string]string{
		"dataplane: internal\n": "dataplane.mode: must be none or external", "dataplane: 3\n": "dataplane.mode: must be a string",
		"dataplane: {nodes: 0}\n": "dataplane.nodes: must be 1 or more", "dataplane: {nodes: 65536}\n": "dataplane.nodes: must be 65535 or less",
	} {
		_, err := Load(Sources{File: write(t, text)})
		require.ErrorContains(t, err, want)
	}
}
