import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeliveryReport, State } from '../../src/release/report.ts';
import { columns } from '../../src/views/lines.ts';
import { mapStrings } from '../../src/views/neutral.ts';
import { renderError, renderText } from '../../src/views/text.ts';
import { formatMoment, roundedDuration } from '../../src/views/times.ts';
import {
  delivery,
  diagnosed,
  examples,
  measured,
  metric,
  now,
  planned,
  release,
  report,
  series,
  steps,
} from './builder.ts';
import { hostile, lawful } from './hostile.ts';
import { commandIn, linesOf } from './runner.ts';

const plain = { now, color: false, width: 80, unicode: true };

function text(one: DeliveryReport, options = plain): string {
  return renderText(report(one), options).join('\n');
}

describe('a delivery', () => {
  it('with a gate that is tried has what was asked, cut, and a larger plot', () => {
    const asked = [`rate(x{pod=~"${'shop-1|'.repeat(200)}"}[1m])`];
    const numbers = series([1, 2, 3, 2, 1], { max: 2 });
    const metrics = [metric({ name: 'errors', is: 'notYet', why: '1, at most 2', asked, numbers })];
    const lines = (reason: DeliveryReport['reason']) => text({ ...examples.waiting, reason, metrics }).split('\n');
    const tried = lines('GATE_TRIED');
    expect(tried.filter((line) => line.includes('asked'))).toHaveLength(1);
    expect(tried.join('').match(/shop-1/g)?.length).toBeLessThan(70);
    expect(lines('GATE_SHUT').join('')).not.toContain('asked');
    expect(tried.length).toBeGreaterThan(lines('GATE_SHUT').length + 4);
  });

  it('that waits says for whom, until when, and what to type', () => {
    expect(text(examples.waiting)).toBe(
      `
◆ shop@prod  waiting at step 1/3 smoke   0123456789-abcdef01  commit 0123456
  waits for the approval of acme/sre to leave step 1 (smoke)  GATE_SHUT

  steps      ◆┄┄┄┄┄┄┄┄┄┄┄○┄┄┄┄┄┄┄┄┄┄┄○
             smoke       half        full
  replicas   1           50%         100%
  traffic    5%          50%         100%
             ▲ waiting
  pods       █████████▓  9 old · 1 new

  gates      ◆ sre     0 of 1 approval; needs: acme/sre
             ◆ office  outside of Mon-Fri 09:00-16:30 Europe/Berlin
                       opens Sat 2026-11-21 09:00 UTC (in 1h 20m)
             ✔ ready   1 of 1 pod is ready since 07:31 UTC

  stable     fedcba9876-10fedcba  commit fedcba9
  run        stepgate promote --delivery shop@prod --release 0123456789-abcdef01 --step smoke`.trim(),
    );
  });

  it('with a broken pod says which, since when, and whether waiting helps', () => {
    expect(text(examples.rolling)).toBe(
      `
◐ shop@prod  rolling at step 2/3 half   0123456789-abcdef01  commit 0123456
  1 of 5 new pods is not ready: its image cannot be pulled  POD_NOT_STARTING

  steps      ●━━━━━━━━━━━◐┄┄┄┄┄┄┄┄┄┄┄○
             smoke       half        full
  replicas   1           50%         100%
  traffic    5%          50%         100%
                         ▲ moving
  pods       █████▓▓▓░░  5 old · 5 new (3 ready)
  batches    step 2 half: 1 of 4 ready, 1 not created
             no step: 1 of 1 ready  shop-7d9c5b8f6-w4rjs
             step 1 smoke: 1 of 1 ready

  not ready  ImagePullBackOff  1 new pod of step 2 for 14m, waiting will not
               help
               shop-7d9c5b8f6-x2x9z
               Back-off pulling image "registry.example/shop:1.8.3": manifest
               unknown: manifest tagged by "1.8.3" is not found
             ContainersNotReady  1 new pod of step 2 for 2m
               shop-7d9c5b8f6-q8k2m
               containers with unready status: [shop]
  gates      ◆ ready  3 of 5 pods are ready

  stable     fedcba9876-10fedcba  commit fedcba9
  run        stepgate rollback --delivery shop@prod --reason "image 1.8.3 is missing"`.trim(),
    );
  });

  it('with logs and events tells them last before the findings', () => {
    const lines = renderText(diagnosed, { ...plain, width: 100 });
    const from = lines.findIndex((line) => line.startsWith('  logs'));
    expect(lines.slice(from, -3).join('\n')).toBe(
      `
  logs       shop-7d9c5b8f6-q8k2m, container shop, the run before
               starting
               panic: no such table: orders
             shop-7d9c5b8f6-w4rjs, container shop
               nothing was logged

  events     SuccessfulCreate  ReplicaSet shop-7d9c5b8f6, 14m ago
               Created pod: shop-7d9c5b8f6-q8k2m
             BackOff  Pod shop-7d9c5b8f6-q8k2m, 7 times, 1m ago
               Back-off restarting failed container shop
  not read   the log of shop-7d9c5b8f6-x2x9z: waiting to start: trying and failing to pull image`.slice(1),
    );
  });

  it('with metrics shows each with a plot', () => {
    const lines = renderText(report(measured), plain);
    const from = lines.findIndex((line) => line.startsWith('  metrics'));
    expect(`\n${lines.slice(from, -3).join('\n')}\n`).toMatchInlineSnapshot(`
      "
        metrics    ✖ errors    0.024, at most 0.01: out of its range for 3m
                        0.043 ┤                                ▁▁██▄▄
                              │                                ██████▆▆▂▂
                     max 0.01 ┤┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄▁▁▂▂████████████┄
                            0 ┤▂▂▂▂▂▂▃▃▄▄▃▃▂▂▂▂▃▃▅▅▆▆▇▇▆▆████████████████
                               07:29                            07:39 UTC
                     8 of 21 out of range
                   ✔ orders    310, at least 200, for 3m
                         320 ┤▃▃▃▃▆▆▆▆▅▅▅▅    ████▇▇▇▇▇▇▇▇
                             │████████████    ████████████
                     min 200 ┤████████████┄┄┄┄████████████┄
                           0 ┤████████████    ████████████
                              07:36:30        07:39:30 UTC
                   ◆ failures  12 of 340 (3.53%) of the new version failed, 20 of
                               20000 (0.1%) of the old one, in 5m: too few to compare,
                               500 of each are needed
                     new  12 of 340 (3.53%)           ├───────────●──────────────────┤
                     old  20 of 20000 (0.1%)  ├●
                                              0%                                 6.94%
                   ◆ latency   prom did not answer within 10s
      "
    `);
  });

  it('is told in ASCII too', () => {
    expect(text(examples.stuck, { ...plain, unicode: false })).toBe(
      `
[!] shop@prod  STUCK at step 2/3 half   0123456789-abcdef01  commit 0123456
  step 2 (half) has not become ready for 15m

  steps      [x]---------[!].........[ ]
             smoke       half        full
  replicas   1           50%         100%
  traffic    5%          50%         100%
                         ^ stuck
  pods       ==========+.........  50 old, 50 new (3 ready)

  not ready  CrashLoopBackOff  47 new pods of step 2 for 20m, waiting will not
               help
               shop-7d9c5b8f6-p0, shop-7d9c5b8f6-p1, shop-7d9c5b8f6-p2 and 44
               more
               back-off 5m0s restarting failed container=shop
               pod=shop-7d9c5b8f6-p0

  stable     fedcba9876-10fedcba  commit fedcba9
  run        stepgate rollback --delivery shop@prod --reason "crash loop"`.trim(),
    );
  });

  it('that went back tells the error that is left, and the hold', () => {
    expect(text(examples.rolledBack)).toBe(
      `
↶ shop@prod  rolled back   fedcba9876-10fedcba-2  commit fedcba9
  the cluster is back on fedcba9876-10fedcba; Git still names 0123456
  ROLLED_BACK_GIT_TODO

  pods       ██████████  10 ready

  error      ✖ environment error GIT_PUSH_FAILED
               the revert 9c1d2e3 was made, but origin/main refused it:
               protected branch
               → let the token push to main, or merge 9c1d2e3 by hand; the next
                 tick looks again
  held       by ana, Sat 2026-11-21 07:12 UTC (28m ago): checkout fails for
             every second card

  stable     fedcba9876-10fedcba  commit fedcba9`.trim(),
    );
  });

  const heads = {
    absent: '○ shop@prod  absent',
    idle: '○ shop@prod  idle',
    rolling: '◐ shop@prod  rolling at step 2/3 half   0123456789-abcdef01  commit 0123456',
    waiting: '◆ shop@prod  waiting at step 1/3 smoke   0123456789-abcdef01  commit 0123456',
    finishing: '◐ shop@prod  finishing   0123456789-abcdef01  commit 0123456',
    done: '✔ shop@prod  done   0123456789-abcdef01  commit 0123456',
    reverting: '↶ shop@prod  rolling back at step 2/3 half   0123456789-abcdef01  commit 0123456',
    rolledBack: '↶ shop@prod  rolled back   fedcba9876-10fedcba-2  commit fedcba9',
    held: '■ shop@prod  held at step 1/3 smoke   0123456789-abcdef01  commit 0123456',
    stuck: '✖ shop@prod  STUCK at step 2/3 half   0123456789-abcdef01  commit 0123456',
    failed: '✖ shop@prod  FAILED   0123456789-abcdef01  commit 0123456',
    superseded: '» shop@prod  superseded   0123456789-abcdef01  commit 0123456',
    ungated: '✖ shop@prod  UNGATED   0123456789-abcdef01  commit 0123456',
  } satisfies Record<State, string>;
  it.each(Object.entries(heads))('that is %s begins with %s', (state, head) => {
    expect(renderText(report(examples[state as State]), plain)[0]).toBe(head);
  });

  it('that opens nothing by a gate says when it looks again', () => {
    expect(text(delivery({ ...examples.finishing, next: '2026-11-21T07:45:00Z' }))).toContain(
      '  next       Sat 2026-11-21 07:45 UTC (in 5m)',
    );
  });

  it('with old evidence says how old', () => {
    const [gate] = examples.waiting.gates;
    const one = delivery({
      ...examples.waiting,
      gates: gate === undefined ? [] : [{ ...gate, observedAt: '2026-11-21T06:40:00Z' }],
    });
    expect(text(one)).toContain('seen in the cluster Sat 2026-11-21 06:40 UTC (1h ago)');
  });
});

describe('plan', () => {
  it('shows findings with the way out, changes with why and diff, and the forecast', () => {
    expect(
      renderText(planned, { ...plain, width: 90 })
        .slice(5)
        .join('\n'),
    ).toBe(
      `
  findings   error PERCENT_THEN_INTEGER
               step 2 (three) asks for 3 pods after a percent step: in partition style the
               engine hangs there for ever
               - step 1 (half): 50%
               - step 2 (three): 3
               → write step 2 as a percentage, or step 1 as a number
             warning NO_READINESS_PROBE
               container shop has no readiness probe: a pod counts as ready as soon as it
               started
               - spec.template.spec.containers[0].readinessProbe is not set
               → add a readinessProbe that answers only when the pod can serve

  changes    + Rollout/shop     create  there is none yet
             ~ Deployment/shop  change  the pod template differs from the live one
               @@ -12,3 +12,3 @@
                    containers:
               -      image: registry.example/shop:1.8.2
               +      image: registry.example/shop:1.8.3
             = Service/shop     none    is as wanted
             . Ingress/shop     leave   the engine routes with it until the release is
                                        over; it is written afterwards

  forecast   step     old  new  most  traffic                     not before  waits for
             1 smoke  9    1    11    5% and header x-user: beta  in 9s       approval sre
             2 half   5    5    13    50%                         in 30m      soak 30m,
                                                                              schedule
                                                                              office
             3 full   0    10   13    100%                        never       ready pods
             up to 13 pods at step half: 3 more than the size, with requests of cpu 300m
             and memory 192Mi
             'not before' is an estimate for a release that starts now: soaks, schedules
             and the engine's own waits

  stable     fedcba9876-10fedcba  commit fedcba9`.slice(1),
    );
  });
});

describe('several deliveries', () => {
  it('are a table, worst first, then those that need attention', () => {
    const lines = renderText(
      report(delivery({ name: 'cart' }), { ...examples.waiting, name: 'shop' }, { ...examples.failed, name: 'pay' }),
      plain,
    );
    expect(lines.slice(0, 5)).toEqual([
      '3 deliveries, 2 need attention',
      '  ✖  pay   FAILED              10 ready',
      '  ◆  shop  waiting  1/3 smoke  9 old · 1 new  sre, office in 1h 20m',
      '  ○  cart  idle                10 ready',
      '',
    ]);
    expect(lines.filter((line) => /^\S/u.test(line)).slice(1)).toEqual([
      '✖ pay  FAILED   0123456789-abcdef01  commit 0123456',
      '◆ shop  waiting at step 1/3 smoke   0123456789-abcdef01  commit 0123456',
    ]);
  });

  it('that need no attention are the table alone', () => {
    expect(renderText(report(delivery({ name: 'a' }), delivery({ name: 'b' })), plain)).toEqual([
      '2 deliveries, none needs attention',
      '  ○  a  idle    10 ready',
      '  ○  b  idle    10 ready',
    ]);
  });
});

describe('errors', () => {
  it('say whose move it is, what, where, and what would do', () => {
    const error = {
      family: 'input' as const,
      code: 'CONFIG_INVALID' as const,
      message: "deliveries[0].steps[2].leaveWhen[0].soak is '5x'",
      hint: 'write a number and s, m or h, such as 5m',
      at: { file: 'stepgate.yaml', line: 14, column: 9 },
    };
    expect(renderError(error, plain)).toEqual([
      '✖ input error CONFIG_INVALID stepgate.yaml:14:9',
      "  deliveries[0].steps[2].leaveWhen[0].soak is '5x'",
      '  → write a number and s, m or h, such as 5m',
    ]);
    expect(renderText({ ...report(), error }, plain)).toEqual(renderError(error, plain));
  });
});

describe('every text', () => {
  const all = [
    ...Object.values(examples).map((one) => report(one)),
    planned,
    diagnosed,
    report(measured),
    report(...Object.values(examples)),
  ];
  /** Commands to copy and diffs are never wrapped. */
  const wrapped = (line: string) => !/^ {2}run /u.test(line) && !/^ {15}[-+ @]/u.test(line);

  it.each([40, 60, 80, 120])('keeps to %i columns', (width) => {
    for (const one of all) {
      for (const line of renderText(one, { ...plain, width }).filter(wrapped))
        expect(columns(line), line).toBeLessThanOrEqual(width);
    }
  });

  it('says the same with and without colour, and has no escape codes without', () => {
    for (const one of all) {
      const [bare, coloured] = [renderText(one, plain), renderText(one, { ...plain, color: true })];
      expect(bare.join('')).not.toContain('\u001b');
      expect(coloured.join('\n').replace(/\u001b\[[0-9;]*m/gu, '')).toBe(bare.join('\n'));
      expect(renderText(one, { ...plain, unicode: false }).join('')).toMatch(/^[ -~]*$/u);
    }
  });

  it('keeps other scripts where the output takes them, with signs in ASCII', () => {
    const error = {
      family: 'input' as const,
      code: 'SOURCE_INVALID' as const,
      message: 'deploy/商店.yaml: Größe fehlt',
      hint: null,
      at: null,
    };
    const drawn = (more: object) => renderError(error, { ...plain, ...more });
    expect(drawn({ unicode: false, scripts: true })).toEqual([
      '[!] input error SOURCE_INVALID',
      '  deploy/商店.yaml: Größe fehlt',
    ]);
    expect(drawn({ unicode: false, scripts: false })[1]).toBe('  deploy/??.yaml: Gro?e fehlt');
    expect(drawn({ unicode: false })).toEqual(drawn({ unicode: false, scripts: false }));
  });

  it('has no commands and no controls, whatever foreign texts say', () => {
    const canvas = fc.record({ color: fc.boolean(), unicode: fc.boolean(), width: fc.integer({ min: 20, max: 120 }) });
    fc.assert(
      fc.property(hostile, canvas, fc.nat(all.length - 1), (bad, options, which) => {
        const one = all[which] ?? planned;
        const enums = ['state', 'is', 'what', 'severity', 'family', 'kind', 'version', 'next', 'until', 'observedAt'];
        const poisoned = mapStrings(one, (old, key) => (enums.includes(key) ? old : bad));
        for (const line of linesOf(renderText(poisoned, { now, ...options }).join('\n'))) {
          expect(commandIn(line)).toBeNull();
          expect(line.replace(/\u001b\[[0-9;]*m/gu, '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
          if (!options.color) expect(line).not.toContain('\u001b');
        }
      }),
      { ...lawful, numRuns: 300 },
    );
  });
});

describe('moments', () => {
  it.each([
    [0, '0s'],
    [59, '59s'],
    [720, '12m'],
    [4800, '1h 20m'],
    [7200, '2h'],
    [273_600, '3d 4h'],
  ])('%i seconds are %s', (seconds, words) => expect(roundedDuration(seconds)).toBe(words));

  it.each([
    ['2026-11-21T09:00:00Z', 'UTC', 'Sat 2026-11-21 09:00 UTC (in 1h 20m)'],
    ['2026-11-21T23:30:00Z', 'Europe/Berlin', 'Sat 2026-11-21 23:30 UTC, Sun 00:30 Europe/Berlin (in 15h 50m)'],
    ['2026-11-21T07:40:00Z', 'Etc/UTC', 'Sat 2026-11-21 07:40 UTC (now)'],
    ['2026-11-20T07:40:00Z', 'UTC', 'Fri 2026-11-20 07:40 UTC (1d ago)'],
    ['soon', 'UTC', 'soon'],
  ])('%s in %s is %s', (iso, zone, words) => expect(formatMoment(iso, now, zone)).toBe(words));
});

it('a release of many steps stays one picture', () => {
  const many = steps(
    Array.from({ length: 30 }, (_, at) => `s${at + 1}${at < 12 ? ' done' : at === 12 ? ' moving' : ''}`).join(', '),
  );
  const lines = renderText(report(delivery({ state: 'rolling', release, steps: many })), plain);
  expect(lines.slice(3, 7)).toEqual([
    '  steps      ●━━━━━●━━━━━●━━━━━●━━━━━◐┄┄┄┄┄○┄┄┄┄┄○┄┄┄┄┄○┄┄┄┄┄○┄┄┄┄┄○┄┄┄┄┄○',
    '             +9    s10   s11   s12   s13   s14   s15   s16   s17   s18   +12',
    '  replicas         100%  110%  120%  130%  140%  150%  160%  170%  180%',
    '                                     ▲ moving',
  ]);
});
