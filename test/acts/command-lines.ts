import { adopt } from '../../src/commands/adopt.ts';
import { answer } from '../../src/commands/answer.ts';
import { deploy } from '../../src/commands/deploy.ts';
import { doctor } from '../../src/commands/doctor.ts';
import { freeze } from '../../src/commands/freeze.ts';
import { gateTry } from '../../src/commands/gate-try.ts';
import { hold, resume } from '../../src/commands/hold.ts';
import { importConfig } from '../../src/commands/import.ts';
import { type Result, commands as table } from '../../src/commands/index.ts';
import { type Given, readInput } from '../../src/commands/input.ts';
import { permissions } from '../../src/commands/permissions.ts';
import { plan } from '../../src/commands/plan.ts';
import { promote } from '../../src/commands/promote.ts';
import { retire } from '../../src/commands/retire.ts';
import { rollback } from '../../src/commands/rollback.ts';
import type { Runners } from '../../src/commands/run.ts';
import { setImage } from '../../src/commands/set-image.ts';
import { status } from '../../src/commands/status.ts';
import { thaw } from '../../src/commands/thaw.ts';
import { tick } from '../../src/commands/tick.ts';
import { parseManifests } from '../../src/config/manifest.ts';
import type { Context } from '../../src/flow/context.ts';
import type { ConfigParser } from '../../src/flow/load.ts';
import { parseRoot, resolveConfig } from '../../src/policy/schema.ts';
import type { KubeObject } from '../../src/release/ports.ts';
import { type DeliveryReport, type ErrorReport, exitCode, type Report } from '../../src/release/report.ts';

type Known =
  | 'answer'
  | 'adopt'
  | 'deploy'
  | 'doctor'
  | 'freeze'
  | 'gate try'
  | 'hold'
  | 'import'
  | 'permissions'
  | 'plan'
  | 'promote'
  | 'resume'
  | 'retire'
  | 'rollback'
  | 'set-image'
  | 'status'
  | 'thaw'
  | 'tick';

const commands: Runners<Known, Report | string> = {
  adopt,
  answer,
  deploy,
  doctor: async (run) => drawn(await doctor(run), run.context.clock.now()),
  freeze,
  'gate try': gateTry,
  hold,
  import: importConfig,
  permissions,
  plan,
  promote,
  resume,
  retire,
  rollback,
  'set-image': setImage,
  status,
  thaw,
  tick,
};

/** What a command draws, in plain text. */
export function drawn(result: Result, now: Date): string {
  if (result.kind !== 'drawn') throw new Error(`the result is a ${result.kind}`);
  return result.draw({ color: false, unicode: false, width: 100, now });
}

/** Runs a command as its entries do. */
export function perform<C extends Known>(name: C, given: Given, context: Context): Promise<Report | string> {
  return commands[name]({ context, input: readInput(name, given), startedAt: context.clock.now(), show: () => {} });
}

/** A command line: words, or text in double quotes. A flag has no value. Throws for an option that the command lacks. */
export function readLine(line: string): { readonly name: Known; readonly given: Given } {
  const [first = '', ...others] = (line.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ''));
  const [name, ...words] = first === 'gate' ? ['gate try', '--gate', ...others.slice(1)] : [first, ...others];
  if (!isCommand(name)) throw new Error(`there is no command ${name}`);
  const given: Record<string, string[]> = {};
  const allowed: readonly string[] = table[name].options;
  for (let index = 0; index < words.length; index += 1) {
    const option = (words[index] ?? '').replace(/^--/, '');
    if (!allowed.includes(option)) throw new Error(`${name} takes no ${option}`);
    const next = words[index + 1];
    const isFlag = next === undefined || next.startsWith('--');
    given[option] = [...(given[option] ?? []), isFlag ? 'true' : next];
    if (!isFlag) index += 1;
  }
  return { name, given };
}

function isCommand(name: string): name is Known {
  return Object.hasOwn(commands, name);
}

/** What a command came to: its exit code, its first error's code or else the reason of its delivery's state. */
export interface Told {
  readonly exit: number;
  readonly code: string;
  readonly state: string;
  readonly error: ErrorReport | null;
  /** The first delivery's report. */
  readonly delivery: DeliveryReport | null;
  readonly deliveries: readonly DeliveryReport[];
  readonly findings: readonly string[];
  readonly log: string;
  /** What a command prints that makes no report; else empty. */
  readonly text: string;
}

export function told(made: Report | string, log: readonly string[]): Told {
  const text = typeof made === 'string' ? made : '';
  const report =
    typeof made === 'string'
      ? ({ version: 1, command: '', changed: false, error: null, lastTick: null, deliveries: [] } as const)
      : made;
  const [delivery] = report.deliveries;
  const error = report.error ?? report.deliveries.find((one) => one.error !== null)?.error ?? null;
  return {
    exit: exitCode(report, false),
    code: error?.code ?? delivery?.reason ?? 'NOTHING',
    state: delivery?.state ?? 'none',
    error,
    delivery: delivery ?? null,
    deliveries: report.deliveries,
    findings: report.deliveries.flatMap((one) => one.findings.map(({ code }) => code)),
    log: log.join('\n'),
    text,
  };
}

/** What is read a hundred times over is parsed once. */
function remembered<T>(parse: (text: string) => T): (text: string) => T {
  const found = new Map<string, T>();
  return (text) => {
    const made = found.get(text) ?? parse(text);
    found.set(text, made);
    return made;
  };
}

const rootOf = remembered((text) => parseRoot({ file: 'stepgate.yaml', text }));
const resolved = remembered((text) => {
  const [root, ...included] = JSON.parse(text) as { file: string; text: string }[];
  return resolveConfig(rootOf(root?.text ?? ''), included);
});

export const parser: ConfigParser = {
  includes: (_file, text) => rootOf(text).include,
  resolve: (root, included) => resolved(JSON.stringify([root, ...included])),
};

const manifestOf = remembered((text) => parseManifests([{ file: 'deploy.yaml', text }]).map(({ object }) => object));

export function manifests(files: readonly { readonly text: string }[]): readonly KubeObject[] {
  return files.flatMap(({ text }) => manifestOf(text));
}
