import { type Apply, titleOf } from '../change.ts';
import type { StepgateError } from '../error.ts';
import type { Surroundings } from '../finding.ts';
import { at, isObject, type Json, type JsonObject, same, stringAt } from '../json.ts';
import type { KubeObject } from '../ports.ts';
import type { ChangeReport } from '../report.ts';
import type { Applies } from './applies.ts';

/** An apply, the live object, and the result of a dry-run. */
export interface Compared {
  readonly apply: Apply;
  readonly live: KubeObject | null;
  /** The server's answer to a dry-run, with defaults and the changes of webhooks. */
  readonly answer: KubeObject;
  readonly change: 'create' | 'change' | 'none';
}

/** Every apply of a deploy with its live object, and the surroundings for findings. */
export interface Survey {
  readonly before: readonly Compared[];
  readonly idleOnly: readonly Compared[];
  readonly rollout: Compared;
  /** What the server says against the Rollout; null when it takes it. Nothing may be written then. */
  readonly denied: StepgateError | null;
  readonly workload: Compared;
  readonly around: Surroundings;
}

/** The object without the fields that every write changes. */
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
      ({ change, apply }) =>
        change === 'change' && ['ConfigMap', 'Secret'].includes(stringAt(apply.object, 'kind') ?? ''),
    )
    .filter(({ apply, live, answer }) => {
      const name = stringAt(apply.object, 'metadata', 'name') ?? '';
      const differs = ['data', 'stringData', 'binaryData'].some((key) => !same(at(live, key), at(answer, key)));
      return differs && template.includes(JSON.stringify(name));
    })
    .map(({ apply }) => titleOf(apply.object).replace(' ', '/'));
}

/** The applies of a deploy, in order, without the cluster. */
export function unseenChanges({ before, rollout, workload, idleOnly }: Applies): readonly ChangeReport[] {
  return [...before, rollout, workload, ...idleOnly].map(({ object, why }) => ({
    object: titleOf(object),
    what: 'apply',
    why,
    diff: null,
  }));
}

/** Makes the lines of a diff, with secrets redacted. */
export type Differ = (before: KubeObject | null, after: KubeObject) => readonly string[];

/** The changes of a deploy, one for each object, with the reason; without diffs when `diff` is null. */
export function changesOf(
  { before, rollout, workload, idleOnly }: Survey,
  engineIsIdle: boolean,
  diff: Differ | null,
): readonly ChangeReport[] {
  const tell = (compared: Compared) => toldChange(compared, diff);
  const later = (compared: Compared): ChangeReport =>
    engineIsIdle || compared.change === 'none'
      ? tell(compared)
      : { ...tell(compared), what: 'leave', why: 'the engine uses it until the release ends' };
  return [...before.map(tell), tell(rollout), tell(workload), ...idleOnly.map(later)];
}

/** A compared apply for a report. */
export function toldChange({ apply, live, answer, change }: Compared, diff: Differ | null): ChangeReport {
  const isSame = change === 'none';
  return {
    object: titleOf(apply.object),
    what: change,
    why: isSame ? 'already as wanted' : apply.why,
    diff: isSame || diff === null ? null : diff(live === null ? null : substance(live), substance(answer)),
  };
}
