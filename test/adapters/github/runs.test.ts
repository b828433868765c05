import { describe, expect, test } from 'vitest';
import type { Check } from '../../../src/release/forge.ts';
import { json, serve } from '../kubernetes/server.ts';
import { shop } from './live.ts';
import { forgeAt, never, start } from './scripted.ts';

describe('a run of a workflow', () => {
  test('is told with its title, its file, and who started this attempt', async () => {
    await using at = await shop();
    const { hub, repo, ada, bob } = at;
    const file = '.github/workflows/promote.yml';
    const first = ada.pushes(repo, { files: { [file]: 'on: workflow_dispatch\n' } });
    ada.dispatches(repo, 'promote.yml');
    const job = hub.runFor(repo.event('workflow_dispatch'), {
      permissions: { actions: 'read' },
      workflow: file,
      runName: 'promote shop 0123456789-abcdef01 one',
    });
    const id = String(job.run.id);
    const expected = {
      id,
      attempt: 1,
      url: `${hub.url}/acme/shop/actions/runs/${id}`,
      event: 'workflow_dispatch',
      title: 'promote shop 0123456789-abcdef01 one',
      file,
      branch: 'main',
      commit: first,
      startedBy: { id: ada.account.id, login: 'ada', is: 'person' },
      createdAt: start,
      status: 'running',
      conclusion: null,
    };
    expect(await at.forge.workflowRun(id, never)).toEqual(expected);
    hub.ends(job, 'failure');
    expect(await at.forge.workflowRun(id, never)).toMatchObject({ status: 'completed', conclusion: 'failure' });
    hub.runAgain(job, bob);
    expect(await at.forge.workflowRun(id, never)).toEqual({
      ...expected,
      attempt: 2,
      startedBy: { id: bob.account.id, login: 'bob', is: 'person' },
    });
  });

  test('has the path of its file without the ref behind it', async () => {
    const run = {
      ...{ id: 7, run_attempt: 1, html_url: 'https://github.com/acme/shop/actions/runs/7', event: 'schedule' },
      ...{ display_title: 'tick', path: '.github/workflows/tick.yml@refs/heads/main', head_branch: null },
      ...{ head_sha: 'a'.repeat(40), triggering_actor: null, created_at: '2026-11-27T15:00:00Z', status: 'requested' },
    };
    await using server = await serve([json(200, { ...run, conclusion: null })]);
    expect(await forgeAt(server.address).forge.workflowRun('7', never)).toMatchObject({
      file: '.github/workflows/tick.yml',
      branch: '',
      startedBy: null,
      status: 'queued',
    });
  });

  test('of an id that no run has is none', async () => {
    await using at = await shop();
    expect(await at.forge.workflowRun('4711', never)).toBe(null);
  });

  test.each(['0', '-1', '1.5', '', '..', '1/approvals', '9'.repeat(30)])(
    'of the id %j is asked for nowhere',
    async (id) => {
      const { forge } = forgeAt('http://127.0.0.1:1');
      expect([await forge.workflowRun(id, never), await forge.environmentVotes(id, never)]).toEqual([null, []]);
      expect(forge.requests).toBe(0);
    },
  );
});

test('votes about environments are told with who gave them', async () => {
  await using at = await shop();
  const { hub, repo, ada, bob, job, forge } = at;
  repo.environment('prod', { reviewers: [ada, bob] });
  repo.environment('staging', { reviewers: [ada, bob] });
  const id = String(job.run.id);
  expect(await forge.environmentVotes(id, never)).toEqual([]);
  hub.waitsFor(job, 'staging');
  expect(await forge.workflowRun(id, never)).toMatchObject({ status: 'queued' });
  ada.letsPass(job.run, 'staging');
  hub.waitsFor(job, 'prod');
  bob.stops(job.run, 'prod', 'not today');
  expect(await forge.environmentVotes(id, never)).toEqual([
    { environment: 'staging', by: { id: ada.account.id, login: 'ada', is: 'person' }, isApproving: true },
    { environment: 'prod', by: { id: bob.account.id, login: 'bob', is: 'person' }, isApproving: false },
  ]);
});

describe('the runs of a workflow', () => {
  test('are those of its file and event, newest first; one that is started is among them', async () => {
    await using at = await shop({ actions: 'write' });
    const { hub, repo, ada, forge } = at;
    const file = '.github/workflows/load.yml';
    ada.pushes(repo, {
      files: { [file]: 'on: workflow_dispatch\n', '.github/workflows/other.yml': 'on: workflow_dispatch\n' },
    });
    expect(await forge.workflowRuns('load.yml', 'workflow_dispatch', never)).toEqual([]);
    const inputs = { delivery: 'shop', release: '0123456789-abcdef01', step: 'one' };
    const id = await forge.startWorkflow({ file: 'load.yml', branch: 'main', inputs }, never);
    expect(id).toMatch(/^\d+$/);
    await forge.startWorkflow({ file: 'other.yml', branch: 'main', inputs: {} }, never);
    await at.later();
    const later = await forge.startWorkflow({ file: 'load.yml', branch: 'main', inputs }, never);
    const found = await forge.workflowRuns('load.yml', 'workflow_dispatch', never);
    expect(found.map((run) => run.id)).toEqual([later, id]);
    expect(found).toMatchObject([{ branch: 'main', file, event: 'workflow_dispatch' }, {}]);
    expect(await forge.workflowRuns('load.yml', 'schedule', never)).toEqual([]);
    expect(hub.requests.all.filter(({ method }) => method === 'POST')).toHaveLength(3);
  });

  test('of a file that is not there are none, and it can not be started', async () => {
    await using at = await shop({ actions: 'write' });
    expect(await at.forge.workflowRuns('none.yml', 'schedule', never)).toEqual([]);
    await expect(at.forge.startWorkflow({ file: 'none.yml', branch: 'main', inputs: {} }, never)).rejects.toMatchObject(
      {
        trouble: 'missing',
      },
    );
  });
});

describe('a check of a commit', () => {
  const checked = (commit: string, is: Check['is']): Check => ({
    ...{ name: 'build', key: 'k', commit, is, title: 't', summary: 's', url: null },
  });

  test.each([
    ['passed', 'passed', 'success'],
    ['failed', 'failed', 'failure'],
    ['running', 'running', 'in_progress'],
    ['waiting', 'failed', 'neutral'],
  ] as const)('that is %s is told as %s', async (is, told, words) => {
    await using at = await shop({ checks: 'read', statuses: 'read' });
    const ci = at.as(at.hub.app('ci', { checks: 'write' }).token());
    await ci.writeCheck(checked(at.first, is), never);
    expect(await at.forge.checkOf(at.first, 'build', never)).toMatchObject({ is: told, words });
    expect(await at.forge.checkOf(at.first, 'another', never)).toBeNull();
  });

  test('of two Apps with one name has passed when both have', async () => {
    await using at = await shop({ checks: 'read', statuses: 'read' });
    for (const [app, is] of [
      ['ci', 'passed'],
      ['scan', 'failed'],
    ] as const) {
      await at.as(at.hub.app(app, { checks: 'write' }).token()).writeCheck(checked(at.first, is), never);
    }
    expect(await at.forge.checkOf(at.first, 'build', never)).toMatchObject({ is: 'failed' });
  });
});
