import { expect, test } from 'vitest';
import { runAction } from '../action/runner.ts';
import { clusterOf, deployment, filesOf } from '../action/workspace.ts';
import { folder, kubeconfig, serve } from '../adapters/kubernetes/server.ts';
import { startGitHub } from '../github/github.ts';
import { checkoutWith } from '../github/hub/checkout.ts';
import { commentsOf } from '../github/state/issues.ts';

/** One run of the built Action over comments of people who may, of others, and of some who write like stepgate. */
async function conversation() {
  await using hub = await startGitHub();
  const [ada, mallory, tess] = [hub.person('ada'), hub.person('mallory'), hub.person('tess')];
  const { bot } = hub.app('tool', { 'pull-requests': 'write', contents: 'write' });
  const repo = hub.repository('acme/shop', {
    collaborators: { ada: 'write', mallory: 'read', tess: { name: 'labeler', base: 'triage' } },
    files: { ...filesOf(['shop']), 'deploy/shop.yaml': deployment('shop:v0') },
  });
  const pull = repo.openPullRequest({ by: ada, files: { 'deploy/shop.yaml': deployment('shop:v1') } });
  const commit = ada.merges(pull);
  await using server = await serve([clusterOf({ shop: 'x' }, 'waiting', commit)]);
  await using place = await folder();
  const file = await place.write('kubeconfig', kubeconfig({ server: server.address }, { token: 'canary-token' }));

  bot.comments(pull, `${line} of a bot`);
  ada.edits(ada.comments(pull, 'looks good'), `${line} edited`);
  ada.comments(pull, `> ${line} quoted`);
  ada.comments(pull, `\`\`\`\n${line} as code\n\`\`\``);
  tess.comments(pull, `${line} of triage`);
  const asked = ada.comments(pull, `${line} of ada`);
  const planted = `<!-- stepgate:answer ${asked.id} -->\nDone.`;
  mallory.comments(pull, planted);

  const permissions = { contents: 'write', 'pull-requests': 'write' } as const;
  const job = hub.runFor(repo.event('issue_comment', 'created'), { permissions });
  await using here = await checkoutWith(repo, job.token, { depth: null });
  const given = { command: 'answer', kubeconfig: file };
  const step = await runAction({ workspace: here.folder, with: given, github: job.context, payload: job.payload });
  const by = (login: string) => commentsOf(pull).flatMap(({ author, body }) => (author?.login === login ? [body] : []));
  const writes = server.seen.filter(({ method }) => method !== 'GET');
  return { step, planted, mallory: by('mallory'), ours: by('github-actions[bot]'), writes };
}

const line = '/stepgate hold shop';
/** Both tests look at one run, which takes some seconds: it writes to GitHub once a second. */
const played = conversation();

test('threat 4: commands by outsiders, bots, edited comments: only the command of a person who may reaches the cluster', async () => {
  const { step, ours, writes } = await played;
  expect(step.outputs['exit-code']).toBe('0');
  const answers = ours.filter((body) => body.startsWith('<!-- stepgate:answer')).map((body) => body.split('\n')[1]);
  expect(answers.toSorted()).toEqual([
    expect.stringContaining(`**ada**, \`${line} edited\`: this comment was edited, so nothing is done`),
    expect.stringContaining(`**ada**, \`${line} of ada\`: shop `),
    expect.stringMatching(/^\*\*tess\*\*, .*: tess may not write to \S+, so nothing is done\.$/),
  ]);
  expect(writes.map(({ method, url }) => `${method} ${url.pathname}`)).toEqual([
    'PATCH /apis/rollouts.kruise.io/v1beta1/namespaces/shop/rollouts/shop',
  ]);
  expect(writes[0]?.body).toContain('of ada');
  expect(writes[0]?.body).not.toMatch(/of a bot|edited|quoted|as code|of triage/);
});

test('threat 20: faked comments of stepgate: a command that somebody else seems to have answered is done, and answered', async () => {
  const { planted, mallory, ours, writes } = await played;
  expect(mallory).toEqual([planted]);
  expect(writes).toHaveLength(1);
  const [marker = ''] = planted.split('\n');
  expect(ours.filter((body) => body.startsWith(marker))).toHaveLength(1);
});
