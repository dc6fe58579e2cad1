// Of the SDK only these: its index loads the Automation API and more, in each run.
import * as log from "@pulumi/pulumi/log";
import { output } from "@pulumi/pulumi/output";
import type * as provider from "@pulumi/pulumi/provider";
import type { Life } from "./life";
import { type Asked, type Look, type Place, type Platform, Refusal } from "./platform";
import { platformAt } from "./places";
import { backup } from "./resources/backup";
import { claim } from "./resources/claim";
import { gate } from "./resources/gate";
import { hostRegistry } from "./resources/hostRegistry";
import { identity } from "./resources/identity";
import { images } from "./resources/images";
import type { Context, Kind } from "./resources/kind";
import { labels } from "./resources/labels";
import { leaving } from "./resources/leaving";
import { push } from "./resources/push";
import { ready } from "./resources/ready";
import { release } from "./resources/release";
import { repository } from "./resources/repository";
import { reviewers } from "./resources/reviewers";
import { ruleset } from "./resources/ruleset";
import { sweep } from "./resources/sweep";
import { task } from "./resources/task";
import { scan } from "./resources/scan";
import { sign } from "./resources/sign";
import { signatures } from "./resources/signatures";
import { variables } from "./resources/variables";
import { verify } from "./resources/verify";
import { traffic } from "./resources/traffic";
import { remembering } from "./seen";
import { unwrap } from "./values";

// Each kind knows its own inputs; here they are only handed on.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type AnyKind = Kind<any>;

const KINDS: Record<string, AnyKind> = {
  Identity: identity,
  Claim: claim,
  HostRegistry: hostRegistry,
  Images: images,
  Push: push,
  Scan: scan,
  Verify: verify,
  Sign: sign,
  Signatures: signatures,
  Release: release,
  Backup: backup,
  Sweep: sweep,
  Ready: ready,
  Task: task,
  Gate: gate,
  Traffic: traffic,
  Repository: repository,
  Reviewers: reviewers,
  Labels: labels,
  Leaving: leaving,
  Ruleset: ruleset,
  Variables: variables,
};

type Raw = Record<string, unknown>;
type ObserveArgs = Place & { asked: Asked };

/** Dispatches by type, opens secrets, and keeps what goes back to the state in its wire form. */
export class SlipwayProvider implements provider.Provider {
  readonly version = "0.1.0";
  private readonly platforms = new Map<string, Platform>();
  /** Of this run, until it changes something. */
  private readonly looks = new Map<string, Look>();

  constructor(
    private readonly life: Life,
    private readonly at: (place: Place) => Platform = platformAt,
  ) {}

  async check(urn: string, olds: Raw, given: Raw): Promise<provider.CheckResult> {
    const kind = kindOf(urn);
    // Told by the program, for checks alone: neither the state nor a diff has it.
    const { preview, ...news } = given;
    if (!kind.check) return { inputs: news };
    const inputs = unwrap(news) as Place;
    const context = { ...this.looking(urn, inputs), isPreview: preview === true };
    const reason = await kind
      .check(inputs, unwrap(olds ?? {}) as Raw, context)
      .catch((error: Error) => error.message);
    return reason === undefined
      ? { inputs: news }
      : { inputs: news, failures: [{ property: "", reason }] };
  }

  async diff(_id: string, urn: string, olds: Raw, news: Raw): Promise<provider.DiffResult> {
    const inputs = unwrap(news) as Place;
    const diff = await kindOf(urn).diff(unwrap(olds), inputs, this.looking(urn, inputs));
    return { changes: diff.changes, replaces: diff.replaces ?? [] };
  }

  async create(urn: string, news: Raw): Promise<provider.CreateResult> {
    const inputs = unwrap(news) as Place;
    const id = await kindOf(urn).create(inputs, this.changing(urn, inputs));
    return { id, outs: outputs(news, inputs) };
  }

  async update(_id: string, urn: string, olds: Raw, news: Raw): Promise<provider.UpdateResult> {
    const inputs = unwrap(news) as Place;
    await kindOf(urn).update?.(unwrap(olds), inputs, this.changing(urn, inputs));
    return { outs: outputs(news, inputs) };
  }

  async delete(_id: string, urn: string, state: Raw): Promise<void> {
    const inputs = unwrap(state) as Place;
    await kindOf(urn).delete?.(inputs, this.changing(urn, inputs));
  }

  async read(id: string, urn: string, state: Raw): Promise<provider.ReadResult> {
    const kind = kindOf(urn);
    if (!kind.read) return { id, props: state };
    const inputs = unwrap(state) as Place;
    const seen = await kind.read(inputs, this.looking(urn, inputs));
    return { id, props: plain({ ...state, ...seen }) };
  }

  /** A fault goes back as data: it is the user's to mend, and a stack trace would not help. */
  async invoke(token: string, args: Raw): Promise<provider.InvokeResult> {
    // It only has this process started (program.js).
    if (token === "slipway-platform:index:awake") return { outputs: {} };
    if (token !== "slipway-platform:index:observe") throw new Error(`unknown function ${token}`);
    const { asked, ...place } = unwrap(args) as unknown as ObserveArgs;
    try {
      const look = await this.platform(place).observe(asked);
      this.looks.set(keyOf(place), look);
      // One text: the engine and both sides would take each value of it into their own form, and out of it.
      return { outputs: { observation: JSON.stringify(look.observation) } };
    } catch (error) {
      if (error instanceof Refusal) return { outputs: { faults: plain(error.faults) } };
      return { outputs: { error: (error as Error).message } };
    }
  }

  /** Called at every normal end too. What waits for long looks at it. */
  async cancel(): Promise<void> {
    this.life.isEnding = true;
  }

  private platform(place: Place): Platform {
    const key = keyOf(place);
    const known = this.platforms.get(key) ?? this.at(place);
    this.platforms.set(key, known);
    return known;
  }

  private looking(urn: string, place: Place): Context {
    const seen = this.seen(place);
    return this.context(urn, seen, seen);
  }

  private changing(urn: string, place: Place): Context {
    const seen = this.seen(place);
    if (!kindOf(urn).isApart) this.looks.clear();
    return this.context(urn, this.platform(place), seen);
  }

  private seen(place: Place): Platform {
    return remembering(this.platform(place), this.looks.get(keyOf(place)));
  }

  private context(urn: string, platform: Platform, seen: Platform): Context {
    const resource = { urn: output(urn) } as never;
    const info = (line: string, ephemeral: boolean) =>
      void log.info(line, resource, undefined, ephemeral).catch(() => {});
    return {
      platform,
      seen,
      life: this.life,
      say: (line) => info(line, true),
      tell: (line) => info(line, false),
      warn: (line) => void log.warn(line, resource).catch(() => {}),
    };
  }
}

const keyOf = ({ platform, host, application }: Place) => `${platform} ${host} ${application}`;

function kindOf(urn: string): AnyKind {
  const type = urn.split("::")[2]!.split("$").pop()!;
  const kind = KINDS[type.split(":").pop()!];
  if (!kind) throw new Error(`unknown resource type ${type}`);
  return kind;
}

/** The inputs as they came, secrets still closed, and what the resource added to them. */
function outputs(raw: Raw, inputs: object): Raw {
  const added = Object.entries(inputs).filter(([key]) => !(key in raw));
  return plain({ ...raw, ...Object.fromEntries(added) }) as Raw;
}

/** The wire format knows no `undefined`. */
const plain = (value: unknown) => JSON.parse(JSON.stringify(value));
