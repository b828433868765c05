import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ForgeError } from '../../src/release/forge.ts';
import type { DeliveryReport } from '../../src/release/report.ts';
import { chatCode, chatText } from '../../src/views/neutral.ts';
import { hostile, lawful } from '../views/hostile.ts';
import { byPolicy, done, reporting, rolledBack, rolling, waiting } from './forge.ts';

const hold = { by: 'ana', at: '2026-11-21T07:12:00Z', reason: 'it <fails> @channel' };
const first = (text: string | null | undefined) => (text ?? '').split('\n')[0];

describe('a message', () => {
  it('has text for a chat, and the facts as fields', async () => {
    const { tell } = reporting();
    const { messages } = await tell(waiting());
    expect(messages).toEqual([
      {
        text: [
          'shop@\u200bprod waits for an approval of smoke (missing: acme/sre)',
          '`stepgate promote --delivery shop@prod --release 0123456789-abcdef01 --step smoke`',
          'https://github.com/acme/shop/pull/12',
        ].join('\n'),
        delivery: 'shop@prod',
        release: '0123456789-abcdef01',
        commit: '0123456789abcdef0123456789abcdef01234567',
        step: 'smoke',
        state: 'waiting',
        reason: 'GATE_SHUT',
        todo: 'stepgate promote --delivery shop@prod --release 0123456789-abcdef01 --step smoke',
        url: 'https://github.com/acme/shop/pull/12',
      },
    ]);
  });

  it.each<[string, DeliveryReport, string | undefined]>([
    ['moves', rolling({ changed: true }), undefined],
    ['waits for a time', waiting({ approval: null, changed: true }), undefined],
    ['is delivered', done({ changed: true }), undefined],
    ['was rolled back', rolledBack({ changed: true }), undefined],
    ['was rolled back by the policy, with its revert', rolledBack({ error: byPolicy, changed: true }), undefined],
    ['is delivered, with a hold of its delivery', done({ state: 'held', hold, changed: true }), undefined],
    [
      'is held',
      waiting({ state: 'held', hold, approval: null }),
      'shop@\u200bprod is held by ana: it &lt;fails&gt; @\u200bchannel',
    ],
    ['is stuck', waiting({ state: 'stuck', message: 'no pod', approval: null }), 'shop@\u200bprod is stuck: no pod'],
    [
      'was rolled back, and Git was not',
      rolledBack({ reason: 'ROLLED_BACK_GIT_TODO', todo: 'stepgate tick', message: 'no push' }),
      'shop@\u200bprod is rolled back, and Git is not: no push',
    ],
  ])('of a release that %s', async (_, one, text) => {
    const { messages } = await reporting().tell(one);
    expect(messages.map((message) => first(message['text']))).toEqual(text === undefined ? [] : [text]);
  });

  it('is sent once while a release needs the person, and again for the next step', async () => {
    const { tell } = reporting();
    const second = {
      step: { index: 2, of: 2, name: 'all' },
      approval: { step: 'all', missing: [], ways: [], pullRequest: null },
    } as const;
    const sent: number[] = [];
    for (const one of [
      rolling(),
      waiting(),
      waiting({ message: 'waits, and a pod is not ready', changed: true }),
      waiting({ approval: { step: 'smoke', missing: ['bob'], ways: ['command'], pullRequest: null } }),
      rolling({ step: second.step }),
      waiting(second),
      waiting(second),
    ])
      sent.push((await tell(one)).messages.length);
    expect(sent).toEqual([0, 1, 0, 0, 0, 1, 0]);
  });

  it('is sent again where it failed, and the deployment says so', async () => {
    const { at, tell, tellWith } = reporting();
    const failed = await tellWith(
      {
        webhook: () => {
          throw new Error('the server answered 503');
        },
      },
      waiting(),
    );
    expect(failed.warnings).toEqual(['no message was sent: the server answered 503']);
    expect(at.deployments[0]?.status?.description).toBe('waiting at step 1/2 smoke for an approval (message not sent)');
    expect((await tell(waiting())).messages).toHaveLength(1);
    expect((await tell(waiting())).messages).toHaveLength(0);
  });

  it.each<[string, (at: ReturnType<typeof reporting>['at']) => void]>([
    ['may not read deployments', ({ denied }) => void denied.add('deployments: write')],
    [
      'does not answer',
      (at) => {
        at.meanwhile = (request) => {
          if (request.startsWith('deployments')) throw new ForgeError('away', 'it does not answer');
        };
      },
    ],
  ])('goes by what the run did where it %s', async (_, broken) => {
    const { at, tell } = reporting();
    broken(at);
    const two = await tell(waiting(), waiting({ name: 'cart@prod' }));
    expect(two.messages).toHaveLength(0);
    expect(two.asked.filter((one) => one.startsWith('deployments'))).toHaveLength(1);
    expect([...two.warnings, ...two.leftOut]).toEqual([expect.stringContaining("the deployments can't be read: ")]);
    expect((await tell(waiting({ changed: true }))).messages).toHaveLength(1);
  });
});

describe('text for a chat', () => {
  it('has no mention, link or markup of a hostile text', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(chatText(text)).not.toMatch(/[<>\n]|@[^\u200b]|:\/|&(?!(?:amp|lt|gt);)/u);
        expect(chatCode(text)).toMatch(/^`[^`<>\n]*`$|^[^<>\n]*$/u);
      }),
      lawful,
    );
  });
});
