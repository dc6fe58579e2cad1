/**
 * What each action takes, as its action.yml says at the commit that is pinned. Read again when a pin is raised: the test
 * knows them by their version.
 */
export const ACTION_INPUTS: Record<string, string[]> = {
  "actions/cache v5.0.5":
    "path key restore-keys upload-chunk-size enableCrossOsArchive fail-on-cache-miss lookup-only save-always".split(
      " ",
    ),
  "actions/checkout v7.0.1":
    "repository ref token ssh-key ssh-known-hosts ssh-strict ssh-user persist-credentials path clean filter sparse-checkout sparse-checkout-cone-mode fetch-depth fetch-tags show-progress lfs submodules set-safe-directory github-server-url allow-unsafe-pr-checkout".split(
      " ",
    ),
  "actions/download-artifact v8.0.1":
    "name artifact-ids path pattern merge-multiple github-token repository run-id skip-decompress digest-mismatch".split(
      " ",
    ),
  "actions/setup-node v7.0.0":
    "node-version node-version-file architecture check-latest registry-url scope token cache package-manager-cache cache-dependency-path mirror mirror-token".split(
      " ",
    ),
  "actions/setup-python v7.0.0":
    "python-version python-version-file cache architecture check-latest token cache-dependency-path update-environment allow-prereleases freethreaded pip-version".split(
      " ",
    ),
  "actions/upload-artifact v7.0.0":
    "name path if-no-files-found retention-days compression-level overwrite include-hidden-files archive".split(
      " ",
    ),
  "aquasecurity/trivy-action v0.36.0":
    "scan-type image-ref input scan-ref exit-code ignore-unfixed vuln-type severity format template output skip-dirs skip-files cache-dir timeout ignore-policy hide-progress list-all-pkgs scanners trivyignores github-pat trivy-config tf-vars limit-severities-for-sarif docker-host version cache skip-setup-trivy token-setup-trivy".split(
      " ",
    ),
  "aws-actions/amazon-ecr-login v2.1.7":
    "http-proxy mask-password registries registry-type skip-logout".split(" "),
  "aws-actions/configure-aws-credentials v6.2.3":
    "aws-region aws-profile overwrite-aws-profile role-to-assume aws-access-key-id aws-secret-access-key aws-session-token web-identity-token-file role-chaining audience http-proxy no-proxy mask-aws-account-id role-duration-seconds role-external-id role-session-name role-skip-session-tagging transitive-tag-keys inline-session-policy managed-session-policies output-credentials output-env-credentials unset-current-credentials disable-retry retry-max-attempts special-characters-workaround use-existing-credentials allowed-account-ids force-skip-oidc action-timeout-s custom-tags sts-endpoint".split(
      " ",
    ),
  "crazy-max/ghaction-github-runtime v4.0.0": "github-token".split(" "),
  "docker/build-push-action v7.3.0":
    "add-hosts allow annotations attests build-args build-contexts builder cache-from cache-to call cgroup-parent context file labels load network no-cache no-cache-filters outputs platforms provenance pull push sbom secrets secret-envs secret-files shm-size ssh tags target ulimit github-token".split(
      " ",
    ),
  "docker/login-action v4.1.0": "registry username password ecr scope logout registry-auth".split(
    " ",
  ),
  "docker/setup-buildx-action v4.3.0":
    "version driver driver-opts buildkitd-flags buildkitd-config buildkitd-config-inline use name endpoint platforms append keep-state cache-binary cleanup".split(
      " ",
    ),
  "docker/setup-qemu-action v4.2.0": "image platforms reset cache-image".split(" "),
  "github/codeql-action/upload-sarif v4.36.2":
    "sarif_file checkout_path ref sha token matrix category wait-for-processing".split(" "),
  "grafana/setup-k6-action v1.2.1": "k6-version browser github-token".split(" "),
  "pulumi/actions v7.0.0":
    "command stack-name pulumi-version pulumi-version-file work-dir comment-on-pr comment-on-pr-number comment-on-summary github-token cloud-url secrets-provider parallel message config-map expect-no-changes diff replace exclude exclude-dependents target target-dependents policyPacks policyPackConfigs refresh upsert remove edit-pr-comment color exclude-protected plan suppress-outputs suppress-progress always-include-summary continue-on-error log-verbosity log-flow debug".split(
      " ",
    ),
  "sigstore/cosign-installer v4.1.2": "cosign-release install-dir use-sudo".split(" "),
  "zaproxy/action-baseline v0.15.0":
    "token target rules_file_name docker_name cmd_options issue_title fail_action allow_issue_writing artifact_name".split(
      " ",
    ),
};
