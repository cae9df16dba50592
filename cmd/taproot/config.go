package main

import (
	"context"
	"os"

	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/spf13/cobra"

	"github.com/taproot-db/taproot/cmd/taproot/internal/config"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
)

// settings tells clients how this process is set.
type settings struct {
	taprootv1.UnimplementedSettingsServer
	yaml string
}

// Show returns the settings that are in effect: they never change while a process runs.
func (s *settings) Show(context.Context, *taprootv1.ShowRequest) (*taprootv1.ShowResponse, error) {
	return &taprootv1.ShowResponse{Yaml: s.yaml}, nil
}

func newConfig() *cobra.Command {
	var file string
	cmd := verb("config", "Show the settings that a running service works with, or those of a file", nil,
		func(cmd *cobra.Command, c *client, _ milvuspb.MilvusServiceClient, _ []string) error {
			if file != "" {
				return showFile(cmd, file)
			}
			r, err := taprootv1.NewSettingsClient(c.conn).Show(cmd.Context(), &taprootv1.ShowRequest{})
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write([]byte(r.GetYaml()))
			return err
		})
	cmd.Long = `config prints all settings as a YAML file that serve takes, each with its meaning and its variable: of the running service, with
passwords left out, or with --file those that serve would work with if it were given that file. A setting that is changed
holds from the next start on.`
	cmd.Flags().StringVar(&file, "file", "", "a YAML file with settings; no service is asked")
	return cmd
}

func showFile(cmd *cobra.Command, file string) error {
	cfg, err := config.Load(config.Sources{File: file, Environ: os.Environ()})
	if err != nil {
		return usage(cmd, err)
	}
	return cfg.Write(cmd.OutOrStdout())
}
