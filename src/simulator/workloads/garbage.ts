import { kindFor, kinds } from '../api/kinds.ts';
import type { Change } from '../api/store.ts';
import type { Thing } from '../api/things.ts';
import { killPod, type World } from '../world.ts';

const owning = kinds.filter((info) => info.namespaced && !['Event'].includes(info.id)).map((info) => info.id);

/** Deletes children when their last owner does not exist any more. */
export function collectGarbage(world: World, change: Change): void {
  if (change.type !== 'DELETED') return;
  const { namespace, uid } = change.object.metadata;
  world.timeline.after(15, () => {
    for (const kind of owning) {
      for (const child of world.api.list(kind, namespace ?? '')) {
        if (child.metadata.ownerReferences?.some((owner) => owner.uid === uid) === true && isOrphan(world, child)) {
          if (kind === 'Pod') killPod(world, child);
          else world.api.remove(kind, namespace ?? '', child.metadata.name);
        }
      }
    }
  });
}

function isOrphan(world: World, child: Thing): boolean {
  return (child.metadata.ownerReferences ?? []).every((owner) => {
    const info = kindFor(owner.apiVersion, owner.kind);
    const found = info === undefined ? undefined : world.api.get(info.id, child.metadata.namespace ?? '', owner.name);
    return found === undefined || found.metadata.uid !== owner.uid;
  });
}
