import { type Apply, slashTitleOf, titleOf } from '../change.ts';
import type { StepgateError } from '../error.ts';
import type { Surroundings } from '../finding.ts';
import { at, isObject, type Json, type JsonObject, same, stringAt } from '../json.ts';
import { unmarked } from '../owner.ts';
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
  /** Why it is not written although it differs: another delivery has it from a newer commit. Left out for what is written. */
  readonly left?: string;
}

/** Every apply of a deploy with its live object, and the surroundings for findings. */
export interface Survey {
  readonly before: readonly Compared[];
  readonly idleOnly: readonly Compared[];
  readonly rollout: Compared;
  /** What the server says against the Rollout; null when it takes it. Nothing may be written then. */
  readonly denied: StepgateError | null;
  /** The workload, or its carrier. */
  readonly written: Compared;
  /** Whether it is a carrier. The Rollout is then compared only to hear what the server says against it. */
  readonly carried: boolean;
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

/** What an object says beside the mark of its delivery, which every write changes too. */
export function content(object: KubeObject): JsonObject {
  return substance(unmarked(object));
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
    .map(({ apply }) => slashTitleOf(apply.object));
}

/** The applies of a deploy, in order, without the cluster. */
export function unseenChanges({ before, rollout, written, carried, idleOnly }: Applies): readonly ChangeReport[] {
  return [...before, ...(carried ? [] : [rollout]), written, ...idleOnly].map(({ object, why }) => ({
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
  { before, rollout, written, carried, idleOnly }: Survey,
  engineIsIdle: boolean,
  diff: Differ | null,
): readonly ChangeReport[] {
  const tell = (compared: Compared) => toldChange(compared, diff);
  const later = (compared: Compared): ChangeReport =>
    engineIsIdle || compared.change === 'none'
      ? tell(compared)
      : { ...tell(compared), what: 'leave', why: 'the engine uses it until the release ends' };
  // The controller of a carrier has made it, or stepgate makes it for the record.
  // Whose the Rollout is decides whose the record is, so a change of its mark is shown.
  const plan = carried && rollout.live !== null ? [] : [toldChange(rollout, diff, substance)];
  return [...before.map(tell), ...plan, tell(written), ...idleOnly.map(later)];
}

/** A compared apply for a report. */
export function toldChange(
  { apply, live, answer, change, left }: Compared,
  diff: Differ | null,
  shown: (object: KubeObject) => JsonObject = content,
): ChangeReport {
  const isSame = change === 'none';
  if (left !== undefined && !isSame) return { object: titleOf(apply.object), what: 'leave', why: left, diff: null };
  return {
    object: titleOf(apply.object),
    what: change,
    why: isSame ? 'already as wanted' : apply.why,
    diff: isSame || diff === null ? null : diff(live === null ? null : shown(live), shown(answer)),
  };
}
