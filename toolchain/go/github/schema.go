package main

import (
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// moduleFormat takes the module "index" out of "index/repository", where each token of the bridge has a file too.
const moduleFormat = "(.*)(?:/[^/]*)"

// schemaOf says which resources there are, how their properties are named, which are lists and which are secret: what
// a test holds against @pulumi/github. Other types, and words, are left out; only generators of SDKs ask for those.
func schemaOf(info tfbridge.ProviderInfo) schema.PackageSpec {
	provider := resource(info.P.Schema(), info.Config)
	spec := schema.PackageSpec{
		Name:      info.Name,
		Version:   info.Version,
		Meta:      &schema.MetadataSpec{ModuleFormat: moduleFormat},
		Provider:  &provider,
		Resources: map[string]schema.ResourceSpec{},
		Functions: map[string]schema.FunctionSpec{},
	}
	for name, about := range info.Resources {
		spec.Resources[string(about.Tok)] = resource(info.P.ResourcesMap().Get(name).Schema(), about.Fields)
	}
	for _, about := range info.DataSources {
		spec.Functions[string(about.Tok)] = schema.FunctionSpec{}
	}
	return spec
}

func resource(properties shim.SchemaMap, fields map[string]*tfbridge.SchemaInfo) schema.ResourceSpec {
	spec := schema.ResourceSpec{InputProperties: map[string]schema.PropertySpec{}}
	spec.Properties = map[string]schema.PropertySpec{}
	properties.Range(func(key string, value shim.Schema) bool {
		// Each resource of Pulumi has an id, whatever its properties.
		if key == "id" || value.Removed() != "" {
			return true
		}
		field := fields[key]
		if field == nil {
			field = &tfbridge.SchemaInfo{}
		}
		name := tfbridge.TerraformToPulumiNameV2(key, properties, fields)
		property := schema.PropertySpec{
			TypeSpec: kind(value, field),
			Secret:   value.Sensitive() || (field.Secret != nil && *field.Secret),
		}
		spec.Properties[name] = property
		if value.Optional() || value.Required() {
			spec.InputProperties[name] = property
		}
		// A name that is made up need not be given.
		if value.Required() && field.Default == nil {
			spec.RequiredInputs = append(spec.RequiredInputs, name)
		}
		return true
	})
	return spec
}

func kind(value shim.Schema, field *tfbridge.SchemaInfo) schema.TypeSpec {
	anything := schema.TypeSpec{Ref: "pulumi.json#/Any"}
	isList := value.Type() == shim.TypeList || value.Type() == shim.TypeSet
	if isList && !tfbridge.IsMaxItemsOne(value, field) {
		return schema.TypeSpec{Type: "array", Items: &anything}
	}
	return anything
}
