import type { Amount, Delivery } from '../../release/delivery.ts';
import { stringAt } from '../../release/json.ts';
import type { Engine, LiveStep, PodBatch } from '../../release/observation.ts';
import type { KubeObject } from '../../release/ports.ts';
import { plannedPods } from './forecast.ts';
import { count, nameOf, releaseOf, stepOf } from './pods.ts';
import { workloadKind } from './workloads/index.ts';

/** The most pod names in one batch. */
const NAMED = 10;

/** The facts from which the batches of a release are made. */
export interface Batches {
  readonly delivery: Delivery;
  readonly engine: Engine;
  readonly steps: readonly LiveStep[];
  readonly replicas: number;
  /** Pods of the engine's new template. */
  readonly canary: readonly KubeObject[];
  /** All other pods. */
  readonly others: readonly KubeObject[];
  /** The engine's stable revision; null when there is none. */
  readonly stable: string | null;
}

/**
 * The pods of each step up to the present one, by the engine's labels. After them come the new pods without a label, and
 * those labelled with another release. An old pod may still have the labels of a release that was rolled back (T18); it
 * counts as old.
 */
export function batchesOf({ delivery, engine, steps, replicas, canary, others, stable }: Batches): readonly PodBatch[] {
  const present = presentStep(engine, steps.length);
  if (present === null) return [];
  const { id, step: last } = present;
  const own = (pod: KubeObject) => releaseOf(pod) === id && stepOf(pod) !== null;
  const foreign = others.filter((pod) => ![null, id].includes(releaseOf(pod)) && revisionOf(pod, delivery) !== stable);
  const wanted = wantedPods(delivery, steps, replicas);
  const numbers = Array.from({ length: last }, (_, index) => index + 1);
  return [
    ...numbers.map((step) =>
      batch(
        { step, release: id, wanted: wanted[step - 1] ?? null },
        canary.filter((pod) => own(pod) && stepOf(pod) === step),
      ),
    ),
    ...grouped([...canary.filter((pod) => !own(pod) || (stepOf(pod) ?? 0) > last), ...foreign]),
  ];
}

function presentStep(engine: Engine, steps: number): { readonly id: string | null; readonly step: number } | null {
  switch (engine.at) {
    case 'moving':
    case 'waiting':
    case 'frozen':
    case 'refusing':
      return { id: engine.id, step: engine.step };
    case 'finishing':
      return { id: engine.id, step: steps };
    case 'absent':
    case 'unseen':
    case 'noWorkload':
    case 'idle':
    case 'starting':
    case 'cancelling':
    case 'off':
      return null;
  }
}

function batch(of: Pick<PodBatch, 'step' | 'release' | 'wanted'>, pods: readonly KubeObject[]): PodBatch {
  return { ...of, ...count(pods), pods: pods.slice(0, NAMED).map(nameOf) };
}

function grouped(pods: readonly KubeObject[]): readonly PodBatch[] {
  const groups = Map.groupBy(pods, (pod) => JSON.stringify([releaseOf(pod), stepOf(pod)]));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [batch({ step: stepOf(first), release: releaseOf(first), wanted: null }, group)];
  });
}

/** The pods that each step adds. A step with a smaller amount removes no pods. */
function wantedPods(delivery: Delivery, steps: readonly LiveStep[], replicas: number): readonly (number | null)[] {
  let moved = 0;
  return steps.map(({ replicas: text }) => {
    const amount = amountIn(text);
    if (amount === null) return null;
    const before = moved;
    moved = Math.max(before, plannedPods(delivery, amount, replicas));
    return moved - before;
  });
}

/** Parses an amount in the engine's form: `20%` or `3`. Null for anything else. */
export function amountIn(text: string): Amount | null {
  const found = /^(\d+)(%?)$/.exec(text);
  return found === null ? null : { unit: found[2] === '%' ? 'percent' : 'pods', value: Number(found[1]) };
}

function revisionOf(pod: KubeObject, delivery: Delivery): string | null {
  return stringAt(pod, 'metadata', 'labels', workloadKind(delivery).revisions.podLabel);
}
