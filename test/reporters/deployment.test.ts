import { describe, expect, it } from 'vitest';
import type { DeliveryReport } from '../../src/release/report.ts';
import type { memoryForge } from '../support/memory-forge.ts';
import { release } from '../views/builder.ts';
import { done, reporting, rolledBack, rolling, stable, waiting } from './forge.ts';

const next = { id: '2222222222-abcdef01', commit: '2'.repeat(40) };
const states = ({ deployments }: ReturnType<typeof memoryForge>) =>
  deployments.map(({ key, status }) => `${key.split(' ')[1]?.slice(0, 4)} ${status?.state}: ${status?.description}`);

/** What a forge says after each of these runs. */
async function toldBy(...reports: readonly DeliveryReport[]) {
  const { at, tell } = reporting();
  for (const one of reports) await tell(one);
  return at;
}

describe('the deployment of a release', () => {
  it('is created once, on its commit, in an environment of the delivery', async () => {
    const at = await toldBy(rolling(), rolling(), waiting());
    expect(at.deployments).toMatchObject([
      {
        environment: 'shop@prod',
        commit: release.commit,
        key: 'shop@prod 0123456789-abcdef01',
        isProduction: true,
        logUrl: 'https://github.com/acme/shop/actions/runs/17',
        status: { state: 'in_progress', description: 'waiting at step 1/2 smoke for an approval' },
      },
    ]);
  });

  it.each([
    ['shop', true],
    ['shop@production', true],
    ['shop@live-eu', true],
    ['shop@staging', false],
    ['live@test', false],
  ])('of %s is for production: %s', async (name, isProduction) => {
    expect((await toldBy(rolling({ name }))).deployments).toMatchObject([{ environment: name, isProduction }]);
  });

  it.each<[string, DeliveryReport[], string[]]>([
    ['moves', [rolling()], ['0123 in_progress: rolling at step 1/2 smoke']],
    ['is delivered', [rolling(), done()], ['0123 success: done']],
    ['is stuck', [rolling(), waiting({ state: 'stuck', approval: null })], ['0123 error: stuck at step 1/2 smoke']],
    ['is rolled back', [rolling(), rolledBack()], ['0123 failure: rolled back']],
    [
      'goes on after it was stuck',
      [waiting({ state: 'stuck', approval: null }), rolling()],
      ['0123 in_progress: rolling at step 1/2 smoke'],
    ],
    [
      'was superseded under way',
      [waiting(), rolling({ release: next })],
      ['0123 inactive: superseded by 2222222222-abcdef01', '2222 in_progress: rolling at step 1/2 smoke'],
    ],
    [
      'was delivered before the next one',
      [done(), rolling({ release: next })],
      ['0123 success: done', '2222 in_progress: rolling at step 1/2 smoke'],
    ],
    [
      'was delivered, and the next one too',
      [done(), done({ release: next, stable: next })],
      ['0123 inactive: 2222222222-abcdef01 was delivered', '2222 success: done'],
    ],
    [
      'serves again after the next one was rolled back',
      [
        done(),
        done({ release: next, stable: next }),
        rolledBack({ release: { ...release, id: `${release.id}-2` }, rolledBack: next }),
      ],
      ['0123 success: serves again: 0123456789-abcdef01-2', '2222 failure: rolled back'],
    ],
    [
      'is told by a run that followed an older one',
      [rolling(), rolling({ release: next }), waiting({ state: 'superseded', approval: null })],
      ['0123 inactive: superseded at step 1/2 smoke', '2222 in_progress: rolling at step 1/2 smoke'],
    ],
  ])('that %s', async (_, reports, expected) => {
    expect(states(await toldBy(...reports))).toEqual(expected);
  });

  it('is not created for a release that was superseded', async () => {
    expect((await toldBy(waiting({ state: 'superseded', approval: null }))).deployments).toEqual([]);
  });

  it('of a newer release is not ended by a late run of an older one', async () => {
    const { at, tell } = reporting();
    await tell(rolling());
    await tell(rolling({ release: next }));
    await tell(done());
    expect(states(at)[1]).toBe('2222 in_progress: rolling at step 1/2 smoke');
  });

  it('of another delivery in the same environment stays as it is', async () => {
    const at = await toldBy(waiting({ name: 'cart@prod' }), done());
    expect(at.deployments.map(({ status }) => status?.state)).toEqual(['in_progress', 'success']);
  });

  it('says that a report is missing, so that the next run brings it', async () => {
    const { at, tell } = reporting();
    at.meanwhile = (request) => {
      if (request.startsWith('write check')) throw new Error('the server is away');
    };
    expect((await tell(waiting())).warnings).toEqual([
      'the check of the release is not up to date: the server is away',
    ]);
    expect(states(at)).toEqual(['0123 in_progress: waiting at step 1/2 smoke for an approval (report incomplete)']);
    at.meanwhile = () => {};
    expect((await tell(waiting())).messages).toEqual([]);
    expect(at.checks).toHaveLength(1);
    expect(states(at)).toEqual(['0123 in_progress: waiting at step 1/2 smoke for an approval']);
  });

  it('of stable that has no deployment is left out', async () => {
    expect(states(await toldBy(rolledBack({ release: stable })))).toEqual(['0123 failure: rolled back']);
  });
});

describe('the requests of a run', () => {
  it('are three for a release under way of which nothing has changed, and one for who we are', async () => {
    const { tell } = reporting();
    await tell(waiting());
    expect((await tell(waiting())).asked.filter((one) => one !== 'viewer')).toEqual([
      'comments 12',
      'deployments shop@prod',
    ]);
  });

  it.each(Array.from({ length: 14 }, (_, index) => index + 1))(
    'stay within 20 and two a release when the run has changed %d',
    async (count) => {
      const { tell } = reporting();
      const deliveries = (from: typeof waiting) =>
        Array.from({ length: count }, (_, index) => from({ name: `shop-${index}@prod`, changed: true }));
      // Some are left out, and an earlier release has a deployment to be looked up, or to be brought to its end.
      for (const told of [deliveries(waiting), deliveries(waiting), deliveries(done)])
        expect((await tell(...told)).requests).toBeLessThanOrEqual(20 + 2 * count);
    },
  );

  it('stay within 20 and two a release, and what is left out is said and told by later runs', async () => {
    const { at, tellWith } = reporting();
    const many = Array.from({ length: 8 }, (_, index) => waiting({ name: `shop-${index}@prod` }));
    const runs = [];
    for (let minute = 0; minute < 12; minute += 1) {
      const run = await tellWith({ now: new Date(Date.UTC(2026, 10, 21, 8, minute)) }, ...many);
      expect(run.requests).toBeLessThanOrEqual(36);
      runs.push(run);
    }
    expect(runs[0]?.leftOut[0]).toMatch(
      /^left out: check and deployment of shop-\d+@prod, .*: this run sends at most 36 requests to the forge, and the next one continues$/u,
    );
    expect(runs.at(-1)?.leftOut).toEqual([]);
    expect(at.checks).toHaveLength(8);
    expect(at.deployments.map(({ status }) => status?.description)).toEqual(
      many.map(() => 'waiting at step 1/2 smoke for an approval'),
    );
    expect(new Set(runs.flatMap(({ messages }) => messages.map((one) => one['delivery'] ?? '')))).toHaveLength(8);
  });
});
