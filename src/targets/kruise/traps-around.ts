import type { Size } from '../../release/forecast.ts';
import { at, type Json, listAt, numberAt, objectAt, stringAt } from '../../release/json.ts';
import { isOf } from '../../release/kinds.ts';
import type { KubeObject } from '../../release/ports.ts';
import { AUTOSCALER, AUTOSCALER_OFF_SUFFIX, managers, ROLLOUT, WATCHED_LABEL } from './keys.ts';
import { scales, titleOf } from './manifests.ts';
import { expectedSize, rangeOf } from './size.ts';
import {
  finding,
  listed,
  nothing,
  sizeOf,
  type Trap,
  type TrapInput,
  templateOf,
  titleOfWorkload,
} from './trap-input.ts';
import { appliedFields, ownedByOthers } from './traps-workload.ts';
import { kubectlName, workloadKind } from './workloads/index.ts';

/** Percentages adapt to the autoscaler's size. Numbers of pods in partition style can fail to do so (E16, T15b). */
export const hpaPresent: Trap = (look) => {
  const { delivery, observation, around, rendered } = look;
  return distinct([...(listed(around, AUTOSCALER) ?? []), ...rendered.idleOnly])
    .filter((one) => scales(one, delivery.workload))
    .flatMap((autoscaler) => {
      const title = titleOf(autoscaler);
      const target = stringAt(autoscaler, 'spec', 'scaleTargetRef', 'name') ?? '';
      if (target.endsWith(AUTOSCALER_OFF_SUFFIX) && observation.engine.at === 'idle') {
        return finding(
          'warning',
          'HPA_PRESENT',
          `${title} is switched off although nothing is released: the engine left it so after a blueGreen release`,
          [`scaleTargetRef.name is ${target}`],
          `set scaleTargetRef.name back to ${delivery.workload.name}`,
        );
      }
      const { least, most } = rangeOf(autoscaler);
      const range = `${title} keeps ${least} to ${most ?? '?'} pods`;
      const { pods, autoscaler: counted } = countedBy(look);
      const assumed = `the live size is not known: the forecast counts its fewest, ${pods} ${pods === 1 ? 'pod' : 'pods'}`;
      const facts = counted === title ? [range, assumed] : [range];
      const integers = delivery.style === 'partition' && delivery.steps.some((step) => step.replicas.unit === 'pods');
      if (integers) {
        return finding(
          'warning',
          'HPA_PRESENT',
          `${title} may change the size during a step that counts pods: partition style then moves other pods than the step says`,
          [...facts, 'strategy partition with steps in pods'],
          'write the steps as percentages',
        );
      }
      return finding(
        'note',
        'HPA_PRESENT',
        delivery.style === 'blueGreen'
          ? `${title} is switched off by the engine during a release: the size stays what it was`
          : `${title} changes the size that the steps are percentages of`,
        facts,
        'nothing; the pods of a step are those of the moment',
      );
    });
};

/** The size from which the forecast is counted. */
function countedBy({ delivery, rendered, observation, around }: TrapInput): Size {
  return expectedSize(delivery, rendered, { live: observation.workload?.replicas ?? null, around });
}

/** A size in the manifest conflicts with the autoscaler. When its only owner removes it, the size becomes one pod. */
export const hpaOwnsReplicas: Trap = (look) => {
  const { delivery, rendered, around } = look;
  const autoscaler = [...(listed(around, AUTOSCALER) ?? []), ...rendered.idleOnly].find((one) =>
    scales(one, delivery.workload),
  );
  if (autoscaler === undefined) return nothing;
  const title = titleOf(autoscaler);
  const wanted = numberAt(rendered.workload, 'spec', 'replicas');
  if (wanted !== null) {
    return finding(
      'warning',
      'HPA_OWNS_REPLICAS',
      `${title} sizes ${titleOfWorkload(look)}, and the manifest would set it to ${wanted} at every deploy`,
      [`replicas: ${wanted} in the manifest`, `${title} targets ${titleOfWorkload(look)}`],
      'leave spec.replicas out of the manifest',
    );
  }
  const size = sizeOf(look);
  const ours = appliedFields(around.workload).some(
    ({ manager, fields }) => manager === managers.apply && fields.includes('replicas'),
  );
  if (!ours || size === null || size <= 1 || ownedByOthers(around.workload, managers.apply).includes('replicas'))
    return nothing;
  return finding(
    'error',
    'HPA_OWNS_REPLICAS',
    `replicas would be given up by stepgate with nobody else owning it: Kubernetes would scale ${size} pods down to 1`,
    [`spec.replicas is owned by '${managers.apply}' alone`, `${title} has not changed it yet`],
    `hand it over first: kubectl scale ${kubectlName(delivery)} ${delivery.workload.name} -n ${delivery.namespace} --replicas=${size + 1}, then deploy`,
  );
};

/** T31: the webhook refuses a second Rollout for the same workload, even when one is disabled. */
export const secondRollout: Trap = (look) => {
  const { name } = look.delivery.workload;
  const { kind } = workloadKind(look.delivery);
  return (listed(look.around, ROLLOUT) ?? []).flatMap((rollout) => {
    const other = stringAt(rollout, 'metadata', 'name');
    const ref = objectAt(rollout, 'spec', 'workloadRef');
    if (other === name || !isOf(kind, ref) || ref['name'] !== name) return nothing;
    return finding(
      'error',
      'SECOND_ROLLOUT',
      `Rollout/${other} already drives ${titleOfWorkload(look)}: the engine takes only one`,
      [`Rollout/${other} has workloadRef ${kind.kind}/${name}`],
      `while it is idle, delete Rollout/${other} (in mid-release that would promote the new version)`,
    );
  });
};

/** Without the engine's label, or when the Rollout is off, a new template reaches all pods at once (docs/engine.md#gate). */
export const notGatedYet: Trap = (look) => {
  const { engine, workload } = look.observation;
  if (engine.at === 'off') {
    const title = titleOf(look.rendered.rollout);
    return finding(
      'error',
      'NOT_GATED_YET',
      engine.why === 'terminating'
        ? `${title} is being deleted: a template written now goes out to every pod`
        : `${title} is disabled: a template written now goes out to every pod`,
      [`${title} is ${engine.why}`],
      engine.why === 'terminating' ? 'wait until it is gone, then deploy again' : 'set spec.disabled to false first',
    );
  }
  if (workload === null || workload.watched) return nothing;
  const fresh = engine.at === 'absent' || engine.at === 'unseen';
  return finding(
    fresh ? 'note' : 'warning',
    'NOT_GATED_YET',
    fresh
      ? `the engine does not watch ${titleOfWorkload(look)} yet: the Rollout is written first, and the template once it does`
      : `${titleOfWorkload(look)} has lost the label by which the engine watches it: another tool may be removing labels`,
    [`${titleOfWorkload(look)} has no label ${WATCHED_LABEL}`],
    fresh ? 'nothing' : "the engine puts it back by itself; keep other tools from replacing the workload's labels",
  );
};

/** Old pods read the object too. A change under the same name reaches them without any step. */
export const configNotVersioned: Trap = (look) => {
  const { rendered, around } = look;
  const live = objectAt(around.workload, 'spec', 'template');
  const read = new Set([...configReadBy(live), ...configReadBy(templateOf(look))]);
  const changed = around.changedConfig.filter((title) => read.has(title));
  if (changed.length === 0) return nothing;
  return finding(
    'warning',
    'CONFIG_NOT_VERSIONED',
    `${changed.join(', ')} would change under the same name: pods of the stable version read it as well, and no rollback brings it back`,
    changed.map((title) => `${title} differs in the cluster and is read by ${titleOf(rendered.workload)}`),
    'give config a name that changes with its content (kustomize: configMapGenerator), or release it apart',
  );
};

/** blueGreen runs as many new pods as old ones until the end of the release (docs/engine.md#pods). */
export const blueGreenDoubles: Trap = (look) => {
  const size = sizeOf(look);
  if (look.delivery.style !== 'blueGreen' || size === null || size === 0) return nothing;
  return finding(
    'note',
    'BLUE_GREEN_DOUBLES',
    `blueGreen runs up to ${size * 2} pods where ${size} run now: nodes, quota and databases must bear both`,
    [`${size} replicas`, 'strategy blueGreen'],
    'see that there is room, or use strategy partition, which moves pods in place',
  );
};

/** The ConfigMaps and Secrets that a pod template mounts or uses for its environment, as `ConfigMap/x` and `Secret/x`. */
export function configReadBy(template: Json): readonly string[] {
  const containers = [...listAt(template, 'spec', 'containers'), ...listAt(template, 'spec', 'initContainers')];
  const sources = [
    ...containers
      .flatMap((container) => listAt(container, 'envFrom'))
      .flatMap((from) => [
        title('ConfigMap', at(from, 'configMapRef', 'name')),
        title('Secret', at(from, 'secretRef', 'name')),
      ]),
    ...containers
      .flatMap((container) => listAt(container, 'env'))
      .flatMap((variable) => [
        title('ConfigMap', at(variable, 'valueFrom', 'configMapKeyRef', 'name')),
        title('Secret', at(variable, 'valueFrom', 'secretKeyRef', 'name')),
      ]),
    ...listAt(template, 'spec', 'volumes')
      .flatMap((volume) => [volume, ...listAt(volume, 'projected', 'sources')])
      .flatMap((source) => [
        title('ConfigMap', at(source, 'configMap', 'name')),
        title('Secret', at(source, 'secret', 'secretName') ?? at(source, 'secret', 'name')),
      ]),
  ];
  return sources.filter((source) => source !== null);
}

function title(kind: string, name: Json | undefined): string | null {
  return typeof name === 'string' ? `${kind}/${name}` : null;
}

/** Removes duplicates. An autoscaler that is both live and in the source counts once, and the live one is kept. */
function distinct(objects: readonly KubeObject[]): readonly KubeObject[] {
  return objects.filter((object, index) => objects.findIndex((one) => titleOf(one) === titleOf(object)) === index);
}
