package config

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/cockroachdb/errors"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
)

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "taproot.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func flags(t *testing.T, args ...string) *pflag.FlagSet {
	t.Helper()
	fs := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	AddFlags(fs)
	require.NoError(t, fs.Parse(args))
	return fs
}

func TestLaterSourcesWin(t *testing.T) {
	t.Parallel()
	file := write(t, "listen: 127.0.0.1:1\nhttpListen: 127.0.0.1:1\nlog:\n  level: debug\nproxy:\n  maxFieldNum: 100\n")
	environ := []string{"TAPROOT_HTTP_LISTEN=127.0.0.1:2", "TAPROOT_LOG_LEVEL=warn", "HOME=/", "OTHER"}
	c, err := Load(Sources{File: file, Environ: environ, Flags: flags(t, "--log-level=error")})
	require.NoError(t, err)
	require.Equal(t, "taproot-data", c.DataDir, "default")
	require.Equal(t, "127.0.0.1:1", c.Listen, "file over default")
	require.Equal(t, "127.0.0.1:2", c.HTTPListen, "environment over file")
	require.Equal(t, "error", c.Log.Level, "flag over environment; flags that were not given do not count")
	require.Equal(t, 100, c.Limits().MaxFields)
}

func TestFileByVariable(t *testing.T) {
	t.Parallel()
	c, err := Load(Sources{Environ: []string{"TAPROOT_CONFIG=" + write(t, "dataDir: here\n")}})
	require.NoError(t, err)
	require.Equal(t, "here", c.DataDir)
}

func TestKinds(t *testing.T) {
	t.Parallel()
	c, err := Load(Sources{
		File: write(t, "journal: {maxAge: 48h}\nproxy: {mustUsePartitionKey: true}\nrootCoord:\n  maxGeneralCapacity: 65536\n"+
			"msgChannel:\n  chanNamePrefix: {cluster: prod}\nquotaAndLimits: {limits: {maxCollectionNum: 7}}\ncommon:\n"),
		Environ: []string{"TAPROOT_QUOTA_AND_LIMITS_LIMITS_MAX_COLLECTION_NUM_PER_DB=5", "TAPROOT_ADDR=x:1", "TAPROOT_TEST_X=1"},
		Flags:   flags(t, "--pprof", "--stop-timeout", "2s"),
	})
	require.NoError(t, err)
	require.Equal(t, 48*time.Hour, c.Journal.MaxAge)
	require.Equal(t, 2*time.Second, c.StopTimeout)
	require.True(t, c.Pprof)
	l := c.Limits()
	require.True(t, l.MustUsePartitionKey)
	require.Equal(t, int64(65536), l.MaxCapacity)
	require.Equal(t, "prod-rootcoord-dml", l.ChannelPrefix)
	require.Equal(t, 7, l.MaxCollections)
	require.Equal(t, 5, l.MaxCollectionsPerDatabase)
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		file    string
		environ string
		flag    string
		text    string
		hint    string
	}{
		{name: "unknown key", file: "proxy:\n  maxFieldNumm: 3\n", text: "unknown setting proxy.maxFieldNumm", hint: "did you mean proxy.maxFieldNum?"},
		{name: "wrong case", file: "datadir: x\n", text: "unknown setting datadir", hint: "did you mean dataDir?"},
		{name: "section left out", file: "maxFieldNum: 3\n", text: "unknown setting maxFieldNum", hint: "did you mean proxy.maxFieldNum?"},
		{name: "nothing like it", file: "colour: red\n", text: "unknown setting colour"},
		{name: "section as value", file: "proxy: 3\n", text: "proxy is a section"},
		{name: "no value", file: "listen:\n", text: "listen: has no value"},
		{name: "list", file: "proxy: {maxFieldNum: [1, 2]}\n", text: "proxy.maxFieldNum: must be a whole number"},
		{name: "not a number", file: "proxy: {maxFieldNum: many}\n", text: `proxy.maxFieldNum: must be a whole number, not "many"`},
		{name: "a fraction", file: "proxy: {maxFieldNum: 1.5}\n", text: `proxy.maxFieldNum: must be a whole number, not "1.5"`},
		{name: "not a string", file: "dataDir: 7\n", text: "dataDir: must be a string"},
		{name: "not a bool", file: "pprof: maybe\n", text: "pprof: must be true or false"},
		{name: "not a duration", file: "stopTimeout: 5\n", text: `stopTimeout: must be a duration like 30s or 24h, not "5"`},
		{name: "below the least", file: "rootCoord: {dmlChannelNum: 0}\n", text: "rootCoord.dmlChannelNum: must be 1 or more, not 0"},
		{name: "negative", file: "quotaAndLimits: {limits: {maxCollectionNum: -1}}\n", text: "quotaAndLimits.limits.maxCollectionNum: must be 0 or more"},
		{name: "above the most", file: "proxy: {maxShardNum: 70000}\n", text: "proxy.maxShardNum: must be 65535 or less"},
		{name: "short history", file: "journal: {maxAge: 1m}\n", text: "journal.maxAge: must be 10m0s or more"},
		{name: "address", file: "listen: here\n", text: `listen: must be host:port, not "here"`},
		{name: "level", environ: "TAPROOT_LOG_LEVEL=loud", text: "log.level: must be one of debug, info, warn, error"},
		{name: "unknown variable", environ: "TAPROOT_DATADIR=x", text: "unknown environment variable TAPROOT_DATADIR", hint: "did you mean TAPROOT_DATA_DIR?"},
		{name: "wrong variable", environ: "TAPROOT_PROXY_MAX_FIELD_NUM=x", text: "environment variable TAPROOT_PROXY_MAX_FIELD_NUM: must be a whole number"},
		{name: "wrong flag", flag: "--stop-timeout=soon", text: "flag --stop-timeout: must be a duration"},
		{name: "broken file", file: "a: [", text: "config file"},
		{name: "no directory", flag: "--data-dir=", text: "dataDir: must not be empty"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			src := Sources{Environ: []string{tc.environ}}
			if tc.file != "" {
				src.File = write(t, tc.file)
			}
			if tc.flag != "" {
				src.Flags = flags(t, tc.flag)
			}
			_, err := Load(src)
			require.ErrorContains(t, err, tc.text)
			require.Equal(t, tc.hint, errors.FlattenHints(err))
		})
	}
}

func TestMissingFile(t *testing.T) {
	t.Parallel()
	_, err := Load(Sources{File: filepath.Join(t.TempDir(), "none.yaml")})
	require.ErrorContains(t, err, "no such file")
}

func TestWrittenConfigurationReadsBack(t *testing.T) {
	t.Parallel()
	c := Default()
	c.Store, c.Journal.MaxAge, c.limits.MustUsePartitionKey = "memory://", 90*time.Minute, true
	var out bytes.Buffer
	require.NoError(t, c.Write(&out))
	back, err := Load(Sources{File: write(t, out.String())})
	require.NoError(t, err)
	require.Equal(t, c, back)
}

// Names are what people write in files: a row with a name twice, or two variables of one name, would shadow a setting.
func TestTableIsSound(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, s := range table {
		for _, name := range []string{s.Key, s.Env(), "--" + s.Flag} {
			require.False(t, name != "--" && seen[name], "%s stands twice", name)
			seen[name] = true
		}
		require.NotEmpty(t, s.Doc, s.Key)
		d := Default()
		require.NotNil(t, s.value(&d), s.Key)
		require.NoError(t, s.validate(&d), s.Key)
	}
}
