import { expect } from 'vitest';
import { expectHeld, expectReverted, expectServes } from './drill.ts';
import { waitFor } from './fixture.ts';
import { outcome, recordOf } from './scenes.ts';
import type { Ended, Shop } from './shop.ts';

/** What releases with metrics are made of: their queries, their policy, their ticks, and what has to be true after a rollback. */

/** The share of each new pod's requests that fail, over the last 5 s. */
export const shareOfErrors = ['http_errors_total', 'http_requests_total']
  .map((name) => `sum by (pod) (rate(${name}{namespace="{namespace}",pod=~"{canary}"}[5s]))`)
  .join(' / ');

const increase = (name: string) => `sum(increase(${name}{pod=~"{pods}"}[{window}]))`;
const counts = `failures: '${increase('http_errors_total')}', total: '${increase('http_requests_total')}'`;
/** Counts since the step began, of the new pods and of the old ones. */
export const comparison = `compare: { ${counts}, worse: 5%, atLeast: 300 }`;

/** Further lines of a delivery: these entries of `metrics` and of `prometheus`, and a bad metric takes the release back. */
export function metricConfig(metrics: readonly string[], servers: readonly string[]): string {
  const entries = (key: string, lines: readonly string[]) => [`${key}:`, ...lines.map((line) => `  ${line}`)];
  return ['    rollback: { on: [metric] }', ...entries('metrics', metrics), ...entries('prometheus', servers)].join(
    '\n',
  );
}

/** What a command prints for people, on one line. */
export async function printed(it: Shop, ...args: readonly string[]): Promise<string> {
  const { code, stdout } = await it.as({ text: true }).stepgate(...args);
  expect(code).toBe(0);
  return stdout.replaceAll(/\s+/g, ' ');
}

/** v2 is planned and deployed, and waits at its first step. `plan`: what was printed before. */
export async function released(
  it: Shop,
): Promise<{ readonly stable: string; readonly bad: string; readonly plan: string }> {
  const stable = await it.repo.head();
  const bad = await it.release('app:v2');
  const plan = await printed(it, 'plan');
  expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'waiting', 'GATE_SHUT', 1]);
  return { stable, bad, plan };
}

/** Ticks two seconds apart, in the place of a schedule, until one ends so. */
export async function ticksUntil(
  it: Shop,
  state: 'rolledBack' | 'done',
): Promise<{ readonly before: readonly Ended[]; readonly last: Ended }> {
  const before: Ended[] = [];
  const last = await waitFor(
    async () => {
      const ended = await it.stepgate('tick');
      if (ended.delivery.state === state) return ended;
      before.push(ended);
      return false;
    },
    { what: state, every: 2_000, show: async () => before.at(-1)?.stdout },
  );
  return { before, last };
}

/** Pods and Git after a tick that has taken v2 back, and that nobody had a part in it. The reason of the hold. */
export async function expectTakenBack(
  it: Shop,
  { code, delivery }: Ended,
  { stable, bad }: { readonly stable: string; readonly bad: string },
): Promise<string> {
  expect([code, delivery.reason, delivery.error?.code]).toEqual([1, 'ROLLED_BACK', 'ROLLED_BACK']);
  await expectServes(it, 'app:v1');
  await expectReverted(it, { onto: bad, stable, bad });
  await expectHeld(it, bad);
  const { holds, approvals } = await recordOf(it);
  expect(approvals).toEqual([]);
  expect(holds).toHaveLength(1);
  return holds[0]?.reason ?? '';
}

/** Bad values of an hour ago, as a cache would have them; of another kind than the question asks for; and no such answers at all. */
export function wrongAnswers(): readonly { readonly status: number; readonly body: string; readonly says: string }[] {
  const now = Math.floor(Date.now() / 1000);
  const old = Array.from({ length: 8 }, (_, index) => [now - 3_600 + 5 * index, '1']);
  const matrix = { resultType: 'matrix', result: [{ metric: {}, values: old }] };
  const vector = { resultType: 'vector', result: [{ metric: {}, value: [now, '0'] }] };
  const foreign = 'the server does not answer like Prometheus';
  return [
    {
      status: 200,
      body: JSON.stringify({ status: 'success', data: matrix }),
      says: 'samples are missing for the series',
    },
    {
      status: 200,
      body: JSON.stringify({ status: 'success', data: vector }),
      says: `guarded: ${foreign} (200)`,
    },
    {
      status: 200,
      body: JSON.stringify({ status: 'ok', data: matrix }),
      says: `guarded: ${foreign} (200)`,
    },
    { status: 200, body: '<!doctype html><p>Sign in</p>', says: `guarded: ${foreign} (200, HTML)` },
    { status: 503, body: 'try again', says: 'guarded: the server has an error of its own (503)' },
  ];
}
