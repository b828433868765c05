import { expect, test } from 'vitest';
import type { Check } from '../../../src/release/forge.ts';
import { everything, shop } from './live.ts';
import { never } from './scripted.ts';

const check = (commit: string, more: Partial<Check> = {}): Check => ({
  name: 'stepgate shop',
  key: 'shop@prod',
  commit,
  is: 'running',
  title: 'step 1 of 3',
  summary: '# shop\n\n1 of 5 pods',
  url: 'https://example.test/run',
  ...more,
});

test('a check is written once, changed in place, and left alone while it is as it should be', async () => {
  await using at = await shop();
  const { repo, first, forge } = at;
  const write = (more: Partial<Check>) => forge.writeCheck(check(first, more), never);
  const states = ['running', 'waiting', 'running', 'passed', 'failed'] as const;
  for (const is of states) {
    expect(await write({ is })).toBe('written');
    expect(await write({ is })).toBe('same');
  }
  for (const more of [{ title: 'other' }, { summary: 'other' }, { url: 'https://example.test/other' }]) {
    expect(await write({ is: 'failed', ...more })).toBe('written');
  }
  expect(await write({ is: 'failed', url: null, title: 'step 1 of 3', summary: '# shop\n\n1 of 5 pods' })).toBe('same');
  expect(repo.state.checks).toHaveLength(1);
});

test.each([
  ['running', 'in_progress', null],
  ['waiting', 'completed', 'neutral'],
  ['passed', 'completed', 'success'],
  ['failed', 'completed', 'failure'],
] as const)('%s is %s with the conclusion %s', async (is, status, conclusion) => {
  await using at = await shop();
  await at.forge.writeCheck(check(at.first, { is }), never);
  expect(at.repo.state.checks[0]).toMatchObject({
    name: 'stepgate shop',
    externalId: 'shop@prod',
    headSha: at.first,
    status,
    conclusion,
    detailsUrl: 'https://example.test/run',
    output: { title: 'step 1 of 3', summary: '# shop\n\n1 of 5 pods' },
  });
});

test('a check of another key, another name or another App is not ours', async () => {
  await using at = await shop();
  const { hub, repo, first, forge } = at;
  const other = at.as(hub.app('other', everything).token());
  expect(await other.writeCheck(check(first), never)).toBe('written');
  expect(await forge.writeCheck(check(first), never)).toBe('written');
  expect(await forge.writeCheck(check(first, { key: 'shop@staging' }), never)).toBe('written');
  expect(await forge.writeCheck(check(first, { name: 'another' }), never)).toBe('written');
  expect(repo.state.checks.map(({ app: { slug }, externalId, name }) => [slug, externalId, name])).toEqual([
    ['other', 'shop@prod', 'stepgate shop'],
    ['github-actions', 'shop@prod', 'stepgate shop'],
    ['github-actions', 'shop@staging', 'stepgate shop'],
    ['github-actions', 'shop@prod', 'another'],
  ]);
  for (const is of ['running', 'waiting'] as const) {
    expect(await forge.writeCheck(check(first, { is }), never)).toBe(is === 'running' ? 'same' : 'written');
  }
  expect(repo.state.checks.map(({ status }) => status)).toEqual([
    'in_progress',
    'completed',
    'in_progress',
    'in_progress',
  ]);
});
