import { describe, expect, test } from 'vitest';
import { commentedOn } from '../../src/adapters/github/job.ts';
import { folder } from './kubernetes/server.ts';

const payload = (number: unknown, repository = 'acme/shop') => ({
  action: 'created',
  issue: { number, pull_request: { url: 'https://api.github.com' } },
  comment: { id: 1, body: '/stepgate hold shop' },
  repository: { full_name: repository },
});

async function asked(content: string, changed: Readonly<Record<string, string | undefined>> = {}) {
  await using place = await folder();
  const file = await place.write('event.json', content);
  const job = { GITHUB_ACTIONS: 'true', GITHUB_EVENT_NAME: 'issue_comment', GITHUB_REPOSITORY: 'acme/shop' };
  return commentedOn({ ...job, GITHUB_EVENT_PATH: file, ...changed });
}

describe('the pull request of the comment that started a run', () => {
  test('is its number in the payload', async () => {
    expect(await asked(JSON.stringify(payload(12)))).toBe(12);
    expect(await asked(JSON.stringify(payload(12, 'Acme/Shop')))).toBe(12);
  });

  test.each([
    ['a text', JSON.stringify(payload('12'))],
    ['zero', JSON.stringify(payload(0))],
    ['a fraction', JSON.stringify(payload(1.5))],
    ['too large', JSON.stringify(payload(2 ** 60))],
    ['of another repository', JSON.stringify(payload(12, 'mallory/shop'))],
    ['not there', '{}'],
    ['in no JSON', 'issue: 12'],
  ])('is not known when it is %s', async (_, content) => {
    expect(await asked(content)).toBeNull();
  });

  test.each([
    ['another event', { GITHUB_EVENT_NAME: 'push' }],
    ['no event', { GITHUB_EVENT_NAME: undefined }],
    ['no workflow', { GITHUB_ACTIONS: undefined }],
    ['no payload', { GITHUB_EVENT_PATH: undefined }],
    ['a payload without end', { GITHUB_EVENT_PATH: '/dev/zero' }],
  ])('is not known with %s', async (_, changed) => {
    expect(await asked(JSON.stringify(payload(12)), changed)).toBeNull();
  });
});
