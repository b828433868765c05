import type { Carrier, Case, Meddling } from './case.ts';
import { approval, byBoth, soak } from './conditions.ts';
import {
  byPlan,
  deploy,
  killedAfter,
  later,
  meddle,
  muchLater,
  promote,
  push,
  pushed,
  rollback,
  type Setting,
  small,
  soon,
  three,
  tick,
  whole,
} from './directed-parts.ts';

const by = (component: Carrier['component'], rollouts: Carrier['rollouts'] = 'v1beta1'): Setting => ({
  target: 'vela-application',
  carrier: { component, rollouts },
});
const webservice = by('webservice');
const objects = by('k8s-objects');
const everyCarrier = [webservice, objects, by('webservice', 'v1alpha1'), by('k8s-objects', 'v1alpha1')];
/** In the middle of a release, KubeVela puts nothing back before it is over; components with objects of their own it does. */
const inTurn = { gap: 320_000 } as const;

const named = ({ carrier }: Setting) => `${carrier?.component}, ${carrier?.rollouts}`;

/** Somebody sets an image. The edit makes KubeVela restore the old image at the moment in which the engine ends the release of the new one. */
function putBack(edit: Meddling) {
  return [{ ...meddle('image'), gap: 86_000 }, { ...meddle(edit), gap: 7_480 }, tick('wait')] as const;
}

/** Releases by an Application: one guard alone has to matter in each. */
export const directedCarried: readonly (readonly [string, Case])[] = [
  ...everyCarrier.flatMap((of): readonly (readonly [string, Case])[] => [
    [
      `releases by an Application, one after the other, whole and in the middle (${named(of)})`,
      small([approval], [push, deploy(), promote(), tick(), push, deploy(), push, deploy(), promote(), tick()], of),
    ],
    [
      `what does not start by an Application is taken back (${named(of)})`,
      small([approval], [...whole(1), pushed('broken'), deploy(), rollback(), rollback({ to: 'oldest' })], {
        ...of,
        style: 'canary',
      }),
    ],
    [
      `somebody changes the image that KubeVela has made, in mid-release (${named(of)})`,
      small([approval], [push, deploy(), meddle('image'), promote(), { ...promote(), ...inTurn }, tick()], of),
    ],
    [
      `somebody changes the image that KubeVela has made, before a release (${named(of)})`,
      small([approval], [meddle('image'), { ...tick(), ...inTurn }, push, deploy()], of),
    ],
    [
      `somebody restarts what KubeVela has made, and it is deployed again (${named(of)})`,
      small([soak(20)], [push, deploy(), meddle('restart'), tick(), { ...deploy(), ...later }], of),
    ],
    [
      `somebody edits the plan in the Rollout that KubeVela has made (${named(of)})`,
      small(
        [approval],
        [push, deploy(), meddle('this step down'), { ...promote(), ...inTurn }, meddle('zero pause'), byPlan],
        { ...of, ...three },
      ),
    ],
  ]),
  ...(['application', 'application published', 'application id', 'application again', 'application before'] as const)
    .flatMap((what) => [webservice, objects].map((of) => [what, of] as const))
    .flatMap(([what, of]): readonly (readonly [string, Case])[] => [
      [
        `the Application of a release is edited, and its step approved: ${what} (${named(of)})`,
        small([approval], [push, deploy(), meddle(what), { ...promote(), ...later }, tick()], of),
      ],
      [
        `the Application of a release is edited, and deployed again: ${what} (${named(of)})`,
        small(
          [approval],
          [push, deploy(), meddle(what), { ...deploy({ takeOver: true }), ...later }, promote(), tick()],
          of,
        ),
      ],
      [
        `the Application of a release is edited, and it is taken back: ${what} (${named(of)})`,
        small([approval], [push, deploy(), meddle(what), rollback()], of),
      ],
      [
        `the Application of a release is edited as it is taken back: ${what} (${named(of)})`,
        small([approval], [push, deploy(), rollback({ fault: { fault: 'meddle', call: 6, what } })], of),
      ],
      [
        `the Application of a delivered release is edited, and the next one goes out: ${what} (${named(of)})`,
        small(
          [approval],
          [...whole(1), meddle(what), push, { ...deploy({ takeOver: true }), ...later }, promote(), tick()],
          of,
        ),
      ],
    ]),
  [
    'KubeVela puts an image back just as the engine ends the release that somebody began with it',
    small([], [...whole(1), ...putBack('application touched')], { ...webservice, sizes: [100], replicas: 5 }),
  ],
  [
    'the same after a rollback, where the Application was edited and not published',
    small([], [push, deploy(), rollback(), meddle('application'), ...putBack('application id')], {
      ...webservice,
      sizes: [100],
      replicas: 5,
    }),
  ],
  [
    'what Git has is put into the Application, where the start waits',
    small([soak(20)], [{ ...push, ...muchLater }, deploy(), meddle('application again'), deploy({ takeOver: true })], {
      ...webservice,
      startWhen: [byBoth],
    }),
  ],
  ...[1, 2, 3].flatMap((write): readonly (readonly [string, Case])[] => [
    [
      `somebody changes the image that KubeVela has made, after a deploy was killed at write ${write}`,
      small(
        [approval],
        [push, deploy({ fault: killedAfter(write) }), { ...meddle('image'), ...later }, tick(), promote(), tick()],
        webservice,
      ),
    ],
    [
      `KubeVela can not write the Rollout, and a deploy is killed at write ${write}`,
      small(
        [approval],
        [meddle('unowned'), push, deploy({ fault: killedAfter(write) }), rollback(), push, deploy(), promote()],
        webservice,
      ),
    ],
  ]),
  [
    'somebody edits the id of an Application before KubeVela has looked at it, and the deploy takes it over',
    small(
      [approval],
      [push, deploy({ takeOver: true }), { ...meddle('application id'), after: false, gap: 80 }, promote(), tick()],
      webservice,
    ),
  ],
  ...(['application again', 'application id'] as const).map((what): readonly [string, Case] => [
    `somebody edits the Application before KubeVela has looked at it: ${what}`,
    small(
      [approval],
      [
        push,
        deploy({ fault: killedAfter(2) }),
        meddle(what),
        promote(),
        tick(),
        promote(),
        { ...tick(), ...muchLater },
      ],
      webservice,
    ),
  ]),
  [
    'the Rollout says no longer whose it is, and the next release says it again',
    small([approval], [meddle('unowned'), push, deploy(), promote(), tick()], webservice),
  ],
  [
    'the Rollout says no longer whose it is, and a rollback says it again',
    small([approval], [push, deploy(), meddle('unowned'), rollback()], webservice),
  ],
  [
    'a release that KubeVela has not made yet is taken back',
    small(
      [approval],
      [push, deploy({ fault: killedAfter(2) }), { ...rollback(), ...soon }, { ...tick(), ...later }],
      webservice,
    ),
  ],
  ...[webservice, objects].map((of): readonly [string, Case] => [
    `the image of what is taken back is changed before the engine has seen that (${named(of)})`,
    small([approval], [push, deploy(), rollback(), { ...meddle('image'), after: false, gap: 1_300 }], of),
  ]),
  ...[5, 8].map((call): readonly [string, Case] => [
    `the Application is edited before KubeVela has looked at a rollback, which two people ask for, at call ${call}`,
    small(
      [approval],
      [
        push,
        deploy(),
        rollback(),
        { ...rollback({ fault: { fault: 'meddle', call, what: 'application' } }), who: 'bob', gap: 0, after: false },
        { ...tick(), ...later },
      ],
      objects,
    ),
  ]),
  [
    'a deploy goes on with what it has read before another one',
    small(
      [],
      [
        pushed('broken'),
        deploy({ at: 'older', fault: { fault: 'standstill', call: 2, late: 5_000 } }),
        { ...deploy({ until: 'done' }), who: 'bob', gap: 0, after: false },
      ],
      objects,
    ),
  ],
  [
    'a release by an Application takes another plan on, in the middle',
    small([approval], [push, deploy(), pushed('plan'), deploy(), promote(), tick()], { ...webservice, ...three }),
  ],
  [
    'an image is changed right before a release by an Application ends, and put back as it has',
    small([approval], [push, deploy(), meddle('image'), meddle('approve'), { ...tick(), ...muchLater }], webservice),
  ],
];
