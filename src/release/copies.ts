import { createHash } from 'node:crypto';
import { slashTitleOf, titleOf } from './change.ts';
import type { Release } from './delivery.ts';
import { at, canonical, covers, type JsonObject, objectAt, stringAt } from './json.ts';
import { groupOf } from './kinds.ts';
import { DELIVERY_MARK } from './owner.ts';
import type { JsonPatch, Kind, KubeObject } from './ports.ts';
import type { ReleaseRecord } from './record.ts';
import { storedData } from './secret-data.ts';

/**
 * Copies, in the cluster, of a ConfigMap or a Secret as it was before a release wrote over it. A rollback takes the content from
 * there when Git can't give it. Of an object there are two at most: those of the last two contents that were delivered.
 */

/** Label of a copy, by which they are listed. */
export const COPY_LABEL = 'stepgate.dev/copy';
const COPY_OF = 'stepgate.dev/copy-of';
const CONTENT = 'stepgate.dev/content-of';
const REPLACED_BY = 'stepgate.dev/replaced-by';
const REPLACED_FOR = 'stepgate.dev/replaced-for';
const EDITED = 'stepgate.dev/edited-by-hand';

/** The kinds of which copies are kept. */
export const keptKinds: readonly Kind[] = [
  { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true },
  { apiVersion: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true },
];

/** The kind of an object of which copies are kept; undefined for any other. */
export function keptKind(object: KubeObject): Kind | undefined {
  return groupOf(object) === '' ? keptKinds.find(({ kind }) => kind === stringAt(object, 'kind')) : undefined;
}

/** A copy that is in the cluster. */
export interface Copy {
  readonly object: KubeObject;
  /** The object that it is a copy of, such as `ConfigMap/shop`. */
  readonly of: string;
  /** `contentKey` of the release that had this content. */
  readonly content: string;
  /** Hash of the content that was written over it. */
  readonly replacedBy: string;
  /** `contentId` of the release that was written over it; null where an older version has not noted it. */
  readonly replacedFor: string | null;
  /** Whether somebody had edited the object by hand: then it is not what the release had written. */
  readonly isEdited: boolean;
}

/**
 * The copies of a delivery among objects that have the label. What somebody has made or changed since is none: the name of a copy says
 * what it is a copy of and which text it has, and it is of the kind of its object.
 */
export function copiesOf(delivery: string, objects: readonly KubeObject[]): readonly Copy[] {
  return objects.flatMap((object) => {
    const note = (key: string) => stringAt(object, 'metadata', 'annotations', key);
    const [of, content, replacedBy] = [note(COPY_OF), note(CONTENT), note(REPLACED_BY)];
    if (note(DELIVERY_MARK) !== delivery || of === null || content === null || replacedBy === null) return [];
    if (!isAsMade(object, of, content)) return [];
    return [{ object, of, content, replacedBy, replacedFor: note(REPLACED_FOR), isEdited: note(EDITED) === 'true' }];
  });
}

/** Whether objects with the label are copies of a delivery, by what they say, that were not left as stepgate has made them. */
export function changedCopies(delivery: string, objects: readonly KubeObject[]): readonly string[] {
  const made = new Set(copiesOf(delivery, objects).map(({ object }) => object));
  return objects
    .filter((object) => stringAt(object, 'metadata', 'annotations', DELIVERY_MARK) === delivery && !made.has(object))
    .map(titleOf);
}

function isAsMade(object: KubeObject, of: string, content: string): boolean {
  const [kind, name, ...more] = of.split('/');
  if (name === undefined || more.length > 0 || kind !== stringAt(object, 'kind')) return false;
  return stringAt(object, 'metadata', 'name') === copyName(name, contentHash(object), content);
}

/** Characters of a name that a copy's own name begins with. */
const LONGEST_NAME = 200;

/** The name of a copy. That of a long name has a hash of it, so that two objects have no copy in common. */
function copyName(name: string, hash: string, content: string): string {
  const whole = name.length <= LONGEST_NAME;
  const begin = whole
    ? name
    : `${name.slice(0, LONGEST_NAME)}${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
  return `${begin}.stepgate-${hash.slice(0, 8)}-${content.slice(0, 8)}`;
}

/** The key by which a copy names the release whose content it has. */
export function contentKey({ id, whole }: Pick<Release, 'id' | 'whole'>): string {
  return whole ?? id;
}

/** Whether a write of `wanted` changes the content of `live`. */
export function overwrites(live: KubeObject, wanted: KubeObject): boolean {
  return !covers(contentOf(live), contentOf(wanted));
}

/** Hash of the data of a ConfigMap or a Secret. */
export function contentHash(object: KubeObject): string {
  return createHash('sha256')
    .update(canonical(contentOf(object)))
    .digest('hex');
}

function contentOf(object: KubeObject): JsonObject {
  return { data: storedData(object), binaryData: objectAt(object, 'binaryData') };
}

/** A copy of the live object, right before `wanted` is written over it. It goes when its Rollout is deleted. */
export function copyOf(
  live: KubeObject,
  {
    wanted,
    release,
    delivery,
    content,
    owner,
    managers,
  }: {
    readonly wanted: KubeObject;
    /** `contentId` of the release that renders `wanted`. */
    readonly release: string;
    readonly delivery: string;
    /** `contentKey` of what is live. */
    readonly content: string;
    readonly owner: KubeObject;
    /** The field managers of stepgate. */
    readonly managers: readonly string[];
  },
): KubeObject {
  const [name, namespace] = [stringAt(live, 'metadata', 'name') ?? '', stringAt(live, 'metadata', 'namespace')];
  const kept = Object.fromEntries(Object.entries(live).filter(([key]) => ['type', 'data', 'binaryData'].includes(key)));
  return {
    apiVersion: 'v1',
    kind: stringAt(live, 'kind'),
    metadata: {
      name: copyName(name, contentHash(live), content),
      namespace,
      labels: { [COPY_LABEL]: 'true' },
      annotations: {
        [COPY_OF]: slashTitleOf(live),
        [DELIVERY_MARK]: delivery,
        [CONTENT]: content,
        [REPLACED_BY]: contentHash(wanted),
        [REPLACED_FOR]: release,
        ...(isEdited(live, managers) ? { [EDITED]: 'true' } : {}),
      },
      ownerReferences: [
        {
          apiVersion: stringAt(owner, 'apiVersion'),
          kind: stringAt(owner, 'kind'),
          name: stringAt(owner, 'metadata', 'name'),
          uid: stringAt(owner, 'metadata', 'uid'),
        },
      ],
    },
    ...kept,
    immutable: true,
  };
}

/** The copies of an object that no rollback can need once a copy of `content` is there. */
export function outdated(
  copies: readonly Copy[],
  of: string,
  { history }: ReleaseRecord,
  content: string,
): readonly Copy[] {
  const needed = [content, ...history.slice(0, 2).map(contentKey)];
  return copies.filter((copy) => copy.of === of && !needed.includes(copy.content));
}

/** What becomes of the copies of an object, right before it is overwritten. */
interface Keeping {
  /** The content that its copy has. */
  readonly content: string;
  /** The copy that has that content already; null where it has to be made. */
  readonly copy: Copy | null;
  /** Copies under the same content that have another text, as somebody had left it by hand. */
  readonly stale: readonly Copy[];
}

/**
 * The copy of an object for what it is now. What was not overwritten since stable was delivered has stable's content, whatever release
 * serves by now: without this, a rollback would find no copy of it. What an unfinished change has made of the object is no content.
 */
export function copyBefore(
  copies: readonly Copy[],
  { history, holds }: Pick<ReleaseRecord, 'history' | 'holds'>,
  {
    live,
    serving,
    managers,
  }: {
    readonly live: KubeObject;
    readonly serving: Pick<Release, 'id' | 'whole'>;
    /** The field managers of stepgate. */
    readonly managers: readonly string[];
  },
): Keeping {
  const own = copies.filter(({ of }) => of === slashTitleOf(live));
  const [stable] = history;
  const now = contentHash(live);
  const ofStable = stable === undefined ? [] : own.filter(({ content }) => content === contentKey(stable));
  // A run may have been killed between the copy and the write.
  const isUnwritten = ofStable.some(({ object }) => contentHash(object) === now);
  const isKept = stable === undefined || (ofStable.length > 0 && !isUnwritten);
  const content = contentKey(isKept ? serving : stable);
  const same = own.filter((copy) => copy.content === content);
  // A release was written over a hand edit, and was rolled back. Stable serves with its own content now: the hand edit is of no use.
  const servesStable = stable !== undefined && contentKey(stable) === contentKey(serving);
  const isGone = ({ isEdited: edited, replacedFor }: Copy) =>
    servesStable && edited && holds.some((one) => one.release !== null && one.release === replacedFor);
  const found = same.find((one) => contentHash(one.object) === now || (one.replacedBy === now && !isGone(one)));
  // A person or another delivery may have changed the object. The copy of what the release wrote is kept then.
  const written = same.find((one) => !one.isEdited) ?? (isEdited(live, managers) ? same[0] : undefined);
  const copy = found ?? written ?? null;
  return { content, copy, stale: same.filter((one) => one !== copy) };
}

/** Whether somebody else than stepgate owns a part of the data. */
export function isEdited(live: KubeObject, managers: readonly string[]): boolean {
  const fields = at(live, 'metadata', 'managedFields');
  return (Array.isArray(fields) ? fields : []).some((one) => {
    const owns = ['f:data', 'f:binaryData'].some((key) => at(one, 'fieldsV1', key) !== undefined);
    return owns && !managers.includes(stringAt(one, 'manager') ?? '');
  });
}

/** What `copyOf` sets of the metadata. */
const ownMetadata: readonly string[] = ['name', 'namespace', 'labels', 'ownerReferences'];

/**
 * The same copy, noting that `wanted` was written over the object. `release`: the `contentId` of the release that renders `wanted`. A
 * rollback without Git restores an object only while it holds what a release has written.
 */
export function replacedAnew({ object }: Copy, wanted: KubeObject, release: string): KubeObject {
  const now = { [REPLACED_BY]: contentHash(wanted), [REPLACED_FOR]: release };
  const annotations = { ...objectAt(object, 'metadata', 'annotations'), ...now };
  const ours = Object.entries(objectAt(object, 'metadata')).filter(([key]) => ownMetadata.includes(key));
  return { apiVersion: 'v1', ...object, metadata: { ...Object.fromEntries(ours), annotations } };
}

/** An object to restore: its content, and the hashes of every content that a release has given it. */
export interface Restorable {
  readonly of: string;
  readonly from: Copy;
  readonly known: ReadonlySet<string>;
}

/**
 * Of each object, the content that it had in the version that `to` names: the copy that was taken first after that version had
 * been delivered. Objects without one were not written since.
 */
export function restorableFrom(
  copies: readonly Copy[],
  { history }: ReleaseRecord,
  to: Release,
): readonly Restorable[] {
  const index = history.findIndex((one) => contentKey(one) === contentKey(to));
  if (index < 0) return [];
  const since = history.slice(0, index + 1).map(contentKey);
  return [...new Set(copies.map(({ of }) => of))].flatMap((of) => {
    const ofObject = since.flatMap((content) => copies.filter((copy) => copy.of === of && copy.content === content));
    const oldest = ofObject.at(-1);
    if (oldest === undefined) return [];
    const written = copies.filter((copy) => copy.of === of);
    return [{ of, from: oldest, known: new Set(written.flatMap((one) => [contentHash(one.object), one.replacedBy])) }];
  });
}

/** Puts the content of a copy back into the object, if it is still of this version. */
export function restorePatch(live: KubeObject, { object }: Copy): JsonPatch {
  const version = stringAt(live, 'metadata', 'resourceVersion') ?? '';
  return [
    { op: 'test', path: '/metadata/resourceVersion', value: version },
    ...(['data', 'binaryData'] as const).flatMap((key): JsonPatch => {
      const value = object[key];
      if (value !== undefined) return [{ op: 'add', path: `/${key}`, value }];
      return live[key] === undefined ? [] : [{ op: 'remove', path: `/${key}` }];
    }),
  ];
}
