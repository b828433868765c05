import type { RollbackTrigger } from '../../src/release/delivery.ts';
import type { Action, Case, Deed, Fault } from './case.ts';
import { approval, metric, soak } from './conditions.ts';
import {
  deploy,
  hold,
  killedAfter,
  later,
  meddle,
  muchLater,
  promote,
  push,
  type Setting,
  small,
  soon,
  three,
  tick,
} from './directed-parts.ts';
import type { MetricName, MetricState } from './metric-states.ts';

const measure = (is: MetricState, of: MetricName | 'all' = 'all'): Deed => ({ do: 'measure', of, is });
const on = (...triggers: readonly RollbackTrigger[]): Setting => ({
  rollback: { on: triggers, stuckAfterSeconds: 300, git: 'commit' },
});
const back = on('metric');
const [range, steady, compared] = [metric('range'), metric('steady'), metric('compared')];
const tickWith = (fault: Fault): Deed => ({ do: 'tick', until: 'wait', method: 'status', fault });
const look = { ...tick('wait'), gap: 200_000 } as const;
const early = { ...tick('wait'), gap: 35_000 } as const;
const at = (seconds: number): Pick<Action, 'gap' | 'after'> => ({ gap: seconds * 1_000, after: false });
const freeze: Deed = { do: 'freeze', minutes: null, fault: null };
const [longAgo, fiftySeconds] = [{ gap: 3_600_000 }, { gap: 50_000 }];

/** What servers of metrics say, and when: one guard alone has to matter in each. */
export const directedMetrics: readonly (readonly [string, Case])[] = [
  ...[range, steady, compared].flatMap((one): readonly (readonly [string, Case])[] => [
    [`${one.name}: good, and the step is left`, small([one], [push, deploy(), look, look])],
    [`${one.name}: bad, and the release is taken back`, small([one], [push, deploy(), measure('bad'), look], back)],
    [`${one.name}: bad, and nobody said what then`, small([one], [push, deploy(), measure('bad'), look, look])],
    [
      `${one.name}: bad in a step that waits for something else`,
      small([approval], [push, deploy(), promote(), measure('bad'), look], { ...three, ...back, second: [one] }),
    ],
    [`${one.name}: looked at as the step has just begun`, small([one], [push, deploy(), { ...tick('wait'), ...soon }])],
    [
      `${one.name}: bad, and all its pods were replaced since`,
      small([one], [push, deploy(), measure('bad'), { ...meddle('drain'), gap: 600_000 }, look], back),
    ],
    [
      `${one.name}: bad before the release, and good since`,
      small([one], [measure('bad'), { ...push, ...later }, deploy(), measure('good'), early, look], back),
    ],
    [
      `${one.name}: bad before the release, and still`,
      small([one], [measure('bad'), { ...push, ...longAgo }, deploy(), early, look], back),
    ],
    [
      `${one.name}: bad for the release before, as the next one begins`,
      small([one], [push, deploy(), measure('bad'), { ...push, gap: 200_000 }, deploy(), early], back),
    ],
    [
      `${one.name}: forced past what is bad`,
      small([one], [push, deploy(), measure('bad'), { ...promote({ force: true }), ...muchLater }]),
    ],
    ...(['missing', 'away', 'partial', 'few', 'undecided'] as const).map((is): readonly [string, Case] => [
      `${one.name}: ${is} for an hour, and then good`,
      small([one], [push, deploy(), measure(is), look, look, measure('good'), early, look], back),
    ]),
  ]),
  [
    'a metric has to be good for as long as it says, in the step',
    small([steady], [push, deploy(), { ...tick('wait'), ...soon }, { ...tick('wait'), gap: 60_000 }]),
  ],
  ...(['bad', 'missing', 'few', 'undecided'] as const).map((is): readonly [string, Case] => [
    `a metric is ${is} for a moment while it has to stay good`,
    small([steady], [push, deploy(), measure(is), { ...measure('good'), gap: 70_000 }, early, look]),
  ]),
  [
    'a metric that is bad from shortly before the release takes nothing back before the step is old enough',
    small([approval, range], [measure('bad'), { ...push, ...fiftySeconds }, deploy(), early, look], back),
  ],
  ...[range, steady].map((one): readonly [string, Case] => [
    `${one.name}: bad for a moment in an old step, and looked at right then`,
    small([approval, one], [push, deploy(), look, measure('bad'), { ...tick('wait'), gap: 12_000 }], back),
  ]),
  [
    'a metric gets bad while a run waits, right before somebody else approves',
    small(
      [approval, compared],
      [
        push,
        deploy(),
        { ...tick('done'), gap: 60_000 },
        { ...measure('bad'), ...at(1) },
        { ...promote(), who: 'bob', ...at(13.4) },
      ],
    ),
  ],
  [
    'a metric gets bad while a step is on its way to be left',
    small(
      [range],
      [
        push,
        deploy(),
        { ...tickWith({ fault: 'slow', write: 1, late: 12_000 }), gap: 60_000 },
        { ...measure('bad'), ...at(3) },
      ],
      back,
    ),
  ],
  ...(['before', 'after'] as const).map((when): readonly [string, Case] => [
    `a run is killed as it takes a release back for a metric, ${when} its record is written`,
    small(
      [range],
      [
        push,
        deploy(),
        measure('bad'),
        { ...tickWith({ fault: 'kill', write: 1, when }), gap: 200_000 },
        { ...tick('wait'), ...soon },
      ],
      back,
    ),
  ]),
  ...(['away', 'before', 'after', 'slow'] as const).map((when): readonly [string, Case] => [
    `a question about a metric: ${when}`,
    small(
      [steady],
      [push, deploy(), { ...tickWith({ fault: 'metric', call: 2, when }), gap: 100_000 }, measure('bad'), look],
      back,
    ),
  ]),
  ['a bad metric passes a hold', small([range], [push, deploy(), hold, measure('bad'), look], back)],
  ['a bad metric passes a freeze', small([range], [push, deploy(), freeze, measure('bad'), look], back)],
  [
    'a bad metric passes a paused Rollout',
    small([approval, range], [push, deploy(), meddle('pause'), measure('bad'), look], back),
  ],
  [
    'a Rollout is paused as the next version is written, and a metric gets bad',
    small(
      [approval, range],
      [push, deploy(), push, deploy({ fault: { fault: 'meddle', call: 18, what: 'pause' } }), measure('bad'), look],
      back,
    ),
  ],
  [
    'a metric gets bad at the end, before the release is called delivered',
    small([soak(20)], [push, deploy(), { ...tick(), ...later }, measure('bad'), look], {
      ...back,
      doneWhen: [approval, range],
    }),
  ],
  [
    'a rollback goes on though a metric is bad, and another one is away',
    small(
      [range, steady],
      [
        push,
        deploy(),
        measure('bad', 'range'),
        measure('away', 'steady'),
        { ...tickWith(killedAfter(2)), gap: 200_000 },
        { ...tick('wait'), ...soon },
      ],
      back,
    ),
  ],
  [
    'pods are changed where they are, and the metric was bad before that',
    small([range], [measure('bad'), { ...push, ...longAgo }, deploy(), look, look], {
      ...back,
      workload: { kind: 'CloneSet', name: 'shop' },
      shape: { parallel: false, inPlace: true },
    }),
  ],
  [
    'pods are changed where they are, long after the release was asked for, and the metric was bad before that',
    small([range], [push, deploy({ fault: killedAfter(2) }), measure('bad'), look, look], {
      ...back,
      workload: { kind: 'CloneSet', name: 'shop' },
      shape: { parallel: false, inPlace: true },
    }),
  ],
  [
    'pods are changed where they are, and the metric was bad long ago',
    small(
      [range],
      [
        measure('bad'),
        { ...measure('good'), ...longAgo },
        { ...push, ...longAgo },
        deploy(),
        measure('bad'),
        look,
        look,
      ],
      {
        ...back,
        workload: { kind: 'CloneSet', name: 'shop' },
        shape: { parallel: false, inPlace: true },
      },
    ),
  ],
];
