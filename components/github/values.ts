import * as github from "@pulumi/github";
import { resourceName } from "../../spec/names";
import type { Parts } from ".";

/** Secrets and variables: sealed for GitHub by the plugin, encrypted in the state by Pulumi. */

export function environmentValues({ github: wanted, secrets, options }: Parts): void {
  const { environment } = wanted;
  const where = { repository: wanted.repository.name, environment: environment.name };
  for (const [secretName, text] of Object.entries(environment.secrets)) {
    new github.ActionsEnvironmentSecret(
      resourceName.github("secret", secretName),
      { ...where, secretName, value: secrets.bind(text) },
      options,
    );
  }
  for (const [variableName, value] of Object.entries(environment.variables)) {
    new github.ActionsEnvironmentVariable(
      resourceName.github("variable", variableName),
      { ...where, variableName, value },
      options,
    );
  }
}

export function repositoryValues({ github: wanted, secrets, options }: Parts): void {
  const repository = wanted.repository.name;
  for (const [secretName, text] of Object.entries(wanted.secrets)) {
    new github.ActionsSecret(
      resourceName.github("repository-secret", secretName),
      { repository, secretName, value: secrets.bind(text) },
      options,
    );
  }
  for (const [variableName, value] of Object.entries(wanted.variables)) {
    new github.ActionsVariable(
      resourceName.github("repository-variable", variableName),
      { repository, variableName, value },
      options,
    );
  }
}
