import { parsePath } from '../config/formats.ts';
import { kustomizations } from '../config/repository-path.ts';
import { findSource } from '../flow/find-source.ts';
import { manifestsAt } from '../flow/source.ts';
import { readTrouble } from '../flow/write.ts';
import type { Remark } from '../policy/print.ts';
import { type Draft, printWritten } from '../policy/written.ts';
import type { Source } from '../release/delivery.ts';
import { inputError } from '../release/error.ts';
import { stringAt } from '../release/json.ts';
import { isOf } from '../release/kinds.ts';
import type { Cluster, KubeObject, ObjectRef } from '../release/ports.ts';
import { wrap } from '../views/lines.ts';
import { logLine, oneLine } from '../views/neutral.ts';
import { yamlWithoutCommands } from '../views/yaml-in-log.ts';
import { COMMENT_WIDTH, withProblems } from './import-problems.ts';
import { aboutLive, aboutSource, type Remarkable, unsaidWords } from './import-remarks.ts';
import { type FoundRollout, rolloutsInCluster } from './located.ts';
import type { Run } from './run.ts';

/** Where the Rollouts to choose from are. The cluster is null when the Rollouts come from manifests. */
interface Place {
  readonly found: readonly FoundRollout[];
  readonly cluster: Cluster | null;
  /** `in the cluster`, `in deploy/*.yaml`. */
  readonly words: string;
}

/**
 * A stepgate.yaml for Rollouts that somebody else wrote, as YAML. What it does not say, or says otherwise, is a comment in it
 * and a line in the log. Writes nothing. Throws ROLLOUT_UNKNOWN or ROLLOUT_REQUIRED, NOT_SUPPORTED for a kind of workload that
 * is not released, and what keeps the cluster or the manifests from being read.
 */
export async function importConfig(run: Run<'import'>): Promise<string> {
  const commit = await run.context.repo.resolve('HEAD');
  const place = run.input.from.length === 0 ? await liveRollouts(run) : await writtenRollouts(run, commit);
  const made = [];
  for (const one of chosen(run, place)) made.push(await draft(run, { ...one, commit, cluster: place.cluster }));
  const remarks = made.flatMap(({ remarks }, index) =>
    remarks.map(
      ({ severity, text, key }): Remark => ({
        path: ['deliveries', index, ...key],
        lines: wrap(oneLine(`${severity}: ${text}`), COMMENT_WIDTH),
      }),
    ),
  );
  const title = { path: [], lines: [`Made by stepgate import. Commit it as ${run.input.config}, then: stepgate plan`] };
  const drafts = made.map(({ draft }) => draft);
  // What stands in a Rollout is foreign text: spelled so that no terminal and no log takes it for something else.
  const { text, problems } = withProblems(run, yamlWithoutCommands(printWritten(drafts, [title, ...remarks])));
  const told = made.flatMap(({ draft, remarks }) => remarks.map((one) => ({ ...one, name: draft.name })));
  for (const { severity, name, text } of told.toSorted((left, right) => rank(left) - rank(right))) {
    run.context.log(logLine(`${severity}: ${name}: ${text}`));
  }
  for (const problem of problems) run.context.log(logLine(`error: ${problem}`));
  return text;
}

/** Errors first. */
function rank({ severity }: Remarkable): number {
  return ['error', 'warning', 'note'].indexOf(severity);
}

async function liveRollouts(run: Run<'import'>): Promise<Place> {
  const { found, cluster } = await rolloutsInCluster(run, run.input.namespace);
  const { namespace } = run.input;
  return { found, cluster, words: namespace === null ? 'in the cluster' : `in the namespace ${namespace}` };
}

/** The Rollouts among the manifests that were named; those of another namespace than the one that was given are none. */
async function writtenRollouts({ context, input }: Run<'import'>, commit: string): Promise<Place> {
  const all = await context.repo.files(commit, '');
  const sources = input.from.map((path) => sourceAt(path, all));
  const objects = await Promise.all(
    sources.map((source) => manifestsAt(context, { name: '--from', namespace: '', source }, commit)),
  );
  const found = objects.flat().flatMap((rollout) => {
    const namespace = stringAt(rollout, 'metadata', 'namespace');
    const elsewhere = namespace !== null && input.namespace !== null && namespace !== input.namespace;
    const target = context.targets.all.find(({ kinds }) => isOf(kinds.record, rollout));
    return target === undefined || elsewhere ? [] : [{ target, rollout }];
  });
  return { found, cluster: null, words: `in ${input.from.join(', ')}` };
}

/** A folder of a kustomization, or else a file or a pattern. */
function sourceAt(given: string, all: readonly string[]): Source {
  const path = parsePath(given);
  if ('wrong' in path) throw inputError('USAGE', `from is '${given}', which ${path.wrong}`, { hint: path.hint });
  const prefix = path.value === '.' ? '' : `${path.value}/`;
  return kustomizations.some((name) => all.includes(`${prefix}${name}`))
    ? { kind: 'kustomize', folder: path.value }
    : { kind: 'files', patterns: [path.value] };
}

/** The Rollouts that were named, or the only one. */
function chosen({ input }: Run<'import'>, { found, words }: Place): readonly FoundRollout[] {
  const listed = found.map(title).sort();
  const list = listed.length === 0 ? 'there is none' : `there: ${listed.slice(0, 20).join(', ')}`;
  if (input.rollout.length === 0) {
    if (found.length === 1) return found;
    if (found.length === 0) {
      throw inputError('ROLLOUT_UNKNOWN', `no Rollout ${words}`, {
        hint: 'name another place: --namespace NAME, or --from with the files that have it',
      });
    }
    throw inputError('ROLLOUT_REQUIRED', `${found.length} Rollouts ${words}: ${listed.slice(0, 20).join(', ')}`, {
      hint: 'name one or more: --rollout NAME, with --namespace where two have the name',
    });
  }
  return [...new Set(input.rollout)].map((name) => {
    const [only, second] = found.filter(({ rollout }) => stringAt(rollout, 'metadata', 'name') === name);
    if (only === undefined) throw inputError('ROLLOUT_UNKNOWN', `no Rollout ${name} ${words}`, { hint: list });
    if (second === undefined) return only;
    throw inputError('ROLLOUT_REQUIRED', `several Rollouts are called ${name} ${words}`, {
      hint: `name the namespace: --namespace NAME; ${list}`,
    });
  });
}

function title({ rollout }: FoundRollout): string {
  const name = stringAt(rollout, 'metadata', 'name') ?? '?';
  const namespace = stringAt(rollout, 'metadata', 'namespace');
  return namespace === null ? name : `${name} in ${namespace}`;
}

/** One delivery's block, and everything that has to be said about it. */
async function draft(
  { context, input }: Run<'import'>,
  { target, rollout, commit, cluster }: FoundRollout & { readonly commit: string; readonly cluster: Cluster | null },
): Promise<{ readonly draft: Draft; readonly remarks: readonly Remarkable[] }> {
  const imported = target.importOf(rollout, input.namespace);
  const delivery = { ...imported.delivery, cluster: { context: input.context, exec: [] } };
  const { workload: ref } = target.refs(delivery);
  const workload = cluster === null ? null : await readWorkload(cluster, ref, context.signal);
  const found = await findSource(context, {
    commit,
    its: target.inSource(delivery),
    namespace: ref.namespace,
    not: [input.config],
  });
  const [source, second] = found.sources;
  const live = cluster === null ? [] : aboutLive(target, delivery, { rollout, workload, takenAt: context.clock.now() });
  return {
    draft: { ...delivery, source: source === undefined || second !== undefined ? null : source },
    remarks: [
      ...aboutSource(delivery, found, { its: target.inSource(delivery), commit }),
      ...live,
      ...imported.unsaid.map(unsaidWords),
    ],
  };
}

/** Reads an object by a list with its name, so that a reader's role is enough. Null when it is missing. */
async function readWorkload(
  cluster: Cluster,
  { kind, namespace, name }: ObjectRef,
  signal: AbortSignal,
): Promise<KubeObject | null> {
  try {
    const { items } = await cluster.list({ kind, namespace, fieldSelector: `metadata.name=${name}` }, signal);
    return items[0] ?? null;
  } catch (error) {
    throw readTrouble(error, cluster.title);
  }
}
