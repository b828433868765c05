import { expect, test } from 'vitest';
import { deploymentStates } from '../../../src/release/forge.ts';
import { json, serve } from '../kubernetes/server.ts';
import { everything, shop } from './live.ts';
import { forgeAt, never } from './scripted.ts';

test('a deployment is found again with its state', async () => {
  await using at = await shop();
  const { repo, ada, first, forge } = at;
  const behind = ada.pushes(repo, { files: { a: 'a' }, branch: 'behind', onto: first });
  const one = await forge.createDeployment(
    { environment: 'prod', commit: behind, key: 'k1', isProduction: true },
    never,
  );
  expect(one).toEqual({ id: expect.any(Number), environment: 'prod', commit: behind, key: 'k1', status: null });
  const two = await forge.createDeployment(
    { environment: 'prod', commit: first, key: 'k2', isProduction: false },
    never,
  );
  expect(await forge.deployments('prod', never)).toEqual([two, one]);
  expect(repo.state.deployments.map(({ production, task, payload }) => [production, task, payload])).toEqual([
    [true, 'deploy:stepgate', { key: 'k1' }],
    [false, 'deploy:stepgate', { key: 'k2' }],
  ]);
  const logUrl = 'https://example.test/run';
  for (const state of deploymentStates) {
    await forge.writeDeploymentStatus(
      one.id,
      { state, description: `is ${state}`, logUrl, environment: 'prod' },
      never,
    );
    expect((await forge.deployments('prod', never)).at(-1)?.status).toEqual({ state, description: `is ${state}` });
  }
  expect(repo.state.deployments[0]?.statuses[0]).toMatchObject({ logUrl, environment: 'prod' });
  expect(await forge.deployments('staging', never)).toEqual([]);
});

test('a deployment neither merges nor waits for a status', async () => {
  const sha = 'a'.repeat(40);
  await using server = await serve([json(201, { id: 1, environment: 'prod', sha, payload: '{"key":"k"}' })]);
  const { forge } = forgeAt(server.address);
  const made = await forge.createDeployment({ environment: 'prod', commit: sha, key: 'k', isProduction: true }, never);
  expect(made).toEqual({ id: 1, environment: 'prod', commit: sha, key: 'k', status: null });
  expect(JSON.parse(server.seen[0]?.body ?? '')).toEqual({
    ref: sha,
    environment: 'prod',
    task: 'deploy:stepgate',
    payload: { key: 'k' },
    production_environment: true,
    auto_merge: false,
    required_contexts: [],
  });
});

test('a list with its states is two requests', async () => {
  await using at = await shop();
  const { first, forge } = at;
  for (const key of ['a', 'b', 'c']) {
    await forge.createDeployment({ environment: 'prod', commit: first, key, isProduction: true }, never);
  }
  await forge.viewer(never);
  const before = forge.requests;
  expect((await forge.deployments('prod', never)).map(({ key }) => key)).toEqual(['c', 'b', 'a']);
  expect(forge.requests - before).toBe(2);
});

test('what another App or task has deployed is not ours', async () => {
  await using at = await shop();
  const { hub, first, forge } = at;
  const wanted = { environment: 'prod', commit: first, key: 'k', isProduction: true };
  await at.as(hub.app('other', everything).token()).createDeployment(wanted, never);
  expect(await forge.deployments('prod', never)).toEqual([]);
});

test.each([
  ['short', 'short'],
  ['x'.repeat(140), 'x'.repeat(140)],
  ['x'.repeat(141), `${'x'.repeat(139)}…`],
])('a description is cut at 140 characters: %s', async (description, expected) => {
  await using at = await shop();
  const { first, forge, repo } = at;
  const { id } = await forge.createDeployment(
    { environment: 'x', commit: first, key: 'k', isProduction: false },
    never,
  );
  await forge.writeDeploymentStatus(id, { state: 'queued', description, logUrl: null, environment: 'x' }, never);
  expect(repo.state.deployments[0]?.statuses[0]?.description).toBe(expected);
});
