import { readFormat } from '../config/formats.ts';
import { commitToPolicy, type FileChange } from '../flow/policy-commit.ts';
import { freezePath, printFreeze, readFreeze } from '../policy/freeze.ts';
import { isRerun } from '../release/actor.ts';
import { commitLine } from '../release/commit-text.ts';
import type { Delivery } from '../release/delivery.ts';
import { asError, inputError, refusal } from '../release/error.ts';
import { type Freeze, freezeWords, isNamed } from '../release/freeze.ts';
import { digestOf } from '../release/identity.ts';
import type { Report } from '../release/report.ts';
import { frozenReports, oneLine, pushTrouble, runWords } from './frozen.ts';
import { policyOf, type Run, reportOf } from './run.ts';

/** Stops every start and every step of deliveries until a time, or until `thaw`: by one file on the policy branch. */
export async function freeze(run: Run<'freeze'>): Promise<Report> {
  const { context, input } = run;
  if (oneLine(input.reason) === '') {
    throw inputError('USAGE', 'a freeze has no reason', {
      hint: "say why, for those who wait: --reason 'stocktaking'",
    });
  }
  const source = await policyOf(run, 'fetched');
  const policy = source.current;
  checkNames(input, policy.deliveries);
  const wanted = wantedFreeze(run);
  const path = freezePath(wanted.name);
  const file = printFreeze(wanted, runWords(context.run));
  const change = async (tip: string): Promise<FileChange | null> => {
    const text = await context.repo.read(tip, path);
    const old = text === null ? null : readFreeze({ file: path, text }, policy.deliveries);
    const next = old === null || isOver(old, context.clock.now()) ? wanted : extended(run, old, wanted);
    if (next === null) return null;
    const files = new Map([[path, printFreeze(next, runWords(context.run))]]);
    const why = `${wanted.by} freezes ${scopeWords(wanted)}: ${wanted.reason.slice(0, 200)}`;
    return { files, message: message(run, next), why };
  };
  const { tip, changed } = await commitToPolicy(context, policy, change).catch((error: unknown) => {
    if (asError(error).code === 'GIT_PUSH_FAILED') context.log(`${path} would be:\n${file}`);
    const hold = 'stepgate hold --delivery NAME stops a delivery at once';
    throw pushTrouble(error, `bring ${path} to the branch with a pull request (the log has its text); ${hold}`);
  });
  if (!changed) context.log(`${wanted.name}: is there already, and nothing was written`);
  return reportOf('freeze', await frozenReports(run, policy, { tip, changed, about: [wanted] }));
}

/** Throws DELIVERY_UNKNOWN or USAGE for a name that nothing has: the freeze would stop less than was meant. */
function checkNames({ delivery, environment }: Run<'freeze'>['input'], deliveries: readonly Delivery[]): void {
  const names = deliveries.map(({ name }) => name);
  const stray = delivery.find((pattern) => !names.some((name) => isNamed(pattern, name)));
  if (stray !== undefined) {
    throw inputError('DELIVERY_UNKNOWN', `no delivery is named '${stray}'`, { hint: `known: ${names.join(', ')}` });
  }
  const environments = [...new Set(deliveries.flatMap((one) => one.environment ?? []))];
  const nowhere = environment.find((pattern) => !environments.some((name) => isNamed(pattern, name)));
  if (nowhere !== undefined) {
    const hint = environments.length === 0 ? 'there are no environments' : `known: ${environments.join(', ')}`;
    throw inputError('USAGE', `no environment is named '${nowhere}'`, { hint });
  }
}

function wantedFreeze({ context, input }: Run<'freeze'>): Freeze {
  const now = wholeSeconds(context.clock.now());
  const { start, end } = input;
  const ends = end === null ? null : 'at' in end ? end.at : new Date((start ?? now).getTime() + end.after * 1000);
  if (ends !== null && (ends <= now || (start !== null && ends <= start))) {
    throw inputError('USAGE', `end is ${ends.toISOString()}, and the freeze would be over before it begins`, {
      hint: 'write a later time, or a duration such as 60h',
    });
  }
  const by = oneLine(context.actor.name);
  const what = {
    deliveries: input.delivery,
    environments: input.environment,
    by: by === '' ? 'somebody' : by,
    reason: oneLine(input.reason),
  };
  const name = nameOf(input.name, context.run, JSON.stringify(what));
  return { name, from: { is: 'file', path: freezePath(name) }, ...what, begins: start, ends, unreadable: null };
}

/** The name that was given, or one that the same run, or a repeated command line, gets again. Throws USAGE. */
function nameOf(given: readonly string[], run: Run<'freeze'>['context']['run'], what: string): string {
  const [name, second] = given;
  if (name === undefined) return run.by === 'github' ? `run-${run.id}` : `freeze-${digestOf(what).slice(0, 8)}`;
  const read = readFormat('label', name);
  const hint = 'use small letters, digits and "-", at most 63, such as --name weekend';
  if (second !== undefined) throw inputError('USAGE', 'a freeze has one name', { hint: `write --name ${name} alone` });
  if ('wrong' in read) throw inputError('USAGE', `name is '${name}', which is no name of a freeze`, { hint });
  return name;
}

/**
 * What the freeze of that name becomes; null when it stays. The same freeze may only get longer here, because whoever ends it
 * has to be a person. Throws FREEZE_EXISTS for another freeze.
 */
function extended({ context, input }: Run<'freeze'>, old: Freeze, wanted: Freeze): Freeze | null {
  // The name without --name is that of the run: its first attempt wrote the file, and another attempt adds nothing.
  if (isRerun(context.run) && input.name.length === 0) return null;
  const same = (freeze: Freeze) => JSON.stringify([freeze.deliveries, freeze.environments, freeze.by, freeze.reason]);
  if (old.unreadable !== null || same(old) !== same(wanted)) {
    throw refusal(
      'FREEZE_EXISTS',
      `there is a freeze ${wanted.name} already, and it is another one: ${freezeWords({ freeze: old, until: old.ends })}`,
      `give another name with --name, or lift it first: stepgate thaw --name ${wanted.name}`,
    );
  }
  const begins = earlier(old.begins, wanted.begins);
  const ends = old.ends === null || wanted.ends === null ? null : later(old.ends, wanted.ends);
  const isSame = begins?.getTime() === old.begins?.getTime() && ends?.getTime() === old.ends?.getTime();
  return isSame ? null : { ...wanted, begins, ends };
}

function isOver({ ends, unreadable }: Freeze, now: Date): boolean {
  return unreadable === null && ends !== null && ends <= now;
}

/** Null is at once. */
function earlier(one: Date | null, other: Date | null): Date | null {
  if (one === null || other === null) return null;
  return one < other ? one : other;
}

function later(one: Date, other: Date): Date {
  return one > other ? one : other;
}

function wholeSeconds(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 1000) * 1000);
}

function scopeWords({ deliveries, environments }: Freeze): string {
  const what = deliveries.length === 0 ? 'every delivery' : deliveries.join(', ');
  return environments.length === 0 ? what : `${what} in ${environments.join(', ')}`;
}

function message({ context }: Run<'freeze'>, freeze: Freeze): string {
  const end = freeze.ends === null ? '' : ` until ${freeze.ends.toISOString().slice(0, 16)}Z`;
  return [
    `Freeze ${scopeWords(freeze)}${end}`.slice(0, 100),
    '',
    commitLine(freeze.reason),
    '',
    `Stepgate-Freeze: ${freeze.name}`,
    `Stepgate-By: ${commitLine(freeze.by)}`,
    `Stepgate-Run: ${runWords(context.run)}`,
  ].join('\n');
}
