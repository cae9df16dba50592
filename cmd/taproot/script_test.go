package main

import (
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"go.yaml.in/yaml/v3"
)

// TestMain lets the test binary stand for the command, so that scripts run the real main in processes of its own.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"taproot": main})
}

// Each script is a story of the command line that can be read as documentation. Beside testscript's own commands they have
//
//	ready FILE   waits until the service that wrote the address file serves, and points the verbs (TAPROOT_ADDR, $HTTP) at it
//	term FILE    sends SIGTERM to it
//	get URL      prints an HTTP answer: its status, then its body
//	mark VAR     puts the time into a variable, and lets a moment pass before and after it
func TestScript(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			all, err := os.ReadFile(filepath.Join("testdata", "schemas.yaml"))
			if err != nil {
				return err
			}
			// Colored or translated messages of the system would break the scripts.
			env.Setenv("LC_ALL", "C")
			// Under the race detector every process would sleep a second before it ends.
			env.Setenv("GORACE", "atexit_sleep_ms=0")
			return os.WriteFile(filepath.Join(env.WorkDir, "schemas.yaml"), all, 0o600)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"ready": ready, "term": term, "get": get, "mark": mark},
	})
}

const patience = 30 * time.Second

func ready(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: ready FILE")
	}
	file := ts.MkAbs(args[0])
	last := "no address file"
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		a, err := readAddresses(file)
		if err != nil {
			continue
		}
		ts.Setenv("TAPROOT_ADDR", a.GRPC)
		ts.Setenv("HTTP", "http://"+a.HTTP)
		resp, err := http.Get("http://" + a.HTTP + "/readyz")
		if err != nil {
			last = err.Error()
			continue
		}
		_ = resp.Body.Close()
		if last = resp.Status; resp.StatusCode == http.StatusOK {
			return
		}
	}
	ts.Fatalf("not ready after %s: %s", patience, last)
}

func readAddresses(file string) (addresses, error) {
	var a addresses
	text, err := os.ReadFile(file)
	if err != nil {
		return a, err
	}
	return a, yaml.Unmarshal(text, &a)
}

func term(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: term FILE")
	}
	if runtime.GOOS == "windows" {
		ts.Fatalf("there is no SIGTERM here")
	}
	a, err := readAddresses(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(syscall.Kill(a.PID, syscall.SIGTERM))
	ts.Check(os.Remove(ts.MkAbs(args[0])))
}

func mark(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: mark VAR")
	}
	time.Sleep(3 * time.Millisecond) // times have milliseconds
	ts.Setenv(args[0], time.Now().UTC().Format(time.RFC3339Nano))
	time.Sleep(3 * time.Millisecond)
}

func get(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: get URL")
	}
	resp, err := http.Get(args[0])
	ts.Check(err)
	defer func() { _ = resp.Body.Close() }()
	ts.Check(resp.Write(ts.Stdout()))
}
