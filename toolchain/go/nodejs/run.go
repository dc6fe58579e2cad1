package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/google/shlex"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// alreadyExplained is the exit code by which @pulumi/pulumi says that the user has been told.
const alreadyExplained = 32

// Run runs the program in a Node.js process of its own until it ends.
func (h *host) Run(_ context.Context, request *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	info := request.GetInfo()
	command, err := nodeCommand(info, request.GetPwd(), "@pulumi/pulumi/cmd/run", h.runArguments(request))
	if err != nil {
		return &pulumirpc.RunResponse{Error: err.Error()}, nil
	}
	settings, err := configEnvironment(request)
	if err != nil {
		return &pulumirpc.RunResponse{Error: err.Error()}, nil
	}
	command.Env = append(command.Env, settings...)
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	return response(command.Run()), nil
}

func response(err error) *pulumirpc.RunResponse {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return &pulumirpc.RunResponse{}
	case errors.As(err, &exit) && exit.ExitCode() == alreadyExplained:
		return &pulumirpc.RunResponse{Bail: true}
	case errors.As(err, &exit):
		return &pulumirpc.RunResponse{
			Error: fmt.Sprintf("Program exited with non-zero exit code: %d", exit.ExitCode()),
		}
	default:
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("running node: %s", err)}
	}
}

func (h *host) runArguments(request *pulumirpc.RunRequest) []string {
	var arguments []string
	add := func(name, value string) {
		if value != "" {
			arguments = append(arguments, "--"+name, value)
		}
	}
	add("monitor", request.GetMonitorAddress())
	add("engine", h.engine)
	add("organization", request.GetOrganization())
	add("project", request.GetProject())
	add("root-directory", request.GetInfo().GetRootDirectory())
	add("stack", request.GetStack())
	add("pwd", request.GetPwd())
	if request.GetDryRun() {
		arguments = append(arguments, "--dry-run")
	}
	add("parallel", fmt.Sprint(request.GetParallel()))
	entry := request.GetInfo().GetEntryPoint()
	if entry == "" {
		entry = "."
	}
	return append(append(arguments, entry), request.GetArgs()...)
}

func configEnvironment(request *pulumirpc.RunRequest) ([]string, error) {
	values := map[string]string{}
	for name, value := range request.GetConfig() {
		key, err := config.ParseKey(name)
		if err != nil {
			return nil, err
		}
		values[key.Namespace()+":config:"+key.Name()] = value
	}
	secrets := request.GetConfigSecretKeys()
	if secrets == nil {
		secrets = []string{}
	}
	valuesText, err := json.Marshal(values)
	if err != nil {
		return nil, err
	}
	secretsText, err := json.Marshal(secrets)
	if err != nil {
		return nil, err
	}
	return []string{
		"PULUMI_CONFIG=" + string(valuesText),
		"PULUMI_CONFIG_SECRET_KEYS=" + string(secretsText),
	}, nil
}

// RunPlugin runs a provider or the like that is written in TypeScript.
func (h *host) RunPlugin(
	request *pulumirpc.RunPluginRequest, server pulumirpc.LanguageRuntime_RunPluginServer,
) error {
	closer, stdout, stderr, err := rpcutil.MakeRunPluginStreams(server, false)
	if err != nil {
		return err
	}
	defer closer.Close()
	info := request.GetInfo()
	arguments := append([]string{info.GetProgramDirectory()}, request.GetArgs()...)
	command, err := nodeCommand(info, request.GetPwd(), "@pulumi/pulumi/cmd/run-plugin", arguments)
	if err != nil {
		return err
	}
	command.Env = append(command.Env, request.GetEnv()...)
	command.Stdout, command.Stderr = stdout, stderr
	var exit *exec.ExitError
	if err := command.Run(); errors.As(err, &exit) {
		return server.Send(&pulumirpc.RunPluginResponse{
			Output: &pulumirpc.RunPluginResponse_Exitcode{Exitcode: int32(exit.ExitCode())},
		})
	} else if err != nil {
		return fmt.Errorf("running node: %w", err)
	}
	return closer.Close()
}

// nodeCommand starts a script of @pulumi/pulumi with the runtime options of Pulumi.yaml.
func nodeCommand(
	info *pulumirpc.ProgramInfo, folder, script string, arguments []string,
) (*exec.Cmd, error) {
	node, err := nodeBinary()
	if err != nil {
		return nil, err
	}
	file, err := output(info.GetProgramDirectory(), node, "-p", fmt.Sprintf("require.resolve('%s')", script))
	if err != nil {
		return nil, fmt.Errorf("@pulumi/pulumi is not installed in %s; run `npm install` there",
			info.GetProgramDirectory())
	}
	options := info.GetOptions().AsMap()
	extra, err := shlex.Split(text(options["nodeargs"]))
	if err != nil {
		return nil, fmt.Errorf("the runtime option nodeargs in Pulumi.yaml: %w", err)
	}
	command := exec.Command(node, append(append(extra, file), arguments...)...)
	command.Dir = folder
	command.Env = os.Environ()
	// ts-node is the default, as in the official host.
	if typescript, set := options["typescript"].(bool); !set || typescript {
		command.Env = append(command.Env, "PULUMI_NODEJS_TYPESCRIPT=true")
	}
	if tsconfig := text(options["tsconfig"]); tsconfig != "" {
		command.Env = append(command.Env, "PULUMI_NODEJS_TSCONFIG_PATH="+tsconfig)
	}
	return command, nil
}

func npmInstall(folder string) *exec.Cmd {
	command := exec.Command("npm", "install", "--loglevel=error")
	command.Dir = folder
	return command
}

func nodeBinary() (string, error) {
	node, err := exec.LookPath("node")
	if err != nil {
		return "", errors.New("node is not on PATH; install Node.js")
	}
	return node, nil
}

func output(folder, name string, arguments ...string) (string, error) {
	command := exec.Command(name, arguments...)
	command.Dir = folder
	out, err := command.Output()
	return strings.TrimSpace(string(out)), err
}

func text(value any) string {
	s, _ := value.(string)
	return s
}
