import type { CommandFigures } from "./command";
import type { DowntimeRow } from "./downtime";
import type { ImageFigures } from "./images";
import type { KubernetesFigures } from "./kubernetes";
import type { LatencyRow } from "./latency";
import type { Machine } from "./machine";
import { mebibytes, milliseconds, ratio, seconds, type Table, verdict } from "./table";
import { beyondStart, besideGate, type SizeFigures } from "./walltime";

export interface Results {
  date: string;
  machine: Machine;
  quick: boolean;
  downtime?: DowntimeRow[];
  wall?: SizeFigures[];
  latency?: LatencyRow[];
  images?: ImageFigures;
  command?: CommandFigures;
  kubernetes?: KubernetesFigures;
}

/** Beyond this much of the bare program's figure a target is missed. */
export const LIMIT = 1.25;
/** An unchanged `up` with builds may take this many times as long as one without. */
export const UNBUILT_LIMIT = 1.1;
/** A deploy may stall this many times as long as an `up` that has nothing to do. */
export const STALL_LIMIT = 2;

export function tables(results: Results): Table[] {
  const { downtime, wall, latency, images, command, kubernetes } = results;
  return [
    ...(downtime ? [downtimeTable(downtime)] : []),
    ...(wall ? [wallTable(wall), memoryTable(wall)] : []),
    ...(latency ? [latencyTable(latency)] : []),
    ...(images ? [imageTable(images)] : []),
    ...(command ? [commandTable(command)] : []),
    ...(kubernetes ? kubernetesTables(kubernetes) : []),
  ];
}

function commandTable({ help, status, deploy, up }: CommandFigures): Table {
  const own = deploy - up;
  return {
    title: "The command `slipway`, with one service on the local engine",
    head: ["", "took", "at most", "target"],
    rows: [
      ["`--help`", milliseconds(help * 1000), "150 ms", verdict(help < 0.15)],
      ["`status`", seconds(status), "1.0 s", verdict(status < 1)],
      ["`deploy`, beyond `pulumi up`", seconds(own), "1.0 s", verdict(own < 1)],
    ],
    notes: [`With nothing to deploy: slipway deploy ${seconds(deploy)}, pulumi up ${seconds(up)}.`],
  };
}

function kubernetesTables({ rows, deploy, apply, rollback }: KubernetesFigures): Table[] {
  const isOurs = (what: string) => what.startsWith("Slipway");
  return [
    {
      title: "Failed requests on Kubernetes at 500 requests a second",
      head: ["", "times", "requests", "failed", "p99", "slowest", "target"],
      rows: rows.map(({ what, times, figures }) => [
        what,
        String(times),
        String(figures.requests),
        String(figures.failed),
        milliseconds(figures.p99),
        milliseconds(figures.slowest),
        isOurs(what) ? verdict(figures.failed === 0) : "",
      ]),
    },
    {
      title: "Time on Kubernetes",
      head: ["", "took", "beside", "took", "ratio", "target"],
      rows: [
        [
          "`up` until the new version answers",
          seconds(deploy),
          "`kubectl apply` and `rollout status`",
          seconds(apply),
          ratio(deploy, apply),
          "",
        ],
        [
          "warm rollback: write to first answer",
          milliseconds(rollback),
          "at most",
          "1000 ms",
          "",
          verdict(rollback < 1000),
        ],
      ],
    },
  ];
}

export function machineLine({ date, machine: m, quick }: Results): string {
  const how = quick ? "Quick run, too short for figures. " : "";
  return `${how}${date}: ${m.cores} cores, ${mebibytes(m.memory)}, Linux ${m.kernel}, Docker ${m.engine}, Pulumi ${m.pulumi}, Node ${m.node}; load at the start ${m.load.toFixed(1)}.`;
}

function downtimeTable(rows: DowntimeRow[]): Table {
  const steady = rows.find((row) => row.what.includes("steady"))?.figures;
  return {
    title: "Failed requests and stalls at 500 requests a second",
    head: ["", "times", "requests", "failed", "p50", "p99", "slowest", "longest gap", "target"],
    rows: rows.map(({ what, times, figures: f }) => [
      what,
      String(times),
      ...(f
        ? [
            String(f.requests),
            String(f.failed),
            ...[f.p50, f.p99, f.slowest, f.gap].map(milliseconds),
            isTarget(what)
              ? verdict(f.failed === 0 && f.stall <= STALL_LIMIT * (steady?.stall ?? NaN))
              : "",
          ]
        : Array(7).fill("-")),
    ]),
    notes: [
      `Latency counts from when a request was due. Target: none fails, and the stall (slowest or gap) is at most ${STALL_LIMIT}x that of a steady up.`,
      ...rows.flatMap(({ what, impossible }) =>
        impossible ? [`Not measured: ${what}: ${impossible}`] : [],
      ),
    ],
  };
}

const isTarget = (what: string) => what.startsWith("Slipway") && !what.includes("steady");

function compared(name: string, ours: number, theirs: number, show: (value: number) => string) {
  return [name, show(ours), show(theirs), ratio(ours, theirs), verdict(ours <= LIMIT * theirs)];
}

function wallTable(sizes: SizeFigures[]): Table {
  return {
    title: "Wall time beside a bare Pulumi program with the same containers",
    head: ["", "Slipway", "bare", "ratio", "target", "one slot", "ratio", "gate", "traffic, drain"],
    rows: sizes.flatMap(({ services, appStart, slipway: ours, bare, single }) => {
      const name = (what: string) => `${services} services: ${what}`;
      const row = (what: string, taken: number, theirs: "deploy" | "steady" | "preview") => [
        ...compared(name(what), taken, bare[theirs].seconds, seconds),
        seconds(single[theirs].seconds),
        ratio(taken, single[theirs].seconds),
      ];
      const apart = ({ gate, traffic }: { gate: number; traffic: number }) =>
        [gate, traffic].map(seconds);
      return [
        [...row("deploy", beyondStart(ours.deploy, appStart), "deploy"), ...apart(ours.deploy)],
        [...row("rollback", besideGate(ours.rollback), "deploy"), ...apart(ours.rollback)],
        row("steady up", ours.steady.seconds, "steady"),
        row("preview", ours.preview.seconds, "preview"),
      ];
    }),
    notes: [
      "Bare: as many containers as Slipway has in both slots, of which a deploy replaces half. One slot: half of them, each replaced.",
      "Deploy: beyond the app's own start, which only our gate waits for. Rollback: beside gate and drain; the bare program's only way back is a deploy.",
      `The app's own start by size: ${sizes.map((s) => `${s.services}: ${seconds(s.appStart)} (a check every ${s.healthInterval} s)`).join(", ")}.`,
    ],
  };
}

function memoryTable(sizes: SizeFigures[]): Table {
  return {
    title: "Peak memory of an `up`: the CLI and all its children",
    head: ["", "Slipway", "bare", "ratio", "target"],
    rows: sizes.flatMap(({ services, slipway, bare }) => [
      compared(
        `${services} services: deploy`,
        slipway.deploy.memory,
        bare.deploy.memory,
        mebibytes,
      ),
      compared(
        `${services} services: steady up`,
        slipway.steady.memory,
        bare.steady.memory,
        mebibytes,
      ),
    ]),
  };
}

function imageTable(figures: ImageFigures): Table {
  const { services, unchanged, prebuilt, oneByOne, parallel, oneLine } = figures;
  const row = (what: string, ours: number, beside: string, theirs: number, limit: number) => [
    what,
    seconds(ours),
    beside,
    seconds(theirs),
    ratio(ours, theirs),
    verdict(ours <= limit * theirs),
  ];
  return {
    title: `Builds of ${services} services`,
    head: ["", "took", "beside", "took", "ratio", "target"],
    rows: [
      row("unchanged `up`", unchanged, "the same, prebuilt", prebuilt, UNBUILT_LIMIT),
      row("built in parallel", parallel, "one by one", oneByOne, 1),
      row("one line of one service", oneLine, "all, cold", parallel, 1),
    ],
    notes: [
      `Target: an unchanged \`up\` within ${UNBUILT_LIMIT}x; the others quicker than what stands beside. Builds: from the begin of the first to the end of the last.`,
    ],
  };
}

function latencyTable(rows: LatencyRow[]): Table {
  const straight = rows[0];
  return {
    title: "Latency that edge and router add, at 500 requests a second",
    head: ["", "p50", "p99", "p50 added", "p99 added", "failed"],
    rows: rows.map((row) => [
      row.way,
      milliseconds(row.p50),
      milliseconds(row.p99),
      ...(row === straight || !straight
        ? ["", ""]
        : [milliseconds(row.p50 - straight.p50), milliseconds(row.p99 - straight.p99)]),
      String(row.failed),
    ]),
  };
}
