// Package shim opens the internal package of the upstream Terraform provider (its module path allows
// the import) and makes this older release behave as the one inside Pulumi's own docker plugin.
package shim

import (
	"context"
	"math"
	"strconv"
	"time"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"
	"github.com/docker/docker/errdefs"
	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/terraform-providers/terraform-provider-docker/internal/provider"
)

const (
	networkRetries    = 40
	networkRetryPause = 500 * time.Millisecond
	defaultWait       = 60 // seconds, upstream's default of wait_timeout
)

// NewProvider returns the upstream provider with its resource functions wrapped.
func NewProvider() *schema.Provider {
	p := provider.New("dev")()
	wrapContainer(p.ResourcesMap["docker_container"])
	wrapNetwork(p.ResourcesMap["docker_network"])
	wrapVolume(p.ResourcesMap["docker_volume"])
	return p
}

func dockerClient(meta interface{}) *client.Client {
	return meta.(*provider.ProviderConfig).DockerClient
}

func wrapContainer(r *schema.Resource) {
	r.Schema["cpus"] = &schema.Schema{Type: schema.TypeString, Optional: true}
	create, remove, update := r.CreateContext, r.DeleteContext, r.UpdateContext
	r.CreateContext = func(ctx context.Context, d *schema.ResourceData, meta interface{}) diag.Diagnostics {
		// Upstream's own wait reads the health of a container that has none, and goes on polling after
		// its time is over: both end in a panic. The wait is done here instead.
		wait := d.Get("wait").(bool)
		if wait {
			_ = d.Set("wait", false)
		}
		diags := create(ctx, d, meta)
		if wait {
			_ = d.Set("wait", true)
		}
		if diags.HasError() || d.Id() == "" {
			return diags
		}
		if problem := limitCPUs(ctx, d, meta); problem != nil {
			return append(diags, problem...)
		}
		if wait && d.Get("start").(bool) {
			return append(diags, waitHealthy(ctx, d, meta)...)
		}
		return diags
	}
	r.UpdateContext = func(ctx context.Context, d *schema.ResourceData, meta interface{}) diag.Diagnostics {
		if diags := update(ctx, d, meta); diags.HasError() {
			return diags
		}
		if d.HasChange("cpus") {
			return limitCPUs(ctx, d, meta)
		}
		return nil
	}
	r.DeleteContext = func(ctx context.Context, d *schema.ResourceData, meta interface{}) diag.Diagnostics {
		// Upstream fails when the container that it wants to stop is gone already.
		_, err := dockerClient(meta).ContainerInspect(ctx, d.Id())
		if errdefs.IsNotFound(err) {
			d.SetId("")
			return nil
		}
		return remove(ctx, d, meta)
	}
}

// limitCPUs sets the number of CPUs, which upstream does not know.
func limitCPUs(ctx context.Context, d *schema.ResourceData, meta interface{}) diag.Diagnostics {
	text := d.Get("cpus").(string)
	if text == "" {
		return nil
	}
	cpus, err := strconv.ParseFloat(text, 64)
	if err != nil || cpus <= 0 {
		return diag.Errorf("cpus must be a positive number such as \"0.5\", given %q", text)
	}
	update := container.UpdateConfig{Resources: container.Resources{NanoCPUs: int64(math.Round(cpus * 1e9))}}
	// An empty restart policy would be taken as "no": send what the container has.
	update.RestartPolicy = container.RestartPolicy{
		Name:              d.Get("restart").(string),
		MaximumRetryCount: d.Get("max_retry_count").(int),
	}
	if _, err := dockerClient(meta).ContainerUpdate(ctx, d.Id(), update); err != nil {
		return diag.Errorf("Unable to limit the CPUs of a container: %s", err)
	}
	return nil
}

func waitHealthy(ctx context.Context, d *schema.ResourceData, meta interface{}) diag.Diagnostics {
	seconds := d.Get("wait_timeout").(int)
	if seconds <= 0 {
		seconds = defaultWait
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(seconds)*time.Second)
	defer cancel()
	for {
		info, err := dockerClient(meta).ContainerInspect(ctx, d.Id())
		switch {
		case ctx.Err() != nil:
			return diag.Errorf("container failed to be in healthy state within %d s", seconds)
		case err != nil:
			return diag.Errorf("error inspecting container state: %s", err)
		case info.State.Health == nil:
			return diag.Errorf("wait is set on a container that has no health check")
		case info.State.Health.Status == types.Healthy:
			return nil
		case !info.State.Running:
			return diag.Errorf("container exited with code %d before it was healthy", info.State.ExitCode)
		}
		select {
		case <-ctx.Done():
		case <-time.After(500 * time.Millisecond):
		}
	}
}

func wrapNetwork(r *schema.Resource) {
	// Upstream sleeps two seconds before the first attempt and five between attempts.
	r.DeleteContext = func(ctx context.Context, d *schema.ResourceData, meta interface{}) diag.Diagnostics {
		var err error
		for attempt := 0; attempt < networkRetries; attempt++ {
			err = dockerClient(meta).NetworkRemove(ctx, d.Id())
			if err == nil || errdefs.IsNotFound(err) {
				d.SetId("")
				return nil
			}
			// "has active endpoints": a container that is being deleted at the same time.
			if !errdefs.IsForbidden(err) && !errdefs.IsConflict(err) {
				break
			}
			select {
			case <-ctx.Done():
				return diag.FromErr(ctx.Err())
			case <-time.After(networkRetryPause):
			}
		}
		return diag.Errorf("Unable to remove network: %s", err)
	}
}

func wrapVolume(r *schema.Resource) {
	// Upstream fails to read or to delete a volume that is gone.
	read, remove := r.ReadContext, r.DeleteContext
	r.ReadContext = func(ctx context.Context, d *schema.ResourceData, meta interface{}) diag.Diagnostics {
		if volumeIsGone(ctx, d, meta) {
			d.SetId("")
			return nil
		}
		return read(ctx, d, meta)
	}
	r.DeleteContext = func(ctx context.Context, d *schema.ResourceData, meta interface{}) diag.Diagnostics {
		if volumeIsGone(ctx, d, meta) {
			d.SetId("")
			return nil
		}
		return remove(ctx, d, meta)
	}
}

func volumeIsGone(ctx context.Context, d *schema.ResourceData, meta interface{}) bool {
	_, err := dockerClient(meta).VolumeInspect(ctx, d.Id())
	return errdefs.IsNotFound(err)
}
