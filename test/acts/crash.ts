import { at, listAt, mapOf, numberAt, textAt } from '../../src/simulator/api/json.ts';
import type { Shop } from './shop.ts';

/** What becomes of a container that has ended: it runs again, it waits for its next start, it runs and its end is forgotten. */
export type After = 'again' | 'backsOff' | 'forgotten';

/** Ends every container of a version's pods; their status becomes what the kubelet writes. */
export function crash({ cluster: { api, world } }: Shop, version: string, after: After): void {
  const time = `${new Date(world.timeline.now()).toISOString().slice(0, 19)}Z`;
  const ready = after !== 'backsOff';
  for (const pod of api.list('Pod', 'shop')) {
    if (textAt(listAt(pod, 'spec', 'containers')[0], 'image') !== `app:${version}`) continue;
    const containerStatuses = listAt(pod, 'status', 'containerStatuses').map((container) => ({
      ...mapOf(container),
      ready,
      restartCount: numberAt(container, 'restartCount') + (ready ? 1 : 0),
      state: ready ? { running: { startedAt: time } } : { waiting: { reason: 'CrashLoopBackOff' } },
      lastState:
        after === 'forgotten'
          ? {}
          : {
              terminated: {
                exitCode: 1,
                startedAt: textAt(at(container, 'state', 'running'), 'startedAt'),
                finishedAt: time,
              },
            },
    }));
    const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: time }];
    const status = { ...pod.status, conditions, containerStatuses };
    api.update('Pod', { ...pod, status }, { manager: 'kubelet', subresource: 'status' });
  }
}
