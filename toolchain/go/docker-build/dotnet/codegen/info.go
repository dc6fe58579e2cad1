// Package codegen stands in for the .NET code generator, of which the docker-build plugin uses one
// struct to describe its schema. The real module is not on the Go module proxy.
package codegen

// CSharpPackageInfo has the fields that the plugin sets.
type CSharpPackageInfo struct {
	RespectSchemaVersion bool              `json:"respectSchemaVersion,omitempty"`
	PackageReferences    map[string]string `json:"packageReferences,omitempty"`
}
