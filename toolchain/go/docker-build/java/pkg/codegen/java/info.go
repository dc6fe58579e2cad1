// Package java stands in for the Java code generator, of which the docker-build plugin uses one
// struct to describe its schema. The real module is not on the Go module proxy.
package java

// PackageInfo has the fields that the plugin sets.
type PackageInfo struct {
	BuildFiles                      string            `json:"buildFiles,omitempty"`
	GradleNexusPublishPluginVersion string            `json:"gradleNexusPublishPluginVersion,omitempty"`
	Dependencies                    map[string]string `json:"dependencies,omitempty"`
}
