import { describe, expect, test } from 'vitest';
import { kubectl, type List, patch, read, waitFor } from './fixture.ts';
import { images, liveId, outcome, podNames, recordOf, served, walk } from './scenes.ts';
import type { Shop } from './shop.ts';

/** Commits that leave the pod template alone, on the real API server and the real engine. */

type ConfigMap = {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly data: Readonly<Record<string, string>>;
};

const settings = (text: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { text: ${text} }\n`;
const file = 'deploy/settings.yaml';

function opened(): Promise<Shop> {
  return served({ files: { [file]: settings('one') } });
}

async function change(it: Shop, text: string): Promise<string> {
  const commit = await it.repo.commit({ [file]: settings(text) }, `settings ${text}`);
  await it.repo.push('main');
  return commit;
}

const text = async (it: Shop) => (await read<ConfigMap>(it.namespace, 'configmaps', 'settings')).data['text'];

async function inGit(it: Shop): Promise<string> {
  await it.repo.git('fetch', '-q');
  return /text: (\w+)/.exec(await it.repo.git('show', `origin/main:${file}`))?.[1] ?? '';
}

async function copies(it: Shop): Promise<readonly string[]> {
  const { items } = await read<List<ConfigMap>>(it.namespace, 'configmaps');
  return items
    .flatMap(({ metadata, data }) => (metadata.name.includes('.stepgate-') ? [data['text'] ?? ''] : []))
    .sort();
}

describe.concurrent('a ConfigMap', () => {
  test('that is bad goes back alone, Git too, and its content is held', async () => {
    await using it = await opened();
    const [pods, live] = [await podNames(it), await liveId(it)];
    await change(it, 'bad');
    const deployed = await it.stepgate('deploy');
    expect(outcome(deployed), deployed.stderr).toEqual([0, 'done', 'DELIVERED', undefined]);
    expect([await text(it), await copies(it)]).toEqual(['bad', ['one']]);
    const preview = await it.stepgate('rollback', '--dry-run');
    expect(preview.delivery.message).toContain('changed last: settings');
    expect(preview.delivery.changes.map(({ object }) => object)).toContain('ConfigMap settings');
    const back = await it.stepgate('rollback', '--reason', 'bad');
    expect(outcome(back), back.stderr).toEqual([0, 'rolledBack', 'ROLLED_BACK', undefined]);
    expect([await text(it), await inGit(it)]).toEqual(['one', 'one']);
    expect([await podNames(it), await liveId(it)]).toEqual([pods, live]);
    await it.repo.git('merge', '-q', 'origin/main');
    await change(it, 'bad');
    expect(outcome(await it.stepgate('deploy')).slice(0, 3)).toEqual([4, 'held', 'HELD']);
    await change(it, 'better');
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'done', 'DELIVERED', undefined]);
    expect(await text(it)).toBe('better');
  });

  test('that is good stays, when the release after it goes back', async () => {
    await using it = await opened();
    await change(it, 'good');
    expect((await it.stepgate('deploy')).code).toBe(0);
    await it.release('app:v2');
    await it.stepgate('deploy');
    await walk(it, 1, 2);
    const back = await it.stepgate('rollback', '--reason', 'slow');
    expect(outcome(back), back.stderr).toEqual([0, 'rolledBack', 'ROLLED_BACK', undefined]);
    expect([await images(it), await text(it), await inGit(it)]).toEqual([{ 'app:v1': 5 }, 'good', 'good']);
  });

  test('waits for the approval of the start, while the size does not', async () => {
    await using it = await opened();
    const config = await it.repo.git('show', 'HEAD:stepgate.yaml');
    await it.repo.commit({
      'stepgate.yaml': config.replace('    strategy:', '    startWhen: [approval]\n    strategy:'),
      [file]: settings('two'),
      'deploy/shop.yaml': (await it.repo.git('show', 'HEAD:deploy/shop.yaml')).replace('replicas: 5', 'replicas: 6'),
    });
    await it.repo.push('main');
    expect(outcome(await it.stepgate('deploy')).slice(0, 3)).toEqual([0, 'waiting', 'START_GATE_SHUT']);
    const { spec } = await read<{ spec: { replicas: number } }>(it.namespace, 'deployments', 'shop');
    expect([spec.replicas, await text(it)]).toEqual([6, 'one']);
    await it.stepgate('promote', '--step', 'start');
    expect(await text(it)).toBe('two');
  });

  test('comes from its copy where Git has nothing to say, of which there are two at most, until the Rollout goes', async () => {
    await using it = await opened();
    for (const one of ['two', 'three', 'four']) {
      await change(it, one);
      expect((await it.stepgate('deploy')).code).toBe(0);
    }
    expect([await text(it), await copies(it)]).toEqual(['four', ['three', 'two']]);
    const anywhere = it.as({ folder: '/' });
    const args = ['rollback', '--delivery', it.delivery, '--namespace', it.namespace, '--reason', 'bad'] as const;
    await anywhere.stepgate(...args);
    expect(await text(it)).toBe('three');
    expect((await recordOf(it)).rollback?.git).toBe('todo');
    await kubectl(['-n', it.namespace, 'delete', 'rollout', 'shop', '--wait']);
    await waitFor(async () => (await copies(it)).length === 0, {
      what: 'the end of the copies',
      show: () => copies(it),
    });
  });

  test('with a Secret goes back to its own keys, and what cannot go back or is not deleted is told', async () => {
    const fixed = (value: string, more = '') =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: fixed }\ndata: { text: ${value} }\n${more}`;
    const secret = (texts: string) => `apiVersion: v1\nkind: Secret\nmetadata: { name: keys }\nstringData: ${texts}\n`;
    await using it = await served({
      files: {
        [file]: settings('one'),
        'deploy/fixed.yaml': fixed('one'),
        'deploy/keys.yaml': secret('{ user: ada }'),
      },
    });
    const size = async () =>
      (await read<{ spec: { replicas: number } }>(it.namespace, 'deployments', 'shop')).spec.replicas;
    await it.repo.commit({
      [file]: settings('bad'),
      'deploy/fixed.yaml': fixed('bad', 'immutable: true\n'),
      'deploy/keys.yaml': secret('{ user: eve, admin: eve }'),
      'deploy/deny.yaml':
        'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: deny }\nspec: { podSelector: { matchLabels: { app: nobody } } }\n',
    });
    await it.repo.push('main');
    expect(outcome(await it.stepgate('deploy'))).toEqual([0, 'done', 'DELIVERED', undefined]);
    await it.repo.commit({
      'deploy/shop.yaml': (await it.repo.git('show', 'HEAD:deploy/shop.yaml')).replace('replicas: 5', 'replicas: 6'),
    });
    await it.repo.push('main');
    await it.stepgate('deploy');
    const back = await it.stepgate('rollback', '--reason', 'bad');
    expect(back.delivery.state, back.stderr).toBe('rolledBack');
    const data: unknown = JSON.parse(
      await kubectl(['-n', it.namespace, 'get', 'secret', 'keys', '-o', 'jsonpath={.data}']),
    );
    expect([await text(it), data, await size()]).toEqual(['one', { user: Buffer.from('ada').toString('base64') }, 6]);
    const left = back.delivery.findings.find(({ code }) => code === 'NOT_RESTORED')?.facts;
    expect(left).toEqual([
      'ConfigMap fixed: it is immutable, and the server takes no other content for it',
      expect.stringContaining('NetworkPolicy deny: only the bad release has it'),
    ]);
  });

  test('that somebody edits after the bad release stays as they left it', async () => {
    await using it = await opened();
    await change(it, 'bad');
    await it.stepgate('deploy');
    await patch(it.namespace, 'configmaps', 'settings', { data: { text: 'edited' } });
    const back = await it.stepgate('rollback', '--reason', 'bad');
    expect(back.delivery.reason, back.stderr).toBe('ROLLED_BACK');
    expect(await text(it)).toBe('edited');
    expect(back.stderr).toContain('ConfigMap settings is left as it is');
  });
});
