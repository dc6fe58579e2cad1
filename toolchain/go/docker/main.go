// The docker plugin for machines that reach Go modules but no plugin download: the upstream Terraform
// provider behind Pulumi's bridge, with the tokens and property names of @pulumi/docker.
package main

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	sdk "github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/terraform-providers/terraform-provider-docker/shim"
)

// version is set by the linker to the version of @pulumi/docker.
var version = "0.0.0"

// nameLimit is the longest name that Pulumi makes up for a container, a network or a volume.
const nameLimit = 63

func main() {
	info := providerInfo()
	schema := fmt.Sprintf(`{"name":"docker","version":%q}`, version)
	tfbridge.Main("docker", version, info, []byte(schema))
}

func providerInfo() tfbridge.ProviderInfo {
	info := tfbridge.ProviderInfo{
		P:       shimv2.NewProvider(shim.NewProvider()),
		Name:    "docker",
		Version: version,
		Resources: map[string]*tfbridge.ResourceInfo{
			"docker_container": {
				Tok: token("container", "Container"),
				Fields: map[string]*tfbridge.SchemaInfo{
					"command":           {Name: "command"},
					"networks_advanced": {Name: "networksAdvanced"},
				},
				// Two containers cannot share a name or a published port.
				DeleteBeforeReplace: true,
			},
			"docker_image": {
				Tok: token("remoteImage", "RemoteImage"),
				// The name is a reference such as "postgres:16": never to be made up.
				Fields: map[string]*tfbridge.SchemaInfo{"name": {Name: "name"}},
			},
			"docker_config": {Tok: token("serviceConfig", "ServiceConfig")},
		},
		DataSources: map[string]*tfbridge.DataSourceInfo{
			"docker_image": {Tok: sdk.ModuleMember("docker:index/getRemoteImage:getRemoteImage")},
		},
	}
	info.MustComputeTokens(tokens.SingleModule("docker_", "index", func(_, name string) (string, error) {
		return "docker:index/" + lowerFirst(name) + ":" + name, nil
	}))
	info.SetAutonaming(nameLimit, "-")
	return info
}

func token(module, name string) sdk.Type {
	return sdk.Type("docker:index/" + module + ":" + name)
}

func lowerFirst(name string) string {
	return strings.ToLower(name[:1]) + name[1:]
}
