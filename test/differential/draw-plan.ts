import { clusterNodes } from '../control-plane/cluster.ts';
import { between, chance, pick, type Random } from './dice.ts';
import type { Extras, Plan, Step, Style, WorkloadKind } from './scenario.ts';

/** A plan that the webhook lets through. */
export function planOf(random: Random): Plan {
  const kind = kindOf(random());
  const style = styleFor(random, kind);
  const routed = chance(random, 0.4);
  const sized = pick(random, [1, 2, 3, 4, 5, 5, 6, 7, 10]);
  const bare = { kind, style, routed, replicas: kind === 'AdvancedDaemonSet' ? clusterNodes : sized } as const;
  const steps = stepsOf(random, bare, between(random, 1, 4));
  return { ...bare, steps, extras: chance(random, 0.4) ? extrasOf(random, bare) : {} };
}

function kindOf(draw: number): WorkloadKind {
  if (draw < 0.4) return 'Deployment';
  if (draw < 0.56) return 'CloneSet';
  if (draw < 0.69) return 'AdvancedStatefulSet';
  return draw < 0.8 ? 'AdvancedDaemonSet' : 'StatefulSet';
}

function styleFor(random: Random, kind: WorkloadKind): Style {
  switch (kind) {
    case 'Deployment':
      return pick(random, ['partition', 'canary', 'blueGreen']);
    case 'CloneSet':
      return pick(random, ['partition', 'partition', 'partition', 'canary', 'blueGreen']);
    case 'StatefulSet':
    case 'AdvancedStatefulSet':
    case 'AdvancedDaemonSet':
      return 'partition';
  }
}

function extrasOf(random: Random, { kind, style, routed }: Bare): Extras {
  const often = 0.4;
  const deployment = kind === 'Deployment';
  const surges = deployment || kind === 'CloneSet';
  const advanced = kind === 'AdvancedStatefulSet' || kind === 'AdvancedDaemonSet';
  const ordered = isOrdinal(kind) && chance(random, often);
  return {
    ...(chance(random, often) ? { threshold: pick(random, ['20%', '34%', '50%', '1']) } : {}),
    ...(surges && chance(random, often)
      ? {
          surge: pick<readonly [string | number, string | number]>(random, [
            [1, 0],
            [0, 1],
            ['50%', '50%'],
            [2, 1],
          ]),
        }
      : {}),
    ...(routed && chance(random, often) ? { oneService: true } : {}),
    ...(style === 'canary' && chance(random, often) ? { marked: true } : {}),
    ...(ordered ? { ordered } : {}),
    ...(!deployment && chance(random, often) ? { inBatches: true } : {}),
    // The webhook denies more than one pod at once where they come one after the other.
    ...(advanced && !ordered && chance(random, often)
      ? { away: pick<string | number>(random, [2, 3, '50%', '100%']) }
      : {}),
  };
}

/** Whether its pods have numbers. */
export function isOrdinal(kind: WorkloadKind): boolean {
  return kind === 'StatefulSet' || kind === 'AdvancedStatefulSet';
}

type Bare = Omit<Plan, 'steps' | 'extras'>;

/** Steps the webhook lets through: growing, and in partition style no percentage above 50 with traffic (docs/engine.md#denials). */
export function stepsOf(random: Random, plan: Bare, count: number): readonly Step[] {
  const inPods = chance(random, 0.2);
  const mixed = chance(random, 0.08);
  const sizes = Array.from({ length: count }, () => between(random, 1, inPods ? plan.replicas : 20)).sort(
    (a, b) => a - b,
  );
  if (chance(random, 0.6)) sizes[count - 1] = inPods ? plan.replicas : 20;
  return sizes.map((size, index) => {
    const pods = inPods !== (mixed && index > 0);
    return step(random, plan, pods ? Math.min(size, plan.replicas) : `${inPods ? size * 10 : size * 5}%`);
  });
}

export function step(random: Random, plan: Bare, replicas: string | number): Step {
  const pause = chance(random, 0.8) ? null : pick(random, [0, 1, 3600]);
  if (!plan.routed) return { replicas, pause };
  const refused = plan.style === 'partition' && typeof replicas === 'string' && Number.parseInt(replicas, 10) > 50;
  if (refused || chance(random, 0.15)) return { replicas, pause };
  if (chance(random, 0.15)) return { replicas, pause, header: pick(random, ['beta', 'staff']) };
  const least = plan.style === 'blueGreen' ? 0 : 1;
  return { replicas, pause, traffic: `${between(random, least, 10) * 10}%` };
}
