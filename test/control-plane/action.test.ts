import { expect, test } from 'vitest';
import { runAction } from '../action/runner.ts';
import { cluster, type Rollout, read, waitFor } from './fixture.ts';
import { shop } from './shop.ts';

test.concurrent('the Action releases to the first wait, says so on the run, and promotes what was seen', async () => {
  await using here = await shop();
  const step = (given: Record<string, string>) =>
    runAction({
      workspace: here.repo.folder,
      with: { kubeconfig: cluster.kubeconfig, 'github-token': '', ...given },
      env: { HOME: here.repo.folder },
    });
  expect(await step({ command: 'deploy' })).toMatchObject({
    code: 0,
    outputs: { reason: 'FIRST_DEPLOY', changed: 'true' },
  });

  const commit = await here.release('app:v2');
  const waiting = await step({ command: 'deploy' });
  expect(waiting).toMatchObject({
    code: 0,
    outputs: { state: 'waiting', step: '1', steps: '3', commit, 'exit-code': '0' },
  });
  expect(waiting.annotations).toMatchObject([
    { level: 'notice', title: 'shop waits', message: expect.stringContaining('stepgate promote') },
  ]);
  expect(waiting.summary).toMatch(/^## 🟡 shop waiting at step 1\/3 one\n/);

  const release = waiting.outputs['release-id'] ?? '';
  const wrong = await step({ command: 'promote', release, step: '2' });
  expect(wrong).toMatchObject({ code: 1, outputs: { reason: 'STEP_CHANGED', 'exit-code': '4', changed: 'false' } });
  const promoted = await step({ command: 'promote', release, step: '1' });
  expect(promoted).toMatchObject({ code: 0, outputs: { changed: 'true' } });
  const rollout = await read<Rollout & { metadata: { annotations: Record<string, string> } }>(
    here.namespace,
    'rollouts',
    'shop',
  );
  expect(rollout.metadata.annotations['stepgate.dev/record']).toContain('"by":"octocat"');
});

test.concurrent('cancelled while it follows, the Action leaves the release where it is', async () => {
  await using here = await shop({ image: 'app:v1' });
  const env = { HOME: here.repo.folder };
  await runAction({
    workspace: here.repo.folder,
    with: { command: 'deploy', kubeconfig: cluster.kubeconfig, 'github-token': '' },
    env,
  });
  await here.release('app:slow-v2');
  const started = waitFor(
    async () =>
      (await read<Rollout>(here.namespace, 'rollouts', 'shop')).status?.canaryStatus?.currentStepState ===
      'StepUpgrade',
    { what: 'the release to start' },
  );
  const cancelled = await runAction({
    workspace: here.repo.folder,
    with: { command: 'deploy', kubeconfig: cluster.kubeconfig, 'github-token': '' },
    env,
    cancel: started,
  });
  expect(cancelled).toMatchObject({ code: 1, signal: null, outputs: { reason: 'CANCELLED', changed: 'true' } });
  expect(cancelled.endedAfter).toBeLessThan(5_000);
  await waitFor(
    async () =>
      (await read<Rollout>(here.namespace, 'rollouts', 'shop')).status?.canaryStatus?.currentStepState === 'StepPaused',
    { what: 'the step to be reached without anybody' },
  );
  const after = await runAction({
    workspace: here.repo.folder,
    with: { command: 'status', kubeconfig: cluster.kubeconfig, 'github-token': '' },
    env,
  });
  expect(after.outputs).toMatchObject({ state: 'waiting', step: '1' });
});
