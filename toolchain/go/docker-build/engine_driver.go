package main

import (
	"context"
	"strings"

	"github.com/docker/buildx/driver"
	// Registers buildx's own driver first: the one below takes its place.
	_ "github.com/docker/buildx/driver/docker"
)

func init() {
	upstream, err := driver.GetFactory("docker", false)
	if err != nil {
		panic(err)
	}
	driver.Register(engineFactory{upstream})
}

// engineFactory makes drivers for the BuildKit inside the Docker engine.
type engineFactory struct {
	driver.Factory
}

func (f engineFactory) New(ctx context.Context, config driver.InitConfig) (driver.Driver, error) {
	d, err := f.Factory.New(ctx, config)
	if err != nil {
		return nil, err
	}
	return engineDriver{d}, nil
}

type engineDriver struct {
	driver.Driver
}

// Version completes the version that buildx guesses for engines before 23.0 ("v0.8+unknown"): the
// plugin wants three numbers and fails on two.
func (d engineDriver) Version(ctx context.Context) (string, error) {
	version, err := d.Driver.Version(ctx)
	if err != nil {
		return "", err
	}
	numbers, build, _ := strings.Cut(version, "+")
	if build == "unknown" && strings.Count(numbers, ".") == 1 {
		return numbers + ".0", nil
	}
	return version, nil
}
