import { mkdtemp, rm } from "fs/promises";
import { tmpdir } from "os";
import { join } from "path";
import type { Severity } from "../../spec/supplyChain";
import type { Login, Place } from "../platform";
import { hasTrivy, scan as findingsOf, table } from "../trivy";
import { same } from "../values";
import type { Context, Kind } from "./kind";

export interface ScanInputs extends Place {
  reference: string;
  /** Differs in each run that finds the image neither on the platform nor in its registry. */
  built?: string;
  severity: Severity;
  ignore: string[];
  logins: Login[];
  /** Output: what has looked at it; absent where nothing could. */
  scanner?: "trivy";
}

/** A built image that Trivy has something against gets neither tags nor a slot. */
export const scan: Kind<ScanInputs> = {
  async diff(olds, news) {
    const asked = ({ reference, severity, ignore }: ScanInputs) => [reference, severity, ignore];
    const isOther = news.built !== undefined || !same(asked(olds), asked(news));
    return { changes: isOther || (olds.scanner === undefined && hasTrivy()) };
  },
  async create(inputs, context) {
    await pass(inputs, context);
    return inputs.reference;
  },
  async update(_olds, news, context) {
    await pass(news, context);
  },
};

async function pass(inputs: ScanInputs, { platform, life, say, warn }: Context): Promise<void> {
  const { reference, severity, ignore, logins } = inputs;
  if (!hasTrivy()) {
    warn(`${reference} is not scanned: trivy is not on the PATH of this machine`);
    return;
  }
  await life.assertAlive();
  const folder = await mkdtemp(join(tmpdir(), "slipway-scan-"));
  try {
    const archive = join(folder, "image.tar");
    say(`saving ${reference}`);
    await platform.saveImage(reference, archive, logins);
    say(`scanning ${reference}`);
    const findings = await findingsOf(archive, severity, ignore);
    if (findings.length > 0) {
      throw new Error(
        `${reference} is refused by slipway:builds.scan (${severity} and above). It got no tag, nothing else was changed.\n${table(findings)}\nTake the fixed versions, or accept a finding: pulumi config set --path 'slipway:builds.scan.ignore[${ignore.length}]' ${findings[0]!.id}`,
      );
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  inputs.scanner = "trivy";
}
