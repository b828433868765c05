import type { Action, Case, Deed, Fault, PushedSettings } from './case.ts';
import { approval, byAda, inOffice } from './conditions.ts';
import {
  deploy,
  hold,
  killedAfter,
  later,
  meanwhile,
  meddle,
  promote,
  push,
  pushed,
  rollback,
  type Setting,
  slow,
  small,
  soon,
  tick,
} from './directed-parts.ts';

const settled = { settled: true } as const satisfies Setting;
const gated: Setting = { ...settled, startWhen: [approval] };
const start = promote();
const changed = (what: PushedSettings = 'settings'): Deed => ({ do: 'push', what });
const both = changed('settings with image');
const freeze: Deed = { do: 'freeze', minutes: null, fault: null };
const urgent = deploy({ urgent: true });
const shallow = rollback({ shallow: true });
const delivered = [push, deploy({ until: 'done' })] as const;
const by = (who: Action['who']) => ({ who, ...meanwhile });
const still = (call: number): Fault => ({ fault: 'standstill', call, late: 12_000 });

/** Settings beside the workload: one guard alone has to matter in each. */
const cases: readonly (readonly [string, Case])[] = [
  // Found by the storm.
  [
    'a deploy that takes over what somebody has set goes on with the rollback of somebody else, which leaves that as it is',
    small(
      [],
      [
        ...delivered,
        meddle('edit settings'),
        changed(),
        deploy({ takeOver: true, fault: slow(4, 11_792) }),
        { ...rollback(), after: false, gap: 2_122 },
      ],
      settled,
    ),
  ],
  [
    'a release with settings is asked for twice before its start is open',
    small([approval], [both, deploy(), deploy(), start], gated),
  ],
  [
    'settings that a release under way has taken on are superseded by others',
    small(
      [approval],
      [{ do: 'push', what: 'broken' }, deploy(), changed(), deploy(), both, deploy(), shallow],
      settled,
    ),
  ],
  [
    'settings that somebody had changed were taken on, and taken back: other settings follow',
    small(
      [approval],
      [
        push,
        deploy(),
        meddle('edit settings'),
        changed(),
        deploy({ takeOver: true }),
        rollback(),
        changed(),
        deploy(),
        { ...shallow, ...soon },
      ],
      settled,
    ),
  ],
  ...[1, 2, 3].flatMap((write): readonly (readonly [string, Case])[] => [
    [
      `a run is killed after write ${write} of what a release takes on, which is then taken back`,
      small(
        [approval],
        [push, deploy(), changed(), deploy({ fault: killedAfter(write) }), deploy(), rollback()],
        settled,
      ),
    ],
    [
      `a release is taken back while write ${write} of what it takes on is on its way`,
      small(
        [approval],
        [push, deploy(), changed(), deploy({ fault: slow(write, 8_000) }), { ...rollback(), ...by('bob') }],
        settled,
      ),
    ],
    [
      `a run is killed after write ${write} of what a release takes on, and the release is taken back at once`,
      small([approval], [push, deploy(), changed(), deploy({ fault: killedAfter(write) }), rollback()], settled),
    ],
  ]),
  [
    'somebody changes settings before the next ones, after others were taken back',
    small(
      [approval],
      [both, deploy(), rollback(), meddle('edit settings'), changed(), deploy({ takeOver: true })],
      settled,
    ),
  ],
  // What lets them through.
  ['settings wait for the start', small([approval], [changed(), deploy(), { ...tick('wait'), ...soon }, start], gated)],
  [
    'settings wait for a schedule',
    small([approval], [changed(), deploy(), tick('wait')], { ...settled, startWhen: [inOffice], hour: 20 }),
  ],
  [
    'settings come while a release is under way, and the start is shut',
    small([approval], [push, deploy(), start, changed(), deploy(), { ...start, ...soon }], gated),
  ],
  [
    'settings come while a release is under way, and nothing is in their way',
    small([approval], [push, deploy(), changed(), deploy(), start, rollback()], settled),
  ],
  ['settings are frozen', small([approval], [freeze, { ...changed(), gap: 60_000 }, deploy()], settled)],
  [
    'settings that can’t wait pass a freeze and a schedule',
    small([approval], [freeze, changed(), urgent], { ...settled, startWhen: [inOffice], hour: 20 }),
  ],
  [
    'what can’t wait still waits for its approval',
    small([approval], [changed(), urgent, { ...start, ...soon }], gated),
  ],
  [
    'whoever may not approve the start may not call it urgent',
    small([approval], [changed(), { ...urgent, who: 'bob' }], { ...settled, startWhen: [byAda, inOffice], hour: 20 }),
  ],
  ['a held delivery gets no settings', small([approval], [hold, changed(), deploy(), tick('wait')], settled)],
  ['settings are held while they wait', small([approval], [changed(), deploy(), hold, start], gated)],
  [
    'settings that were let through are put back',
    small([approval], [changed(), deploy(), start, meddle('edit settings'), deploy({ takeOver: true })], gated),
  ],
  [
    'older settings are deployed',
    small([approval], [changed(), changed(), deploy(), deploy({ at: 'older' })], settled),
  ],
  [
    'settings that a release under way would take on are frozen',
    small([approval], [push, deploy(), freeze, { ...changed(), gap: 60_000 }, deploy()], settled),
  ],
  [
    'four changes of settings, one after the other',
    small(
      [approval],
      [1, 2, 3, 4, 5].flatMap(() => [changed(), deploy()]),
      settled,
    ),
  ],
  // What takes them back.
  ['settings alone are taken back', small([approval], [...delivered, changed(), deploy(), rollback()], settled)],
  [
    'settings alone are taken back, in a release that was delivered with its steps',
    small([], [push, deploy({ until: 'done' }), changed(), deploy(), rollback(), changed(), deploy()], settled),
  ],
  [
    'an image is taken back, and the settings before it stay',
    small([], [changed(), deploy(), push, deploy({ until: 'done' }), rollback()], settled),
  ],
  ['image and settings are taken back', small([approval], [both, deploy(), rollback()], settled)],
  [
    'settings are taken back twice',
    small([approval], [changed(), deploy(), changed(), deploy(), rollback(), rollback({ to: 'oldest' })], settled),
  ],
  [
    'somebody has changed settings since',
    small([approval], [both, deploy(), { ...meddle('edit settings'), ...later }, { ...rollback(), ...soon }], settled),
  ],
  [
    'somebody has changed other settings since',
    small([approval], [both, deploy(), { ...meddle('edit other'), ...later }, { ...rollback(), ...soon }], settled),
  ],
  [
    'a rollback of settings is lifted',
    small([approval], [changed(), deploy(), rollback(), rollback({ undo: true }), deploy()], settled),
  ],
  [
    'settings that were taken back are deployed again',
    small(
      [approval],
      [changed(), deploy(), rollback(), changed('settings again'), changed('settings again'), deploy()],
      settled,
    ),
  ],
  // Copies.
  ...[
    ['image and settings', [both, deploy()]],
    ['settings', [changed(), deploy()]],
    ['settings, with others on the branch', [changed(), deploy(), changed()]],
    ['the third settings', [changed(), deploy(), changed(), deploy(), changed(), deploy()]],
    ['what was delivered', [both, deploy({ until: 'done' })]],
    ['what was taken on', [push, deploy(), changed(), deploy()]],
    ['the second bad settings', [changed(), deploy(), rollback(), changed(), deploy()]],
    [
      'settings that somebody had changed before',
      [changed(), deploy(), meddle('edit settings'), deploy({ takeOver: true }), changed(), deploy()],
    ],
    ['settings that somebody has changed since', [both, deploy(), { ...meddle('edit settings'), ...later }]],
  ].map(([name, steps]): readonly [string, Case] => [
    `a clone of one commit takes back ${name}`,
    small([], [...(steps as readonly Deed[]), { ...shallow, ...soon }], { ...settled, sizes: [50, 100] }),
  ]),
  // What comes late.
  ...[1, 2, 3, 4].flatMap((write): readonly (readonly [string, Case])[] => [
    [
      `write ${write} of a release with settings is on its way for long, and somebody takes the release back`,
      small([approval], [both, deploy({ fault: slow(write, 12_000) }), { ...rollback(), ...by('bob') }], settled),
    ],
    [
      `write ${write} of settings is on its way for long, and somebody takes them back`,
      small([approval], [changed(), deploy({ fault: slow(write, 12_000) }), { ...rollback(), ...by('bob') }], settled),
    ],
    [
      `write ${write} of a start is on its way for long, and somebody takes it back`,
      small(
        [approval],
        [both, deploy(), promote({ fault: slow(write, 12_000) }), { ...rollback(), ...by('bob') }],
        gated,
      ),
    ],
    [
      `write ${write} of settings is on its way for long, and somebody holds the delivery`,
      small([approval], [changed(), deploy({ fault: slow(write, 12_000) }), { ...hold, ...by('bob') }], settled),
    ],
    [
      `a run is killed after write ${write} of settings`,
      small(
        [approval],
        [changed(), deploy({ fault: killedAfter(write) }), deploy(), rollback({ fault: killedAfter(write) }), tick()],
        settled,
      ),
    ],
  ]),
  ...[16, 18, 20, 22, 24].map((call): readonly [string, Case] => [
    `a deploy of settings stands still before call ${call}, and somebody takes the release back`,
    small([approval], [both, deploy({ fault: still(call) }), { ...rollback(), ...by('bob') }], settled),
  ]),
  // Whose they are.
  [
    'another delivery has written what both render, from the newest commit',
    small([], [changed('shared'), meddle('neighbour newer'), deploy(), rollback()], settled),
  ],
  [
    'another delivery has written what both render since',
    small(
      [],
      [changed('shared'), deploy(), changed('shared'), meddle('neighbour newer'), { ...rollback(), ...soon }, deploy()],
      settled,
    ),
  ],
  [
    'a clone of one commit takes back what another delivery renders from a newer one',
    small([], [changed('shared'), deploy(), meddle('neighbour newer'), { ...shallow, ...soon }], settled),
  ],
  [
    'a clone of one commit takes back what another delivery renders from a commit after the bad one',
    small(
      [],
      [changed('shared'), deploy(), pushed('docs'), meddle('neighbour newer'), { ...shallow, ...soon }],
      settled,
    ),
  ],
  [
    'another delivery has written what both render, from an older commit',
    small([], [changed('shared'), meddle('neighbour older'), deploy(), rollback()], settled),
  ],
  [
    'another delivery has written what both render, from a commit that nobody knows',
    small(
      [],
      [meddle('neighbour unknown'), changed('shared'), deploy(), meddle('neighbour leaves'), deploy()],
      settled,
    ),
  ],
  ['another delivery has the workload', small([approval], [meddle('neighbour claims'), both, deploy()], settled)],
  [
    'another delivery takes the workload while a release waits for its start',
    small([approval], [both, deploy(), meddle('neighbour claims'), { ...start, ...later }], gated),
  ],
];

/** The policy that a start is judged by may be so old that it is the one before the plan: everything begins a minute later. */
export const directedSettings: readonly (readonly [string, Case])[] = cases.map(([name, of]) => [
  name,
  { ...of, actions: of.actions.map((action, index) => (index === 0 ? { ...action, gap: 60_000 } : action)) },
]);
