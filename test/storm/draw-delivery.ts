import type { Condition, Delivery, Step, Style } from '../../src/release/delivery.ts';
import { approval, byAda, byBoth, inOffice, soak } from './conditions.ts';
import type { Dice } from './dice.ts';

export function deliveryOf(dice: Dice): Delivery {
  const style = dice.weigh<Style>([
    [5, 'partition'],
    [2, 'canary'],
    [2, 'blueGreen'],
  ]);
  const traffic = style !== 'partition' && dice.chance(0.25);
  return {
    name: 'shop',
    environment: null,
    namespace: 'shop',
    cluster: { context: null, exec: [] },
    workload: { kind: 'Deployment', name: 'shop' },
    source: { kind: 'files', patterns: ['deploy/*'] },
    style,
    steps: stepsOf(dice, style, traffic),
    traffic: traffic
      ? {
          service: 'shop',
          graceSeconds: 1,
          ingress: { name: 'shop', class: 'nginx' },
          gateway: null,
          custom: null,
          routing: null,
          canaryService: true,
        }
      : null,
    settings: {},
    startWhen: dice.chance(0.2) ? gates(dice).filter((gate) => gate.kind !== 'soak') : [],
    doneWhen: dice.chance(0.15) ? gates(dice) : [],
    rollback: {
      on: dice.pick([[], [], ['stuck'], ['unready'], ['stuck', 'unready']]),
      stuckAfterSeconds: dice.pick([45, 100]),
      git: 'commit',
    },
  };
}

function stepsOf(dice: Dice, style: Style, traffic: boolean): readonly Step[] {
  const sizes = [20, 34, 50, 67, 80].filter(() => dice.chance(0.4)).slice(0, 3);
  const last = dice.chance(0.9) ? [100] : [];
  const percents = sizes.length + last.length === 0 ? [100] : [...sizes, ...last];
  return percents.map((value, index) => {
    // What is everything passes by itself in these styles, whatever is asked for (E13).
    const passes = style !== 'blueGreen' && value === 100 && index === percents.length - 1;
    return {
      name: `s${index + 1}`,
      replicas: index === 0 && value < 50 && dice.chance(0.3) ? { unit: 'pods', value: 1 } : { unit: 'percent', value },
      traffic: traffic ? value : null,
      matches: [],
      leaveWhen: passes ? [] : gates(dice),
      requestHeaders: null,
      timer: 'stepgate',
    };
  });
}

function gates(dice: Dice): readonly Condition[] {
  const time = soak(dice.pick([20, 90, 600]));
  return dice.weigh<readonly Condition[]>([
    [8, [approval]],
    [2, [byAda]],
    [2, [byBoth]],
    [3, [time]],
    [2, [approval, time]],
    [2, [inOffice]],
    [1, [approval, inOffice]],
    [2, []],
  ]);
}
