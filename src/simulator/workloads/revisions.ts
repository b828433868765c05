import { controllerRef, labelOf, type Thing } from '../api/things.ts';
import type { World } from '../world.ts';
import { hashOf } from './template.ts';
import type { ControllerRevision, Pod, StatefulSet, Template } from './types.ts';
import { revisionHash } from './words.ts';

/** A revision of a set: its hash, and the name that carries it. */
export interface Revision {
  readonly name: string;
  readonly hash: string;
  readonly template: Template;
}

/** The revision of the set's present template, recorded as the ControllerRevision with the highest number. */
export function recordRevision(
  world: World,
  set: Thing,
  template: Template,
  hasher: 'kubernetes' | 'kruise',
): Revision {
  const hash = hashOf(hasher, template);
  const name = `${set.metadata.name}-${hash}`;
  const namespace = set.metadata.namespace ?? '';
  const all = revisionsOf(world, set);
  const latest = Math.max(0, ...all.map((one) => one.revision));
  const found = all.find((one) => one.metadata.name === name);
  if (found === undefined) {
    world.api.create(
      'ControllerRevision',
      {
        metadata: {
          name,
          namespace,
          labels: { ...template.metadata?.labels, 'controller.kubernetes.io/hash': hash },
          ownerReferences: [controllerRef(set)],
        },
        data: { spec: { template: { ...template, $patch: 'replace' } } },
        revision: latest + 1,
      },
      { manager: 'kube-controller-manager' },
    );
  } else if (found.revision < latest) {
    world.api.update('ControllerRevision', { ...found, revision: latest + 1 }, { manager: 'kube-controller-manager' });
  }
  return { name, hash, template };
}

function revisionsOf(world: World, set: Thing): readonly ControllerRevision[] {
  return world.api
    .list('ControllerRevision', set.metadata.namespace ?? '')
    .filter((one) => one.metadata.ownerReferences?.[0]?.uid === set.metadata.uid);
}

/** Deletes the oldest revisions beyond `revisionHistoryLimit`. Revisions that the set or a pod uses are not counted. */
export function forgetRevisions(world: World, set: StatefulSet, used: readonly Revision[], pods: readonly Pod[]): void {
  const live = new Set([...used.map(({ name }) => name), ...pods.map((pod) => labelOf(pod, revisionHash))]);
  const unused = revisionsOf(world, set)
    .filter(({ metadata }) => !live.has(metadata.name))
    .sort((a, b) => a.revision - b.revision);
  const surplus = unused.length - (set.spec.revisionHistoryLimit ?? 10);
  for (const { metadata } of unused.slice(0, Math.max(0, surplus)))
    world.api.remove('ControllerRevision', metadata.namespace ?? '', metadata.name);
}

/** A recorded revision by its name; the given one when it is not recorded. */
export function findRevision(world: World, set: Thing, name: string, otherwise: Revision): Revision {
  if (name === otherwise.name) return otherwise;
  const found = world.api.get('ControllerRevision', set.metadata.namespace ?? '', name);
  if (found === undefined) return otherwise;
  const { $patch: _patch, ...template } = found.data.spec.template;
  return { name, hash: name.slice(set.metadata.name.length + 1), template };
}
