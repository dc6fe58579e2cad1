// The docker-build plugin for machines that reach Go modules but no plugin download: the upstream
// plugin, plus buildx's driver for the BuildKit inside the Docker engine. Upstream leaves that driver
// out and boots a BuildKit container instead, whose image such a machine cannot pull. Choose the
// engine's own with `builder: {name: "default"}`.
package main

import (
	"github.com/pulumi/pulumi-docker-build/provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/cmdutil"
)

func main() {
	if err := provider.Serve(); err != nil {
		cmdutil.ExitError(err.Error())
	}
}
