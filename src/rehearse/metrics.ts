import { madeQuery, type RehearsedMetric } from '../gates/rehearsed.ts';
import type { Situation } from '../release/decision.ts';
import type { Metrics } from '../release/metrics.ts';
import type { Clock } from '../release/ports.ts';
import { madeMetrics } from './made-metrics.ts';

/** Requests a second that are counted for each version. */
const REQUESTS = 50;
/** The share of them that fails, of a good and of a bad version. */
const GOOD = 0.001;
const BAD = 0.25;

/** The metrics of a rehearsal: good, or bad from a step on. */
export interface MadeMetrics {
  readonly server: Metrics;
  /** Takes notice of where a delivery's release is. */
  decided(situation: Situation): void;
}

/** `badFrom`: the step, from 1, in which every metric gets bad; null for never. */
export function rehearsedMetrics(clock: Clock, badFrom: (delivery: string) => number | null): MadeMetrics {
  /** By namespace and workload, when its metrics got bad. */
  const bad = new Map<string, number>();
  return {
    decided({ delivery, observation: { engine } }) {
      const from = badFrom(delivery.name);
      const key = keyOf(delivery.namespace, delivery.workload.name);
      const isThere = (engine.at === 'moving' || engine.at === 'waiting') && from !== null && engine.step >= from;
      if (isThere && !bad.has(key)) bad.set(key, clock.now().getTime());
    },
    server: madeMetrics(clock, (expression, at) => {
      const asked = madeQuery(expression);
      if (asked === null) return [];
      const since = bad.get(keyOf(asked.namespace, asked.workload));
      const isBad = since !== undefined && at.getTime() >= since;
      return [{ labels: {}, value: answerOf(asked, isBad) }];
    }),
  };
}

function keyOf(namespace: string, workload: string): string {
  return `${namespace}/${workload}`;
}

function answerOf(asked: RehearsedMetric, isBad: boolean): number {
  switch (asked.of) {
    case 'value': {
      const { min, max } = asked;
      if (!isBad) return max ?? min ?? 0;
      return max === null ? (min ?? 0) - Math.max(1, Math.abs(min ?? 0)) : max + Math.max(1, Math.abs(max));
    }
    case 'total':
      return asked.seconds * REQUESTS;
    case 'failures':
      return asked.seconds * REQUESTS * (isBad && asked.isCanary ? BAD : GOOD);
  }
}
