import type { Traffic } from '../../src/release/delivery.ts';
import type { Case, Deed } from './case.ts';
import { afterStage, approval, noRestarts, soak } from './conditions.ts';
import {
  deploy,
  later,
  meddle,
  promote,
  push,
  pushed,
  rollback,
  type Setting,
  small,
  soon,
  tick,
} from './directed-parts.ts';
import { prod } from './stage.ts';
import type { KindName } from './workloads.ts';

const stage: Deed = { do: 'stage', fault: null };
const comesAfter: Setting = { ...prod, startWhen: [afterStage] };
const of = (kind: KindName): Setting => ({ workload: { kind, name: 'shop' } });
const behindIngress: Traffic = {
  service: 'shop',
  graceSeconds: 5,
  ingress: { name: 'shop', class: 'nginx' },
  gateway: null,
  custom: null,
  routing: null,
  canaryService: true,
};

/** Other kinds of workloads, gates, routes and settings than the plainest. */
export const directedBreadth: readonly (readonly [string, Case])[] = [
  // Found by the storm.
  [
    'a rollback passes a step that the engine would time',
    small([approval], [push, deploy(), promote(), { ...rollback(), gap: 60_000 }], {
      ...of('AdvancedDaemonSet'),
      sizes: [20, 60, 100],
      second: [soak(600)],
      timer: 'engine',
    }),
  ],
  [
    'another version is asked for behind an Ingress, at a later step of a StatefulSet',
    small([approval], [push, deploy(), promote(), { ...push, ...later }, deploy()], {
      ...of('StatefulSet'),
      sizes: [20, 50, 100],
      traffic: behindIngress,
    }),
  ],
  [
    'a person jumps to the step that the engine times',
    small([soak(600)], [push, deploy(), { ...promote({ jump: 0 }), ...later }], { timer: 'engine' }),
  ],
  [
    'an old pod of a DaemonSet is killed while a step waits: the one in its place is new',
    small([approval], [push, deploy(), meddle('kill pod'), { ...promote(), ...soon }], of('AdvancedDaemonSet')),
  ],
  // Gates.
  [
    'a container restarts while a step waits for none',
    small([noRestarts(90)], [push, deploy(), { ...meddle('crash'), gap: 60_000 }, { ...tick(), gap: 35_000 }]),
  ],
  [
    'a release comes before the environment before',
    small([], [{ ...push, gap: 60_000 }, deploy(), { ...tick(), ...later }], comesAfter),
  ],
  [
    'the environment before delivers a release',
    small([], [{ ...push, gap: 60_000 }, deploy(), stage, tick()], comesAfter),
  ],
  [
    'the engine ends a step by its own timer',
    small([soak(20)], [push, deploy(), { ...tick(), gap: 60_000 }], { timer: 'engine' }),
  ],
  [
    'a step is approved with a pod down that need not be ready',
    small([approval], [push, deploy(), meddle('pod down'), { ...promote(), ...soon }], {
      settings: { mayBeUnready: { unit: 'pods', value: 1 } },
    }),
  ],
  // Kinds.
  ...(['StatefulSet', 'CloneSet', 'AdvancedStatefulSet', 'AdvancedDaemonSet'] as const).flatMap(
    (kind): readonly (readonly [string, Case])[] => [
      [
        `a version follows another one, and what does not start is taken back (${kind})`,
        small([approval], [push, deploy(), push, deploy(), promote(), tick(), pushed('broken'), deploy(), rollback()], {
          ...of(kind),
          shape: { parallel: true, inPlace: true },
        }),
      ],
      [
        `somebody scales and restarts in mid-release (${kind})`,
        small([approval], [push, deploy(), meddle('scale'), { ...meddle('restart'), ...later }, deploy()], of(kind)),
      ],
    ],
  ),
  // Found by the storm since.
  [
    'a person forces a step that the engine times',
    small([soak(600)], [push, deploy(), { ...promote({ force: true }), ...later }], { timer: 'engine' }),
  ],
];
