import { parseManifests } from '../config/manifest.ts';
import { podsFinding, type RunsPods, unrendered } from '../release/beside-workloads.ts';
import { slashTitleOf, titleOf } from '../release/change.ts';
import type { Compared, Survey } from '../release/changes/compared.ts';
import { type Place, StepgateError } from '../release/error.ts';
import type { Finding } from '../release/finding.ts';
import { sharerWords } from '../release/owner.ts';
import type { KubeObject } from '../release/ports.ts';
import type { Rendered } from '../release/target.ts';
import { elsewhereFindings } from './elsewhere.ts';
import { type Owned, ownedBy, ownerInPolicy } from './owners.ts';
import { sourcePaths } from './source.ts';
import type { Work } from './work.ts';

/** The survey of a deploy, in which objects are left that are not its own, and the findings about whose they are. */
export interface Ownership {
  readonly surveyed: Survey;
  readonly findings: readonly Finding[];
}

/**
 * Says whose the objects of a source are: workloads that no step guards, what belongs to another delivery, and what several deliveries
 * render. A finding of severity error has to stop a deploy before its first write.
 */
export async function ownership(work: Work, surveyed: Survey, rendered: Rendered): Promise<Ownership> {
  const { written } = surveyed;
  const before = await Promise.all(surveyed.before.map((one) => judged(work, one)));
  const idleOnly = await Promise.all(surveyed.idleOnly.map((one) => judged(work, one)));
  const own = await ownedBy(
    work,
    { object: written.apply.object, live: written.live, answer: written.answer },
    'deploy',
  );
  const found = [
    ...(await elsewhereFindings(work)),
    ...(own.standing.is === 'foreign' ? [foreign(own.standing)] : []),
    ...[...before, ...idleOnly].flatMap(({ findings }) => findings),
    ...unrendered(work.today, besideIn(work, rendered)),
  ];
  return {
    surveyed: {
      ...surveyed,
      before: before.map(({ compared }) => compared),
      idleOnly: idleOnly.map(({ compared }) => compared),
    },
    findings: await placed(work, rendered, found),
  };
}

/** The same without a cluster, which says neither what is live nor whose mark it has. */
export async function ownershipUnseen(
  work: Pick<Work, 'context' | 'policy' | 'today' | 'target'>,
  rendered: Rendered,
): Promise<readonly Finding[]> {
  const { today, target } = work;
  const found = [...rendered.before, ...rendered.idleOnly].flatMap((object): readonly Located[] => {
    const pods = target.runsPods(object);
    if (pods === null) return [];
    const owner = ownerInPolicy(work, object);
    if (owner !== null) {
      const says = `${pods.title} is the workload of the delivery ${owner}, so ${today.name} never writes it`;
      return [
        foreign({ says, hint: `remove it from the source of ${today.name}, or that delivery from the policy` }, object),
      ];
    }
    return about(object, podsFinding(today, pods, 'unknown'));
  });
  return placed(work, rendered, [...found, ...unrendered(today, besideIn(work, rendered))]);
}

/** The refusal of a deploy by these findings; null when none of them is an error. */
export function refusedBy(name: string, findings: readonly Finding[]): StepgateError | null {
  const first = findings.find(({ severity }) => severity === 'error');
  if (first === undefined) return null;
  const { code, message, wayOut, at } = first;
  const known =
    code === 'FOREIGN_OBJECT' || code === 'WORKLOAD_UNNAMED' || code === 'ROLLOUT_ELSEWHERE' ? code : 'FINDINGS';
  return new StepgateError('refused', known, `${name}: ${message}`, {
    hint: wayOut,
    ...(at === undefined ? {} : { at }),
  });
}

/** A finding, and the object of the source that it is about. */
type Located = Finding & { readonly object?: KubeObject };

function about(object: KubeObject, finding: Finding | null): readonly Located[] {
  return finding === null ? [] : [{ ...finding, object }];
}

/** What the source has that runs pods beside the workload. */
function besideIn({ target }: Pick<Work, 'target'>, { before, idleOnly }: Rendered): readonly RunsPods[] {
  return [...before, ...idleOnly].map((object) => target.runsPods(object)).filter((pods) => pods !== null);
}

async function judged(
  work: Work,
  compared: Compared,
): Promise<{ readonly compared: Compared; readonly findings: readonly Located[] }> {
  const { apply, live, answer } = compared;
  const { object } = apply;
  const owned = await ownedBy(work, { object, live, answer }, 'deploy');
  const { standing } = owned;
  const pods = work.target.runsPods(object);
  switch (standing.is) {
    case 'foreign':
      return { compared: { ...compared, left: standing.says }, findings: [foreign(standing, object)] };
    case 'unnamed':
      return {
        compared: { ...compared, left: 'it would reach every pod without a step, and ungated does not name it' },
        findings: about(object, podsFinding(work.today, standing.pods, owned.change)),
      };
    case 'leave':
      return { compared: { ...compared, left: standing.why }, findings: shared(compared, owned) };
    case 'write':
      return {
        compared,
        findings: pods === null ? shared(compared, owned) : about(object, podsFinding(work.today, pods, owned.change)),
      };
  }
}

function foreign({ says, hint }: { readonly says: string; readonly hint: string }, object?: KubeObject): Located {
  const finding = { code: 'FOREIGN_OBJECT', severity: 'error', message: says, facts: [], wayOut: hint } as const;
  return object === undefined ? finding : { ...finding, object };
}

/** Whose a shared object is, and who writes it. */
function shared({ apply, change }: Compared, { sharers, mark, standing }: Owned): readonly Located[] {
  if (sharers.length === 0) return [];
  const title = slashTitleOf(apply.object);
  const names = sharers.map(({ delivery }) => delivery).join(', ');
  const leaves = standing.is === 'leave' && change !== 'none';
  const last = mark.owner === null ? '' : `; ${mark.owner} wrote it last`;
  const outcome =
    change === 'none' ? 'it is as this commit has it' : leaves ? 'it stays as it is' : 'this commit writes it';
  return about(apply.object, {
    code: 'OBJECT_SHARED',
    severity: leaves ? 'warning' : 'note',
    message: `${title} is shared with ${names}${last}: ${outcome}`,
    facts: sharers.map(sharerWords),
    wayOut: leaves
      ? 'release a newer commit, or give each delivery an object of its own'
      : 'nothing to do: of the deliveries that render it, the one with the newer commit writes it',
  });
}

/** The findings with the place of their object in the files of the source, where it stands there under its own name. */
async function placed(
  { context, today }: Pick<Work, 'context' | 'today'>,
  { release }: Pick<Rendered, 'release'>,
  findings: readonly Located[],
): Promise<readonly Finding[]> {
  const needs = findings.some(({ object, severity }) => object !== undefined && severity !== 'note');
  const places = needs ? await placesAt({ context, today }, release.commit) : [];
  return findings.map(({ object, ...finding }) => {
    const title = object === undefined ? null : titleOf(object);
    const at = places.find((one) => one.title === title)?.at;
    if (at === undefined) return finding;
    return {
      ...finding,
      at,
      facts: [...finding.facts, `${at.file}:${at.line}:${at.column} of ${release.commit.slice(0, 10)}`],
    };
  });
}

async function placesAt(
  { context, today }: Pick<Work, 'context' | 'today'>,
  commit: string,
): Promise<readonly { readonly title: string; readonly at: Place }[]> {
  const found: { readonly title: string; readonly at: Place }[] = [];
  for (const file of await sourcePaths(context, today, [commit])) {
    if (!/\.(ya?ml|json)$/.test(file)) continue;
    const text = await context.repo.read(commit, file);
    if (text === null) continue;
    try {
      found.push(...parseManifests([{ file, text }]).map(({ object, at }) => ({ title: titleOf(object), at })));
    } catch (error) {
      // A kustomization, a patch or a values file holds no objects.
      if (!(error instanceof StepgateError) || error.family !== 'input') throw error;
    }
  }
  return found;
}
