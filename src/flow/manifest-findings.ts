import { quoted } from '../config/found.ts';
import { placeIn } from '../config/manifest.ts';
import type { Delivery, Source } from '../release/delivery.ts';
import { formatPlace, type InputProblem, StepgateError } from '../release/error.ts';
import type { Finding } from '../release/finding.ts';
import { stringAt } from '../release/json.ts';
import type { KubeObject } from '../release/ports.ts';
import { checkObject, type Problem, pathWords, version } from '../schema/index.ts';
import type { Context } from './context.ts';
import { manifestsOf } from './source.ts';

/** Who answers after these findings: a server that knows its version better, or nobody. */
export type Judge = 'server' | 'nobody';

/** A problem of one object of a source. */
interface Found {
  readonly object: KubeObject;
  readonly problem: Problem;
  /** Whether the kind is Kubernetes' own. */
  readonly isOwn: boolean;
}

/** The most findings of one delivery: more do not help. */
const MOST = 30;

/**
 * What the API server would not take of the manifests of a commit: types, names, what has to be there, duplicates, ranges. Asks no
 * server. Throws what reading the source throws.
 */
export async function manifestFindings(
  context: Context,
  delivery: Delivery,
  commit: string,
  judge: Judge,
): Promise<readonly Finding[]> {
  const { source, manifests } = await manifestsOf(context, delivery, commit);
  return findingsIn(manifests, { source, namespace: delivery.namespace }, judge);
}

/** The same of manifests that were read already. */
export function findingsIn(
  manifests: readonly KubeObject[],
  { source, namespace }: Pick<Delivery, 'source' | 'namespace'>,
  judge: Judge,
): readonly Finding[] {
  const found = manifests.flatMap((object): readonly Found[] => {
    const { problems, isOwn } = checkObject(object);
    return problems.map((problem) => ({ object, problem, isOwn }));
  });
  const all = [...found, ...twice(manifests, namespace)];
  return all.slice(0, MOST).map((one) => findingOf(one, source, judge));
}

/** The errors among these findings, as problems of the input. */
export function manifestProblems(
  { name }: Pick<Delivery, 'name'>,
  findings: readonly Finding[],
): readonly InputProblem[] {
  return findings
    .filter(({ severity }) => severity === 'error')
    .map(({ message, wayOut, at: place }) => ({
      code: 'MANIFEST_INVALID',
      message: `${name}: ${message}`,
      hint: wayOut,
      at: place ?? null,
    }));
}

/** The error with which these findings end a command; null when none of them is an error. */
export function manifestError(delivery: Pick<Delivery, 'name'>, findings: readonly Finding[]): StepgateError | null {
  const problems = manifestProblems(delivery, findings);
  const [first] = problems;
  if (first === undefined) return null;
  const more = problems.length === 1 ? '' : ` (and ${problems.length - 1} more)`;
  return new StepgateError('input', first.code, `${first.message}${more}`, {
    problems,
    ...(first.hint === null ? {} : { hint: first.hint }),
    ...(first.at === null ? {} : { at: first.at }),
  });
}

/** Objects that are the same one in the namespace of the delivery. */
function twice(manifests: readonly KubeObject[], namespace: string): readonly Found[] {
  const seen = new Map<string, KubeObject>();
  return manifests.flatMap((object): readonly Found[] => {
    const apiVersion = stringAt(object, 'apiVersion') ?? '';
    const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
    const its = stringAt(object, 'metadata', 'namespace') ?? namespace;
    const key = JSON.stringify([group, object.kind, its, stringAt(object, 'metadata', 'name')]);
    const first = seen.get(key);
    if (first === undefined) {
      seen.set(key, object);
      return [];
    }
    const says = `is there twice: namespace ${quoted(its)} is the delivery's own`;
    const problem: Problem = { path: [], of: 'value', says, hint: 'remove one of the two', mayBeTaken: false };
    return [{ object, problem, isOwn: true }];
  });
}

function findingOf({ object, problem, isOwn }: Found, source: Source, judge: Judge): Finding {
  const { path, of, says, hint, mayBeTaken } = problem;
  const made = madeFrom(source);
  const place = made === null ? placeIn(object, path, of) : { file: made.from, line: null, column: null };
  const where = made === null ? place && formatPlace(place) : `in what ${made.by} makes of ${made.from}`;
  const title = `${stringAt(object, 'kind')} ${stringAt(object, 'metadata', 'name')}`;
  return {
    code: 'MANIFEST_INVALID',
    severity: mayBeTaken && (judge === 'server' || !isOwn) ? 'warning' : 'error',
    message: `${title}: ${pathWords(object, path)} ${says}`,
    facts: [
      ...(where === null ? [] : [where]),
      mayBeTaken ? `not known to Kubernetes ${version}` : 'the API server would refuse it',
    ],
    wayOut: hint,
    ...(place === null ? {} : { at: place }),
  };
}

/** What renders a source, and from where; null for files, in which each object has its place. */
function madeFrom(source: Source): { readonly by: string; readonly from: string } | null {
  switch (source.kind) {
    case 'files':
      return null;
    case 'kustomize':
      return { by: 'kustomize', from: source.folder };
    case 'helm':
      return { by: 'helm', from: source.chart };
  }
}
