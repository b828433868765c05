import { mapAt, textAt } from '../api/json.ts';
import type { Thing } from '../api/things.ts';
import { asMap } from '../api/things.ts';
import type { World } from '../world.ts';
import { hpaSuffix } from './words.ts';
import { patch } from './writes.ts';

/** Turns the autoscaler of a workload off, by changing its target to a name that does not exist, and on again (T40). */
export function switchHpa(world: World, workload: Thing, on: boolean): void {
  const { namespace = '', name } = workload.metadata;
  for (const hpa of world.api.list('HorizontalPodAutoscaler', namespace)) {
    const target = mapAt(asMap(hpa), 'spec', 'scaleTargetRef');
    const now = textAt(target, 'name');
    const plain = now.replace(new RegExp(`(${hpaSuffix})+$`), '');
    if (target['apiVersion'] !== workload.apiVersion || target['kind'] !== workload.kind || plain !== name) continue;
    const wanted = on ? plain : now.endsWith(hpaSuffix) ? now : `${now}${hpaSuffix}`;
    if (wanted !== now) patch(world, 'HorizontalPodAutoscaler', hpa, { spec: { scaleTargetRef: { name: wanted } } });
    return;
  }
}
