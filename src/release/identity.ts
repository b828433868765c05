import { createHash } from 'node:crypto';
import { canonical, type Json } from './json.ts';

/** Hex SHA-256 over the canonical JSON of a rendered pod template. Equal templates have equal digests, in any key order. */
export function digestOf(template: Json): string {
  return createHash('sha256').update(canonical(template)).digest('hex');
}

/**
 * The release's name in the cluster: `<commit 10>-<digest 8>`, with `-2`, `-3` ... when the same pair is released again.
 * It is a label of the workload and of pods, so it has to be a valid label value (docs/engine.md#ids).
 */
export function releaseId(commit: string, digest: string, attempt: number): string {
  if (!/^[0-9a-f]{40}$/.test(commit)) throw new TypeError(`not a full commit: '${commit}'`);
  if (!/^[0-9a-f]{64}$/.test(digest)) throw new TypeError(`not a SHA-256: '${digest}'`);
  if (!Number.isSafeInteger(attempt) || attempt < 1) throw new TypeError(`attempts count from 1, not ${attempt}`);
  return `${commit.slice(0, 10)}-${digest.slice(0, 8)}${attempt === 1 ? '' : `-${attempt}`}`;
}

/**
 * The id of the workload while the engine's stable version is restored before an older release: during a release,
 * blueGreen accepts no other version. No release has such an id.
 */
export function viaStable(id: string): string {
  return `${id}-via-stable`;
}

/** The parts of a rollout-id: the first digits of commit and digest, and the attempt. */
export interface ReleaseIdParts {
  readonly commit: string;
  readonly digest: string;
  readonly attempt: number;
}

/** Parses an id made by `releaseId`; null for any other name, such as one made by the engine or another tool. */
export function parseReleaseId(id: string): ReleaseIdParts | null {
  const found = /^([0-9a-f]{10})-([0-9a-f]{8})(?:-([1-9][0-9]{0,14}))?$/.exec(id);
  const [, commit, digest, count] = found ?? [];
  if (commit === undefined || digest === undefined || count === '1') return null;
  return { commit, digest, attempt: count === undefined ? 1 : Number(count) };
}
