import { expect, test } from 'vitest';
import { freezesAtForge } from '../../src/flow/freezes.ts';
import { type Forge, ForgeError, type ForgeTrouble, type Issue } from '../../src/release/forge.ts';
import { covers } from '../../src/release/freeze.ts';

type Issues = Pick<Forge, 'title' | 'issuesLabelled'>;

const known = [{ name: 'shop', environment: null }];
const { signal } = new AbortController();

/** A forge with these issues by label. */
function forgeWith(issues: ReadonlyMap<string, readonly Issue[]>): Issues {
  return { title: 'github.com/acme/shop', issuesLabelled: async (label) => issues.get(label) ?? [] };
}

function failing(error: Error): Issues {
  return { title: 'github.com/acme/shop', issuesLabelled: () => Promise.reject(error) };
}

const issue: Issue = {
  number: 3,
  url: 'https://github.com/acme/shop/issues/3',
  title: 'stop',
  body: 'deliveries: shop',
  author: null,
  at: new Date(0),
};

test('the issues with the label, and no others', async () => {
  const forge = forgeWith(
    new Map([
      ['stepgate-freeze', [issue]],
      ['bug', [{ ...issue, number: 4 }]],
    ]),
  );
  expect((await freezesAtForge(forge, known, signal)).map(({ name, deliveries }) => [name, deliveries])).toEqual([
    ['issue-3', ['shop']],
  ]);
  expect(await freezesAtForge(forgeWith(new Map()), known, signal)).toEqual([]);
});

test.each<ForgeTrouble>(['away', 'limited', 'unknownToken', 'forbidden', 'missing', 'refused', 'conflict', 'tooMuch'])(
  'a forge that answers with %s freezes everything',
  async (trouble) => {
    const error = new ForgeError(trouble, 'no', { needs: 'issues: read', retryAt: new Date('2026-11-27T10:00:00Z') });
    const found = await freezesAtForge(failing(error), known, signal);
    expect(found.map((one) => covers(one, { name: 'anything', environment: null }))).toEqual([true]);
    expect(found[0]?.unreadable).toBe(
      'the issues with the label stepgate-freeze: no; grant issues: read; it answers again at 2026-11-27T10:00:00.000Z',
    );
  },
);

test('a defect, and an error after the run was cancelled, are thrown', async () => {
  await expect(freezesAtForge(failing(new TypeError('x')), known, signal)).rejects.toThrow(TypeError);
  const ended = AbortSignal.abort();
  await expect(freezesAtForge(failing(new ForgeError('away', 'no')), known, ended)).rejects.toThrow(ForgeError);
});
