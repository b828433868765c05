import { freezesAt } from '../flow/freezes.ts';
import type { Policy } from '../flow/load.ts';
import { commitToPolicy, type FileChange } from '../flow/policy-commit.ts';
import { isRerun } from '../release/actor.ts';
import { commitLine } from '../release/commit-text.ts';
import { inputError, refusal } from '../release/error.ts';
import { covers, type Freeze } from '../release/freeze.ts';
import type { Report } from '../release/report.ts';
import { frozenReports, oneLine, pushTrouble, runWords } from './frozen.ts';
import { personHere } from './person.ts';
import { chosen, policyOf, type Run, reportOf } from './run.ts';

/** A freeze, and the text of its file. */
interface Filed {
  readonly freeze: Freeze;
  readonly path: string;
  readonly text: string;
}

/** Lifts freezes: those named, those of the deliveries named, or the only one. Only a person may. */
export async function thaw(run: Run<'thaw'>): Promise<Report> {
  const { context } = run;
  const person = personHere(context, 'thaw');
  const source = await policyOf(run, 'fetched');
  const policy = source.current;
  let begun: readonly Filed[] | null = null;
  const change = async (tip: string): Promise<FileChange | null> => {
    const there = await filedAt(run, policy, tip);
    begun ??= meant(run, policy, there);
    // A freeze that somebody has written since is another one, and stays.
    const lifted = begun.filter(({ path, text }) => there.some((one) => one.path === path && one.text === text));
    if (lifted.length === 0) return null;
    if (isRerun(context.run)) {
      throw refusal(
        'RERUN_REFUSED',
        `this run was started again, and ${namesOf(lifted)} may be a freeze that came after its first attempt`,
        'start a new run',
      );
    }
    return {
      files: new Map(lifted.map(({ path }) => [path, null])),
      message: message(run, person.name, lifted),
      why: `${person.name} lifts ${namesOf(lifted)}`,
    };
  };
  const { tip, changed } = await commitToPolicy(context, policy, change).catch((error: unknown) => {
    throw pushTrouble(error, `remove ${pathsOf(begun)} from the branch with a pull request`);
  });
  const about = (begun ?? []).map(({ freeze }) => freeze);
  if (!changed) {
    const there = (await filedAt(run, policy, tip)).map(({ freeze }) => freeze.name);
    const left = there.length === 0 ? 'there is no freeze' : `there: ${there.join(', ')}`;
    context.log(`nothing to lift; ${left}`);
  }
  return reportOf('thaw', await frozenReports(run, policy, { tip, changed, about }));
}

async function filedAt({ context }: Run<'thaw'>, { deliveries }: Policy, tip: string): Promise<readonly Filed[]> {
  const { repo } = context;
  const found = await freezesAt(repo, tip, deliveries);
  const filed = found.map(async (freeze): Promise<readonly Filed[]> => {
    if (freeze.from.is !== 'file') return [];
    const { path } = freeze.from;
    return [{ freeze, path, text: (await repo.read(tip, path)) ?? '' }];
  });
  return (await Promise.all(filed)).flat();
}

/** The freezes that the options mean. Throws USAGE, DELIVERY_UNKNOWN or FREEZE_COVERS_MORE. */
function meant({ input }: Run<'thaw'>, policy: Policy, there: readonly Filed[]): readonly Filed[] {
  const { name: names, delivery } = input;
  if (names.length > 0) return there.filter(({ freeze }) => names.includes(freeze.name));
  if (delivery.length === 0) {
    if (there.length < 2) return there;
    throw inputError('USAGE', `there are ${there.length} freezes`, {
      hint: `name those to lift: ${there
        .slice(0, 10)
        .map(({ freeze }) => `--name ${freeze.name}`)
        .join(' ')}`,
    });
  }
  const wanted = chosen(policy, input, true);
  const found = there.filter(({ freeze }) => wanted.some((one) => covers(freeze, one)));
  for (const { freeze } of found) {
    const more = policy.deliveries.filter((one) => covers(freeze, one) && !wanted.includes(one));
    if (more.length === 0) continue;
    const others = more.slice(0, 5).map((one) => one.name);
    throw refusal(
      'FREEZE_COVERS_MORE',
      `the freeze ${freeze.name} covers ${others.join(', ')}${more.length > 5 ? ' and others' : ''} too`,
      `to lift it for all of them: stepgate thaw --name ${freeze.name}`,
    );
  }
  return found;
}

function namesOf(filed: readonly Filed[]): string {
  return oneLine(filed.map(({ freeze }) => freeze.name).join(', '));
}

function pathsOf(filed: readonly Filed[] | null): string {
  return (filed ?? []).map(({ path }) => path).join(', ');
}

function message({ context }: Run<'thaw'>, by: string, lifted: readonly Filed[]): string {
  return [
    `Lift the freeze ${namesOf(lifted)}`.slice(0, 100),
    '',
    ...lifted.map(({ freeze }) => `Stepgate-Thaw: ${commitLine(freeze.name)}`),
    `Stepgate-By: ${commitLine(by)}`,
    `Stepgate-Run: ${runWords(context.run)}`,
  ].join('\n');
}
