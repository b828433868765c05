import { kindInGroup } from '../../api/kinds.ts';
import type { World } from '../../world.ts';
import type { BatchRelease } from '../types.ts';
import { canaryControl } from './canary.ts';
import { partitionedCloneSet, surgingCloneSet } from './cloneset.ts';
import { type Control, gone } from './control.ts';
import { partitionedDaemonSet } from './daemonset.ts';
import { deploymentInPlace, surgingDeployment } from './deployment.ts';
import { inPlaceControl } from './in-place.ts';
import { byPartition, type Partitioned } from './partition.ts';
import { partitionedStatefulSet } from './statefulset.ts';
import { surgingControl } from './surging.ts';

/** How the release moves its workload, by the workload's kind and the style (docs/engine.md#pods). */
export function controlOf(world: World, release: BatchRelease): Control {
  const { apiVersion, kind, name } = release.spec.workloadRef;
  const namespace = release.metadata.namespace ?? '';
  const { rollingStyle } = release.spec.releasePlan;
  const isBlueGreen = rollingStyle === 'BlueGreen';
  const partitioned = (set: Partitioned) => inPlaceControl(world, release, byPartition(world, release, set));
  const id = kindInGroup(apiVersion, kind)?.id;
  switch (id) {
    case 'Deployment': {
      const deployment = world.api.get(id, namespace, name);
      if (rollingStyle === 'Canary') return canaryControl(world, release, deployment);
      if (deployment === undefined) return gone;
      return isBlueGreen
        ? surgingControl(world, release, surgingDeployment(world, deployment))
        : inPlaceControl(world, release, deploymentInPlace(world, release, deployment));
    }
    case 'CloneSet': {
      const set = world.api.get(id, namespace, name);
      if (set === undefined) return gone;
      return isBlueGreen
        ? surgingControl(world, release, surgingCloneSet(set))
        : partitioned(partitionedCloneSet(release, set));
    }
    case 'StatefulSet':
    case 'AdvancedStatefulSet': {
      const set = world.api.get(id, namespace, name);
      return set === undefined ? gone : partitioned(partitionedStatefulSet(world, release, id, set));
    }
    case 'AdvancedDaemonSet': {
      const set = world.api.get(id, namespace, name);
      return set === undefined ? gone : partitioned(partitionedDaemonSet(world, set));
    }
    default:
      return gone;
  }
}
