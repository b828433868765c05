import { expect, test } from 'vitest';
import { runAction } from '../action/runner.ts';
import { startGitHub } from './github.ts';
import { checkoutWith } from './hub/checkout.ts';

test('the built Action runs as the job that an event starts', async () => {
  await using hub = await startGitHub();
  const ada = hub.person('ada');
  const repo = hub.repository('acme/shop', { collaborators: { ada: 'write' } });
  const pr = repo.openPullRequest({ by: ada, files: { a: '1' } });
  const run = async (name: 'issue_comment' | 'pull_request', command: string) => {
    const { context, payload, token } = hub.runFor(repo.event(name));
    await using here = await checkoutWith(repo, token);
    return await runAction({ workspace: here.folder, with: { command }, github: context, payload });
  };
  const refused = await run('pull_request', 'hold');
  expect(refused.outputs).toMatchObject({ reason: 'EVENT_REFUSED' });
  expect(refused.outputs['message']).toContain("a run that 'pull_request' started only reads");
  ada.comments(pr, '/stepgate hold shop');
  expect((await run('issue_comment', 'hold')).outputs['message']).toContain('anybody may start a run by');
  // It may do what it finds, and asks for the next thing that it needs.
  expect((await run('issue_comment', 'tick')).outputs['reason']).toBe('CONFIG_NOT_FOUND');
});
