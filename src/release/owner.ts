import type { Delivery } from './delivery.ts';
import { at, isObject, type JsonObject, objectAt, stringAt, without } from './json.ts';
import { annotationPath } from './pointers.ts';
import type { JsonPatch, KubeObject } from './ports.ts';
import type { Rendered } from './target.ts';

/** Annotation of everything that stepgate applies: the name of the delivery that wrote it last. */
export const DELIVERY_MARK = 'stepgate.dev/delivery';
/**
 * Annotation of an object beside the workload, as JSON: each delivery that renders it, with the commit that it was last written from
 * for that delivery. Several deliveries may render one object.
 */
export const COMMITS_MARK = 'stepgate.dev/commits';

/** Whose an object is, as its annotations say. */
export interface Mark {
  /** The delivery that wrote it last; null for an object without a mark. */
  readonly owner: string | null;
  /** The commits by delivery; empty for an object without them. */
  readonly commits: ReadonlyMap<string, string>;
}

/** The mark of an object. What is no mark of ours, such as broken JSON, counts as none. */
export function markOf(object: KubeObject | null): Mark {
  const annotations = objectAt(object, 'metadata', 'annotations');
  return { owner: stringAt(annotations, DELIVERY_MARK), commits: commitsIn(stringAt(annotations, COMMITS_MARK)) };
}

function commitsIn(text: string | null): ReadonlyMap<string, string> {
  if (text === null) return new Map();
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return new Map();
    throw error;
  }
  const entries = isObject(found) ? Object.entries(found) : [];
  return new Map(
    entries.flatMap(([name, commit]): readonly (readonly [string, string])[] =>
      typeof commit === 'string' && /^[0-9a-f]{40}$/.test(commit) ? [[name, commit]] : [],
    ),
  );
}

/** The commits as the annotation has them: equal maps give equal text. */
export function commitsText(commits: Mark['commits']): string {
  const sorted = [...commits].sort(([left], [right]) => (left < right ? -1 : 1));
  return JSON.stringify(Object.fromEntries(sorted));
}

/** The object with a mark. Marks are annotations of the object itself: they are in no pod template and in no digest. */
export function marked(object: KubeObject, { owner, commits }: Mark): KubeObject {
  const metadata = objectAt(object, 'metadata');
  const annotations = {
    ...objectAt(metadata, 'annotations'),
    ...(owner === null ? {} : { [DELIVERY_MARK]: owner }),
    ...(commits.size === 0 ? {} : { [COMMITS_MARK]: commitsText(commits) }),
  };
  return { ...object, metadata: { ...metadata, annotations } };
}

/** Marks everything that a rendering applies with its delivery, and what is beside the workload with its commit. */
export function withMarks({ name }: Pick<Delivery, 'name'>, rendered: Rendered): Rendered {
  const { workload, carrier, before, idleOnly, release } = rendered;
  const beside = (object: KubeObject) => marked(object, { owner: name, commits: new Map([[name, release.commit]]) });
  return {
    ...rendered,
    // The target sets the mark of a carrier, because its controller may copy annotations to other objects.
    workload: carrier === null ? marked(workload, { owner: name, commits: new Map() }) : workload,
    before: before.map(beside),
    idleOnly: idleOnly.map(beside),
  };
}

/** The object without its mark, for comparisons: the same content counts as the same, whoever wrote it. */
export function unmarked(object: KubeObject): KubeObject {
  const metadata = at(object, 'metadata');
  const annotations = at(metadata, 'annotations');
  if (!isObject(metadata) || !isObject(annotations)) return object;
  const rest = without(annotations, [DELIVERY_MARK, COMMITS_MARK]);
  const kept: JsonObject = Object.keys(rest).length === 0 ? {} : { annotations: rest };
  return { ...object, metadata: { ...without(metadata, ['annotations']), ...kept } };
}

/** How the commit that an object would be written from stands to the commit of another delivery. */
export type Order = 'same' | 'newer' | 'older' | 'unrelated' | 'unknown';

/** Another delivery that renders the same object. */
export interface Sharer {
  readonly delivery: string;
  readonly commit: string;
  readonly order: Order;
  /** Whether today's policy has that delivery in the same place; otherwise only its Rollout is there, perhaps of another repository. */
  readonly inPolicy: boolean;
}

/** What becomes of an object that several deliveries render. */
export type Shared =
  | { readonly is: 'write' }
  /** It stays as it is. `why` names the delivery whose content it keeps. */
  | { readonly is: 'leave'; readonly why: string }
  | { readonly is: 'refuse'; readonly by: Sharer };

/**
 * The newer commit of the branch writes a shared object, and an older one leaves it alone. Where Git does not say which is newer, a
 * rollback leaves it alone; a deploy writes it when the policy has both deliveries, and is refused when the other one is not ours to judge.
 */
export function judgeShared(sharers: readonly Sharer[], purpose: 'deploy' | 'restore'): Shared {
  for (const sharer of sharers) {
    switch (sharer.order) {
      case 'same':
      case 'newer':
        continue;
      case 'older':
        return { is: 'leave', why: `${sharerWords(sharer)}, which is newer` };
      case 'unrelated':
      case 'unknown':
        if (purpose === 'restore') return { is: 'leave', why: `${sharerWords(sharer)}, which may be newer` };
        if (!sharer.inPolicy) return { is: 'refuse', by: sharer };
    }
  }
  return { is: 'write' };
}

/** `cart renders it too, at 0123456789`. */
export function sharerWords({ delivery, commit }: Pick<Sharer, 'delivery' | 'commit'>): string {
  return `${delivery} renders it too, at ${commit.slice(0, 10)}`;
}

/** The mark after one delivery has handed its part of an object to another; null when it has none. */
export function handedOver({ owner, commits }: Mark, from: string, to: string): Mark | null {
  const commit = commits.get(from);
  if (owner !== from && commit === undefined) return null;
  const others = [...commits].filter(([name]) => name !== from);
  const own = commit === undefined || commits.has(to) ? [] : [[to, commit] as const];
  return { owner: owner === from ? to : owner, commits: new Map([...others, ...own]) };
}

/** Changes the marks of a live object, or takes them away. The patch tests the present marks. */
export function markPatch(live: KubeObject, next: Mark): JsonPatch {
  const before = objectAt(live, 'metadata', 'annotations');
  const after = objectAt(marked(unmarked(live), next), 'metadata', 'annotations');
  return [DELIVERY_MARK, COMMITS_MARK].flatMap((key): JsonPatch => {
    const path = annotationPath(key);
    const value = after[key];
    if (before[key] === undefined || value === before[key]) return [];
    return [
      { op: 'test', path, value: before[key] },
      value === undefined ? { op: 'remove', path } : { op: 'replace', path, value },
    ];
  });
}
