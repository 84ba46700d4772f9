package main

import (
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/afterpay-go/afterpay"
)

func newVersion(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the versions of this program, of the SDK and of Go",
		Args:  exactly(),
		RunE: func(*cobra.Command, []string) error {
			program := "unknown"
			if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
				program = info.Main.Version
			}
			rows, err := a.rows("program", "sdk", "go", "platform")
			if err != nil {
				return err
			}
			if err := rows.Write(program, afterpay.Version, runtime.Version(), runtime.GOOS+"/"+runtime.GOARCH); err != nil {
				return err
			}
			return rows.Close()
		},
	}
}
