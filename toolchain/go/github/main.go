// The github plugin for machines that reach Go modules but no plugin download: the upstream Terraform
// provider behind Pulumi's bridge, with the tokens and property names of @pulumi/github.
package main

import (
	"encoding/json"
	"log"

	"github.com/integrations/terraform-provider-github/v6/github"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	sdk "github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// version is set by the linker to the version of @pulumi/github.
var version = "0.0.0"

// nameLimit is the longest name that Pulumi makes up.
const nameLimit = 255

func main() {
	info := providerInfo()
	schema, err := json.Marshal(schemaOf(info))
	if err != nil {
		log.Fatal(err)
	}
	tfbridge.Main("github", version, info, schema)
}

func providerInfo() tfbridge.ProviderInfo {
	info := tfbridge.ProviderInfo{
		P:       shimv2.NewProvider(github.NewProvider(version, "")()),
		Name:    "github",
		Version: version,
		// The upstream takes the token for no secret.
		Config: map[string]*tfbridge.SchemaInfo{"token": {Secret: tfbridge.True()}},
		Resources: map[string]*tfbridge.ResourceInfo{
			// Two of the same name are one there: the old one's end would be the new one's too.
			"github_actions_environment_secret":    {DeleteBeforeReplace: true},
			"github_repository_autolink_reference": {DeleteBeforeReplace: true},
			"github_repository_deploy_key":         {DeleteBeforeReplace: true},
			// At most one, and yet a list in @pulumi/github.
			"github_repository_environment": {
				Fields: map[string]*tfbridge.SchemaInfo{"reviewers": {MaxItemsOne: tfbridge.False()}},
			},
		},
		DataSources: map[string]*tfbridge.DataSourceInfo{
			"github_app": {Tok: sdk.ModuleMember("github:index/getGithubApp:getGithubApp")},
		},
	}
	info.MustComputeTokens(tokens.SingleModule("github_", "index", tokens.MakeStandard("github")))
	info.SetAutonaming(nameLimit, "-")
	return info
}
