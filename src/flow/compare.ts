import { environmentError } from '../release/error.ts';
import { at, covers, isObject, type Json, type JsonObject, same, stringAt } from '../release/json.ts';
import type { KubeObject, ObjectRef } from '../release/ports.ts';
import type { ChangeReport } from '../release/report.ts';
import type { Work } from './work.ts';
import { title } from './write.ts';

/** An object of the source beside the one in the cluster, and what the server would make of it. */
export interface Compared {
  readonly wanted: KubeObject;
  readonly live: KubeObject | null;
  /** The server's answer to a dry-run: defaults filled in, webhooks asked. */
  readonly answer: KubeObject;
  readonly change: 'create' | 'change' | 'none';
}

/** Asks the server what an apply would change. Throws what the apply would throw. */
export async function compare(work: Work, wanted: KubeObject, manager: string): Promise<Compared> {
  const live = await work.cluster.get(await refOf(work, wanted), work.context.signal);
  const answer = await work.writer.dryRun(wanted, manager);
  const change = live === null ? 'create' : same(substance(live), substance(answer)) ? 'none' : 'change';
  return { wanted, live, answer, change };
}

/**
 * What the engine works with in mid-release beside what is wanted of it: nothing is rehearsed, because fields of it are
 * the engine's for now, and an apply would be a conflict (E26).
 */
export async function compareLater(work: Work, wanted: KubeObject): Promise<Compared> {
  const live = await work.cluster.get(await refOf(work, wanted), work.context.signal);
  const change = live === null ? 'create' : covers(live, wanted) ? 'none' : 'change';
  return { wanted, live, answer: wanted, change };
}

async function refOf({ cluster, context }: Work, object: KubeObject): Promise<ObjectRef> {
  const apiVersion = stringAt(object, 'apiVersion') ?? '';
  const kind = await cluster.discover(apiVersion, stringAt(object, 'kind') ?? '', context.signal);
  if (kind === null) {
    throw environmentError('CLUSTER_REJECTED', `${title(object)}: the server does not serve ${apiVersion}`, {
      hint: 'install its CRD, or leave it out of the source',
    });
  }
  return {
    kind,
    namespace: stringAt(object, 'metadata', 'namespace'),
    name: stringAt(object, 'metadata', 'name') ?? '',
  };
}

/** The object without what every write changes. */
export function substance(object: KubeObject): JsonObject {
  const { status: _status, metadata, ...rest } = object;
  const {
    managedFields: _fields,
    resourceVersion: _version,
    generation: _generation,
    uid: _uid,
    creationTimestamp: _created,
    ...kept
  } = isObject(metadata) ? metadata : {};
  return { ...rest, metadata: kept };
}

/** ConfigMaps and Secrets by name that the template reads and that would change under running pods. */
export function changedConfig(compared: readonly Compared[], podTemplate: Json): readonly string[] {
  const template = JSON.stringify(podTemplate);
  return compared
    .filter(
      ({ change, wanted }) => change === 'change' && ['ConfigMap', 'Secret'].includes(stringAt(wanted, 'kind') ?? ''),
    )
    .filter(({ wanted, live, answer }) => {
      const name = stringAt(wanted, 'metadata', 'name') ?? '';
      const differs = ['data', 'stringData', 'binaryData'].some((key) => !same(at(live, key), at(answer, key)));
      return differs && template.includes(JSON.stringify(name));
    })
    .map(({ wanted }) => title(wanted).replace(' ', '/'));
}

/** How a report tells a comparison. `diff` makes the lines, secrets hidden; null for none. */
export function changeReport(
  { wanted, live, answer, change }: Compared,
  why: string,
  diff: ((before: KubeObject | null, after: KubeObject) => readonly string[]) | null,
): ChangeReport {
  const lines =
    change === 'none' || diff === null ? null : diff(live === null ? null : substance(live), substance(answer));
  return { object: title(wanted), what: change, why, diff: lines };
}
