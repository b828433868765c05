import { timelineSvg } from '../../src/rehearse/timeline-diagrams.ts';
import { renderRehearsalHtml } from '../../src/rehearse/timeline-html.ts';
import type { DeliveryReport, Report } from '../../src/release/report.ts';
import { renderHtml } from '../../src/views/html.ts';
import { renderSvg } from '../../src/views/release-chart.ts';
import { deployment, type Files, rehearsed } from '../rehearse/stage.ts';
import { delivery, diagnosed, examples, now, planned, report, steps } from '../views/builder.ts';

/** Two environments, one after the other, with a schedule, approvals of two people and a soak. */
const files: Files = {
  'stepgate.yaml': `version: 1
include: [services/*/stepgate.yaml]
approvals: { sre: { by: [command], from: [ada, grace], count: 2 } }
schedules: { office: { zone: Europe/Berlin, allow: ["Mon-Fri 09:00-16:30"] } }
environments:
  staging: { plan: quick }
  prod: { plan: careful, after: staging }
plans:
  quick:
    strategy: partition
    steps: [{ name: all, replicas: 100% }]
  careful:
    strategy: partition
    startWhen: [{ schedule: office }]
    steps:
      - { name: smoke, replicas: 1, leaveWhen: [{ approval: sre }] }
      - { name: half, replicas: 50%, leaveWhen: [{ soak: 30m }] }
      - { name: all, replicas: 100% }
    rollback: { on: [stuck], stuckAfter: 10m }
`,
  'services/shop/stepgate.yaml': `delivery: shop
workload: { kind: Deployment, name: shop }
source: { files: [deploy/*.yaml] }
in: { staging: { namespace: staging }, prod: { namespace: prod } }
`,
  'deploy/shop.yaml': deployment(12),
};

/** A release with long texts that have no space to break a line at. */
const long = 'x'.repeat(300);
const crowded: DeliveryReport = delivery({
  ...examples.waiting,
  name: `shop-${long}`,
  message: long,
  todo: `stepgate promote --delivery ${long}`,
  steps: steps(
    Array.from(
      { length: 30 },
      (_, index) => `${index === 9 ? long : `step${index}`} ${index < 9 ? 'done' : index === 9 ? 'waiting' : 'ahead'}`,
    ).join(', '),
  ).map((step) => ({
    ...step,
    traffic: step.index,
    pods: { stable: 700 - step.index, canary: step.index },
    waitsFor: [long],
  })),
  pods: { stable: { ready: 600, total: 691 }, canary: { ready: 3, total: 9 } },
  gates: examples.waiting.gates.map((gate) => ({ ...gate, name: `${gate.name}${long}`, why: long })),
  findings: planned.deliveries.flatMap(({ findings }) =>
    findings.map((one) => ({ ...one, message: long, facts: [long], wayOut: long })),
  ),
  changes: [{ object: long, what: 'change', why: long, diff: [`+ ${long}`] }],
  events: [{ at: '2026-11-21T07:00:00.000Z', what: 'act', text: long }],
});

const options = { now, zone: 'Europe/Berlin' };

/** Pages and pictures by name. */
export async function pages(): Promise<{
  readonly html: ReadonlyMap<string, string>;
  readonly svg: ReadonlyMap<string, string>;
}> {
  const good = await rehearsed(files, { start: '2026-11-27T17:00+01:00', 'answer-after': '40m' });
  const broken = await rehearsed(files, { start: '2026-11-27T11:00+01:00', with: 'broken-pods' });
  const reports: Readonly<Record<string, Report>> = {
    every: report(...Object.entries(examples).map(([state, one]) => ({ ...one, name: `${state}@prod` }))),
    waiting: report(examples.waiting),
    planned,
    diagnosed,
    crowded: report(crowded, examples.done),
    failed: { ...report(), error: { family: 'input', code: 'CONFIG_INVALID', message: 'x', hint: 'y', at: null } },
  };
  const rehearsals = { good, broken };
  return {
    html: new Map([
      ...Object.entries(reports).map(([name, one]) => [name, renderHtml(one, options)] as const),
      ...Object.entries(rehearsals).map(([name, one]) => [name, renderRehearsalHtml(one, options)] as const),
    ]),
    svg: new Map([
      ...Object.entries(reports).map(([name, one]) => [name, renderSvg(one, options)] as const),
      ...Object.entries(rehearsals).map(([name, one]) => [name, timelineSvg(one, 'Europe/Berlin')] as const),
    ]),
  };
}
