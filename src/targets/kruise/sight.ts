import type { Delivery } from '../../release/delivery.ts';
import { keyOf, type Looked, type Surroundings, type Wanted } from '../../release/finding.ts';
import { type JsonObject, objectAt, stringAt } from '../../release/json.ts';
import { isOf } from '../../release/kinds.ts';
import type { Rendered } from '../../release/target.ts';
import { routes } from './routes.ts';
import { providersOf } from './traffic/index.ts';
import type { Named, Sight } from './traffic/provider.ts';

/** The objects in which routes are found. */
interface Seen {
  readonly delivery: Delivery;
  readonly rendered: Rendered;
  readonly lists: Surroundings['lists'];
  readonly looked: Surroundings['looked'];
  /** Whether a release is under way. The source's routes are written before a release, but not during one. */
  readonly running: boolean;
}

/** The facts that findings about routes use. */
export function sightOf({ delivery, rendered, lists, looked, running }: Seen): Sight {
  const lookedAt = (wanted: Wanted): Looked => looked[keyOf(wanted)] ?? { is: 'unknown' };
  return {
    delivery,
    service: delivery.traffic?.service ?? '',
    podLabels: { ...podLabels(rendered), ...delivery.settings.canaryPods?.labels },
    looked: lookedAt,
    find({ kind, name }) {
      const isIt = (object: JsonObject) => stringAt(object, 'metadata', 'name') === name;
      const brought = rendered.idleOnly.find((object) => isOf(kind, object) && isIt(object));
      if (brought !== undefined && !running) return { is: 'there', object: brought };
      const listed = isListed(kind) ? (lists[kind.kind] ?? null) : null;
      if (listed === null) return lookedAt({ kind, namespace: delivery.namespace, name });
      const object = listed.find(isIt);
      return object === undefined ? { is: 'missing' } : { is: 'there', object };
    },
  };
}

/** The objects that findings about routes read by name: objects that are in no list, and those that the providers look up. */
export function lookups(delivery: Delivery, rendered: Rendered, lists: Surroundings['lists']): readonly Wanted[] {
  const { traffic } = delivery;
  if (traffic === null) return [];
  const sight = sightOf({ delivery, rendered, lists, looked: {}, running: false });
  const unlisted = routes(delivery).filter(({ kind }) => !isListed(kind) || (lists[kind.kind] ?? null) === null);
  const more = providersOf(traffic).flatMap(({ row, value }) => row.lookups(value, sight));
  return [...new Map([...unlisted, ...more].map((wanted) => [keyOf(wanted), wanted])).values()];
}

/** Whether a kind is listed with the surroundings: every kind with a known path is. */
function isListed(kind: Named['kind']): boolean {
  return 'plural' in kind;
}

function podLabels({ workload }: Rendered): JsonObject {
  return objectAt(workload, 'spec', 'template', 'metadata', 'labels');
}
