import { formatDuration } from '../../release/delivery.ts';
import type { Finding } from '../../release/finding.ts';
import { isObject, type Json, listAt, numberAt, objectAt, stringAt } from '../../release/json.ts';
import { ENGINE_MANAGER, ID_KEY, managers, RESTARTED_ANNOTATION } from './keys.ts';
import {
  containersOf,
  finding,
  isRunning,
  nameOf,
  nothing,
  specNumber,
  type Trap,
  templateOf,
  titleOfWorkload,
} from './trap-input.ts';
import { kubectlName, workloadKind } from './workloads/index.ts';

/** In blueGreen the webhook refuses Recreate. In other styles the engine can't restore it cleanly (docs/engine.md#gate). */
export const recreateStrategy: Trap = (look) => {
  const { rendered, observation } = look;
  const own = stringAt(rendered.settings, 'spec', 'strategy', 'type');
  const live = observation.workload;
  // Partition style sets Recreate itself during a release, and a wedged Deployment keeps it. It is not the user's then.
  const idleLive =
    live !== null && observation.engine.at === 'idle' && !live.gated && !live.paused ? live.strategy : null;
  const found =
    own ?? (rendered.settings !== null && 'strategy' in objectAt(rendered.settings, 'spec') ? null : idleLive);
  if (found !== 'Recreate') return nothing;
  return finding(
    'error',
    'RECREATE_STRATEGY',
    `${titleOfWorkload(look)} has strategy Recreate: it takes every old pod away before a new one is there, so no step can hold`,
    [own === null ? 'strategy Recreate in the cluster' : 'strategy Recreate in the manifest'],
    'write strategy RollingUpdate, or leave the strategy out',
  );
};

/** E6, E6b: an apply must not own fields that the engine borrows. Otherwise the apply conflicts, or removes pods. */
export const ownedFields: Trap = (look) => {
  const { rendered, around } = look;
  const kept = Object.keys(objectAt(rendered.settings, 'spec'));
  const found: Finding[] = [];
  if (kept.length > 0) {
    found.push(
      ...finding(
        'note',
        'OWNED_FIELDS',
        `the manifest sets ${kept.join(', ')}, which the engine borrows during a release: stepgate writes them apart, while idle`,
        kept.map((field) => `spec.${field} in the manifest`),
        'nothing: a change of theirs takes effect before the next release, not during one',
      ),
    );
  }
  const { borrowed: borrowedIn, webhookFields } = workloadKind(look.delivery);
  const borrowed = [...borrowedIn(look.delivery.style), ...webhookFields];
  for (const { manager, fields } of appliedFields(around.workload)) {
    const theirs = borrowed.filter((field) => fields.includes(field));
    if (theirs.length === 0 || manager === managers.settings || manager === ENGINE_MANAGER) continue;
    const ours = manager === managers.apply;
    if (ours && !isRunning(look)) continue;
    found.push(
      ...finding(
        ours ? 'error' : 'warning',
        'OWNED_FIELDS',
        ours
          ? `an apply now would give up ${theirs.join(', ')} in mid-release, and Kubernetes' defaults would take pods away`
          : `'${manager}' also applies ${titleOfWorkload(look)} and owns ${theirs.join(', ')}: its next apply conflicts with the engine, or undoes it`,
        theirs.map((field) => `spec.${field} is owned by '${manager}'`),
        ours
          ? 'let the release finish first'
          : `take these fields out of what '${manager}' applies, or let only one of the two write`,
      ),
    );
  }
  return found;
};

/** E8, E8b: when the annotation stays the same beside a new template, all pods are replaced at once. */
export const idAnnotation: Trap = (look) => {
  const places = [
    ['in the manifest', look.rendered.workload],
    ['in the cluster', look.around.workload],
  ] as const;
  return places.flatMap(([where, workload]) => {
    const value = stringAt(workload, 'metadata', 'annotations', ID_KEY);
    if (value === null || value === '') return nothing;
    return finding(
      'error',
      'ID_ANNOTATION',
      `${titleOfWorkload(look)} has ${ID_KEY} as an annotation: the engine then doesn't gate a new template`,
      [`annotation ${ID_KEY}=${value} ${where}`],
      `remove the annotation while nothing is released: kubectl annotate ${kubectlName(look.delivery)} ${look.delivery.workload.name} -n ${look.delivery.namespace} ${ID_KEY}-`,
    );
  });
};

/** The webhook does not gate a workload without pods (docs/engine.md#gate). */
export const replicasZero: Trap = (look) => {
  const live = look.observation.workload;
  const wanted = numberAt(look.rendered.workload, 'spec', 'replicas');
  const size = wanted ?? live?.replicas;
  if (live?.replicas !== 0 && size !== 0) return nothing;
  const first = live === null;
  return finding(
    first ? 'warning' : 'error',
    'REPLICAS_ZERO',
    first
      ? `${titleOfWorkload(look)} begins without pods: until it has some, no release of it is gated`
      : `${titleOfWorkload(look)} has no pods: the engine doesn't gate it, and what is written then is in every pod that comes later`,
    [
      ...(live === null ? [] : [`${live.replicas} replicas in the cluster`]),
      ...(wanted === null ? [] : [`${wanted} replicas in the manifest`]),
    ],
    'give it at least one pod before releasing to it',
  );
};

/** E22, E34: server-side apply keeps the annotation, so a reverted manifest does not restore the old template. */
export const restartedAt: Trap = (look) => {
  const path = ['metadata', 'annotations', RESTARTED_ANNOTATION] as const;
  const live = stringAt(look.around.workload, 'spec', 'template', ...path);
  if (live === null || stringAt(templateOf(look), ...path) !== null) return nothing;
  return finding(
    'warning',
    'RESTARTED_AT',
    `someone restarted ${titleOfWorkload(look)} by hand: the live template has an annotation that no commit renders`,
    [`${RESTARTED_ANNOTATION}=${live} in the live template`],
    'nothing has to be done for a release; stepgate rollback replaces the whole template, a plain apply of an old manifest would not be a rollback',
  );
};

/** The deadline of Kubernetes or `stuckAfter` of the policy ends before a healthy pod can be ready. */
export const deadlineTooShort: Trap = (look) => {
  const ofUpdate = numberAt(look.rendered.settings, 'spec', 'updateStrategy', 'rollingUpdate', 'minReadySeconds');
  const minReady = specNumber(look, 'minReadySeconds') ?? ofUpdate ?? 0;
  const slowest = Math.max(0, ...containersOf(templateOf(look)).map(secondsToReady)) + minReady;
  const { progressDeadline } = workloadKind(look.delivery);
  const { on, stuckAfterSeconds } = look.delivery.rollback;
  const limits = [
    ...(progressDeadline === null
      ? []
      : [
          { name: 'progressDeadlineSeconds', seconds: specNumber(look, 'progressDeadlineSeconds') ?? progressDeadline },
        ]),
    ...(on.includes('stuck') ? [{ name: 'rollback.stuckAfter', seconds: stuckAfterSeconds }] : []),
  ];
  return limits.flatMap(({ name, seconds }) => {
    if (seconds > slowest) return nothing;
    return finding(
      'warning',
      'DEADLINE_TOO_SHORT',
      `a pod may take ${formatDuration(slowest)} to be ready, ${name} gives it ${formatDuration(seconds)}: a healthy release would count as failed`,
      [`${name} ${seconds}s`, `probes and minReadySeconds allow ${slowest}s`],
      `raise ${name}, or lower what the probes allow`,
    );
  });
};

/** A step is ready when its pods are ready. Without a probe, a ready pod only means that its process runs. */
export const noReadinessProbe: Trap = (look) => {
  const template = templateOf(look);
  if (listAt(template, 'spec', 'readinessGates').length > 0) return nothing;
  const containers = containersOf(template);
  const without = containers.filter((container) => !isObject(objectAt(container)['readinessProbe']));
  if (without.length === 0) return nothing;
  const none = without.length === containers.length;
  return finding(
    none ? 'warning' : 'note',
    'NO_READINESS_PROBE',
    none
      ? `no container of ${titleOfWorkload(look)} has a readiness probe: a step is ready as soon as its processes have started`
      : `${without.map(nameOf).join(', ')} counts as ready as soon as it has started`,
    without.map((container) => `container ${nameOf(container)} has no readinessProbe`),
    'give it a readinessProbe',
  );
};

/** The longest time until a container is ready that its own probes allow. Seconds. */
function secondsToReady(container: Json): number {
  const startup = objectAt(container)['startupProbe'];
  const startupSeconds = isObject(startup)
    ? (numberAt(startup, 'initialDelaySeconds') ?? 0) +
      (numberAt(startup, 'periodSeconds') ?? 10) * (numberAt(startup, 'failureThreshold') ?? 3)
    : 0;
  return startupSeconds + (numberAt(container, 'readinessProbe', 'initialDelaySeconds') ?? 0);
}

/** Field managers that apply the workload, with the spec fields they own. Writes to status and scale are not included. */
export function appliedFields(
  workload: Json,
): readonly { readonly manager: string; readonly fields: readonly string[] }[] {
  return listAt(workload, 'metadata', 'managedFields')
    .filter((entry) => stringAt(entry, 'operation') === 'Apply' && (stringAt(entry, 'subresource') ?? '') === '')
    .map((entry) => ({ manager: stringAt(entry, 'manager') ?? '', fields: fieldsIn(entry) }));
}

/** Every field of spec that a manager other than `manager` owns, by any operation. */
export function ownedByOthers(workload: Json, manager: string): readonly string[] {
  return listAt(workload, 'metadata', 'managedFields')
    .filter((entry) => stringAt(entry, 'manager') !== manager || stringAt(entry, 'operation') !== 'Apply')
    .flatMap(fieldsIn);
}

function fieldsIn(entry: Json): readonly string[] {
  return Object.keys(objectAt(entry, 'fieldsV1', 'f:spec')).map((key) => key.replace(/^f:/, ''));
}
