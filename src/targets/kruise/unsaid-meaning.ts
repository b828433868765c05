import { type Delivery, formatDuration } from '../../release/delivery.ts';
import type { Unsaid } from '../../release/imported.ts';
import { canonical, numberAt } from '../../release/json.ts';
import { passesByItself } from './forecast.ts';
import { DELIVERY_ANNOTATION, ROLLBACK_IN_BATCH_ANNOTATION, ROLLING_STYLE_ANNOTATION } from './keys.ts';
import type { Difference } from './unsaid.ts';

type Meaning = Pick<Unsaid, 'means' | 'severity'>;

interface Row {
  /** `*` matches any key or index, and `**` at the end matches any path. */
  readonly at: readonly string[];
  means(difference: Difference, delivery: Delivery): Meaning;
}

const note = (means: string): Meaning => ({ means, severity: 'note' });
const warning = (means: string): Meaning => ({ means, severity: 'warning' });
const error = (means: string): Meaning => ({ means, severity: 'error' });

const stays = 'it stays in the cluster as it is. A Rollout that stepgate creates anew does not have it';
const staysRefused =
  'A deploy does not remove it, and starts no release while it is there: remove it from the Rollout first';
const mustGo = `The config has no word for it. ${staysRefused}`;
const block = ['spec', 'strategy', '*'];
const step = [...block, 'steps', '*'];
const routing = [...block, 'trafficRoutings', '*'];

/** The meanings of differences. The first row that matches is used. */
const rows: readonly Row[] = [
  {
    at: ['metadata', 'name'],
    means: (_, { workload }) =>
      error(
        `stepgate calls the Rollout ${workload.name}, as its workload, and the engine takes one Rollout for a workload. Delete this one while no release runs, then deploy`,
      ),
  },
  {
    at: ['metadata', 'annotations', DELIVERY_ANNOTATION],
    means: ({ found }, { name }) =>
      error(
        `it is released by stepgate already, as the delivery ${String(found)}. A deploy as ${name} is refused (FOREIGN_OBJECT): use the config that it has`,
      ),
  },
  {
    at: ['metadata', 'annotations', ROLLING_STYLE_ANNOTATION],
    means: () => note(`the engine reads it in manifests of v1alpha1 alone, and ${stays}`),
  },
  {
    at: ['metadata', 'annotations', 'rollouts.kruise.io/rolling-type'],
    means: () => note(`the engine reads ${ROLLING_STYLE_ANNOTATION}, never this one, and ${stays}`),
  },
  {
    at: ['metadata', 'annotations', ROLLBACK_IN_BATCH_ANNOTATION],
    means: () => note(`the engine ignores it for this kind of workload, and with traffic routing, and ${stays}`),
  },
  { at: ['metadata', 'annotations', '*'], means: () => note(stays) },
  { at: ['metadata', 'labels', '*'], means: () => note(stays) },
  { at: ['metadata', 'finalizers'], means: () => note(stays) },
  {
    at: ['metadata', 'ownerReferences'],
    means: () =>
      warning('that object owns the Rollout: its controller may write over what stepgate writes, or delete it'),
  },
  {
    at: ['metadata', 'deletionTimestamp'],
    means: () => error('the Rollout is being deleted: wait until it is gone, and deploy then'),
  },
  { at: ['metadata', '**'], means: () => note(stays) },
  {
    at: ['spec', 'disabled'],
    means: () =>
      error(
        'the engine ignores the workload, so a new template goes to every pod at once. Deploys refuse until it is false (NOT_GATED_YET)',
      ),
  },
  {
    at: ['spec', 'strategy', 'paused'],
    means: () => warning('releases stand still until it is false; stepgate does not change it'),
  },
  {
    at: ['spec', 'workloadRef', 'apiVersion'],
    means: ({ rendered }) => warning(`stepgate writes ${String(rendered)}`),
  },
  {
    at: [...block, 'failureThreshold'],
    means: () =>
      error(
        `mayBeUnready says it from 1 or 1% on, and not in blueGreen style, where the engine ignores it. ${staysRefused}`,
      ),
  },
  {
    at: [...block, 'patchPodTemplateMetadata'],
    means: () => error(`the engine gives it to the extra workload of canary style alone. ${staysRefused}`),
  },
  {
    at: [...block, 'disableGenerateCanaryService'],
    means: () => error(`the engine makes no Service for the new pods. ${mustGo}`),
  },
  { at: [...block, 'trafficRoutingRef'], means: () => error(`nothing in the engine reads it. ${mustGo}`) },
  {
    at: [...block, 'enableExtraWorkloadForCanary'],
    means: (_, { workload: { kind } }) =>
      error(`the engine ignores it for a ${kind}, and moves its pods in place as the config says. ${mustGo}`),
  },
  { at: [...step, 'pause'], means: pauseMeaning },
  {
    at: [...step, 'replicas'],
    means: ({ rendered }) => warning(`stepgate writes ${canonical(rendered ?? null)}`),
  },
  { at: [...step, 'traffic'], means: ({ rendered }) => warning(`stepgate writes ${canonical(rendered ?? null)}`) },
  {
    at: [...step, '**'],
    means: () => warning('the config has no word for it: the first deploy removes it from the step'),
  },
  {
    at: [...routing, 'ingress', 'classType'],
    means: ({ rendered }) => note(`the engine takes ${String(rendered)} by default, and stepgate spells it out`),
  },
  {
    at: [...block, 'trafficRoutings', '**'],
    means: () => warning('the config has no word for it: the first deploy removes it from the routing'),
  },
  { at: [...block, '**'], means: () => error(mustGo) },
];

/** The meaning of a difference for a person who lets stepgate release this workload. */
export function meaningOf(difference: Difference, delivery: Delivery): Meaning {
  const row = rows.find(({ at }) => fits(at, difference.path));
  return row?.means(difference, delivery) ?? warning(`the config has no word for it: ${stays}`);
}

function fits(pattern: Row['at'], path: Difference['path']): boolean {
  const open = pattern.at(-1) === '**';
  const fixed = open ? pattern.slice(0, -1) : pattern;
  if (open ? path.length < fixed.length : path.length !== fixed.length) return false;
  return fixed.every((part, index) => part === '*' || part === path[index]);
}

/** The meaning of another pause. stepgate renders pauses without a duration, so that only stepgate ends the step. */
function pauseMeaning({ found, path }: Difference, delivery: Delivery): Meaning {
  const seconds = numberAt(found, 'duration') ?? 0;
  const index = path.find((part) => typeof part === 'number') ?? 0;
  if (passesByItself(delivery, index)) {
    return note('the engine passes a last step of 100% without waiting, so the config waits for nothing there');
  }
  if (seconds > 0) {
    return warning(
      `the engine goes on ${formatDuration(seconds)} after the step is in place. With a soak, stepgate goes on in the first run after its pods were ready for that time: run tick on a schedule. To keep the engine's timer, add timer: engine`,
    );
  }
  return warning(
    'the engine goes on at once; an approval may have left it there. stepgate goes on in the first run in which the pods are ready. Write [approval] if a person should look first',
  );
}
