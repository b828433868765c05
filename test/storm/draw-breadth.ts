import type { Condition, Delivery, PlanSettings, Step, Style, Traffic } from '../../src/release/delivery.ts';
import { afterStage, approval, noRestarts } from './conditions.ts';
import type { Dice } from './dice.ts';
import { prod } from './stage.ts';
import type { KindName, Shape } from './workloads.ts';

/** The engine denies traffic above that in partition style, in percent of the pods. */
const routedAtMost = 50;

/** A delivery of another kind, with other gates, routes and settings; most are left as they are in most ways. */
export function broadened(plain: Delivery, dice: Dice): Delivery {
  const kind = dice.weigh<KindName>([
    [14, 'Deployment'],
    [3, 'StatefulSet'],
    [2.5, 'CloneSet'],
    [1.5, 'AdvancedStatefulSet'],
    [1.5, 'AdvancedDaemonSet'],
  ]);
  const style = kind === 'Deployment' ? plain.style : 'partition';
  const traffic = kind === 'AdvancedDaemonSet' ? null : trafficOf(dice, style);
  const settings = settingsOf(dice, { kind, style, traffic });
  const steps = plain.steps.map((step, index) => {
    const isLast = index === plain.steps.length - 1;
    const routed = routedStep(dice, step, { style, traffic });
    // What is everything passes by itself in these styles, whatever is asked for (E13).
    if (isLast && style !== 'blueGreen' && step.replicas.value === 100) return { ...routed, leaveWhen: [] };
    return gatedStep(dice, routed);
  });
  const delivery = { ...plain, workload: { ...plain.workload, kind }, style, steps, traffic, settings };
  const doneWhen = dice.chance(0.05) ? [noRestarts(20)] : plain.doneWhen;
  if (!dice.chance(0.1)) return { ...delivery, doneWhen };
  return { ...delivery, ...prod, doneWhen, startWhen: [afterStage, ...plain.startWhen] };
}

export function shapeOf(dice: Dice): Shape {
  return dice.broad ? { parallel: dice.chance(0.5), inPlace: dice.chance(0.4) } : { parallel: false, inPlace: false };
}

function trafficOf(dice: Dice, style: Style): Traffic | null {
  if (!dice.chance(style === 'partition' ? 0.2 : 0.3)) return null;
  const byIngress = dice.chance(0.6);
  const isShared = byIngress && dice.chance(0.3);
  return {
    service: 'shop',
    graceSeconds: 1,
    ingress: byIngress ? { name: 'shop', class: 'nginx' } : null,
    gateway: byIngress ? null : { route: 'shop' },
    custom: null,
    routing: null,
    // Without it, the engine never begins a first step with routes in blueGreen.
    canaryService: !isShared || style === 'blueGreen',
  };
}

function settingsOf(
  dice: Dice,
  { kind, style, traffic }: { readonly kind: KindName; readonly style: Style; readonly traffic: Traffic | null },
): PlanSettings {
  const goesBack = traffic === null && ['StatefulSet', 'CloneSet', 'AdvancedStatefulSet'].includes(kind);
  return {
    ...(style === 'canary' && dice.chance(0.3) ? { canaryPods: { labels: { lane: 'canary' }, annotations: {} } } : {}),
    ...(style !== 'blueGreen' && dice.chance(0.2)
      ? {
          mayBeUnready: dice.pick([
            { unit: 'pods', value: 1 },
            { unit: 'percent', value: 34 },
          ] as const),
        }
      : {}),
    ...(goesBack && dice.chance(0.4) ? { rollbackInSteps: true } : {}),
  };
}

/** A step may leave the routes out, which gives them back. */
function routedStep(
  dice: Dice,
  step: Step,
  { style, traffic }: { readonly style: Style; readonly traffic: Traffic | null },
): Step {
  const { unit, value } = step.replicas;
  const denied = style === 'partition' && unit === 'percent' && value > routedAtMost;
  if (traffic === null || denied || dice.chance(0.08)) return { ...step, traffic: null };
  return { ...step, traffic: unit === 'pods' ? 20 : value };
}

function gatedStep(dice: Dice, step: Step): Step {
  const other = dice.weigh<readonly Condition[] | null>([
    [16, null],
    [1.5, [noRestarts(dice.pick([20, 90]))]],
    [1, [approval, noRestarts(20)]],
  ]);
  const leaveWhen = other ?? step.leaveWhen;
  const [first, ...others] = leaveWhen;
  const isTimed = first?.kind === 'soak' && others.length === 0 && dice.chance(0.4);
  return { ...step, leaveWhen, timer: isTimed ? 'engine' : 'stepgate' };
}
