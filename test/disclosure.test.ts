import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { at, type JsonObject } from '../src/release/json.ts';
import { createCluster, type EmbeddedCluster } from '../src/simulator/cluster.ts';
import { type EmbeddedServer, serve } from '../src/simulator/server/serve.ts';
import { realTimeline } from '../src/simulator/time.ts';
import { runAction } from './action/runner.ts';
import { deployment, filesOf } from './action/workspace.ts';
import { folder } from './adapters/kubernetes/server.ts';
import { type Place, typed } from './support/command-line.ts';
import { gitRemote } from './support/git-remote.ts';
import { repository } from './support/repository.ts';

/** Who sees which values of a plan: the entries decide it, by where the output goes. */

let cluster: EmbeddedCluster;
let server: EmbeddedServer;
let config: Awaited<ReturnType<typeof folder>>;
let kubeconfig: string;

beforeAll(async () => {
  cluster = createCluster({ timeline: realTimeline(10) });
  cluster.api.create('Namespace', { metadata: { name: 'shop' } }, { manager: 'tests' });
  server = await serve(cluster);
  config = await folder();
  kubeconfig = await config.write('kubeconfig', server.kubeconfig);
});

afterAll(async () => {
  await config[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  cluster.stop();
});

const objects = `---
apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
data: { mode: plain-sesame, db.properties: "user=shop\\npassword=credential-sesame-1" }
---
apiVersion: v1
kind: Secret
metadata: { name: keys }
stringData: { pin: secret-sesame-1 }
`;
const listed = String(filesOf(['shop'])['stepgate.yaml']);
const full = `${listed}diff: full\n`;
const files = { 'stepgate.yaml': listed, 'deploy/shop.yaml': `${deployment('shop:v1')}${objects}` };

interface Given extends Omit<Place, 'cwd'> {
  readonly args?: readonly string[];
  readonly policy?: string;
}

async function plan({ args = [], policy = listed, ...place }: Given): Promise<string> {
  await using repo = await repository({ files: { ...files, 'stepgate.yaml': policy } });
  const argv = ['plan', '--kubeconfig', kubeconfig, ...args];
  const { code, stdout, stderr } = await typed(argv, { ...place, cwd: repo.folder });
  expect(
    stderr
      .split('\n')
      .filter((line) => !line.startsWith('::add-mask::'))
      .join('\n'),
  ).not.toContain('sesame');
  expect(code).toBe(0);
  return stdout;
}

describe('a plan', () => {
  test.each<[string, Given]>([
    ['a person at a terminal', { isPersons: true }],
    ['a person who says to be in no CI', { isPersons: true, env: { CI: 'false' } }],
    ['everybody, where the policy says so', { policy: full }],
    ['everybody in a workflow, where the policy says so', { policy: full, env: { GITHUB_ACTIONS: 'true' } }],
  ])('shows all but Secrets and credentials to %s', async (_, given) => {
    const shown = await plan(given);
    expect(shown).toContain('mode: plain-sesame');
    expect(shown).toContain('image: shop:v1');
    expect(shown).not.toMatch(/secret-sesame|credential-sesame/);
    expect(shown).not.toContain(btoa('secret-sesame-1'));
  });

  test.each<[string, Given]>([
    ['output that is piped', {}],
    ['JSON, also on a terminal', { isPersons: true, args: ['--json'] }],
    ['Markdown, also on a terminal', { isPersons: true, args: ['--output', 'markdown'] }],
    ['a page, also on a terminal', { isPersons: true, args: ['--output', 'html'] }],
    ['another CI, also with a terminal', { isPersons: true, env: { CI: 'true' } }],
    ['a workflow, also with a terminal', { isPersons: true, env: { GITHUB_ACTIONS: 'true' } }],
  ])('shows listed values alone in %s', async (_, given) => {
    const shown = await plan(given);
    expect(shown).toContain('shop:v1');
    expect(shown).not.toContain('sesame');
    expect(shown).toMatch(/(?:<|&#60;)hidden [0-9a-f]{8}(?:>|&#62;)/);
  });

  test('is not opened by a commit that nobody has merged', async () => {
    await using remote = await gitRemote({});
    await using repo = await repository({ files });
    await repo.connect(remote);
    await repo.branch('topic');
    await repo.commit({ 'stepgate.yaml': full });
    const { stdout } = await typed(['plan', '--kubeconfig', kubeconfig], { cwd: repo.folder });
    expect(stdout).toContain('shop:v1');
    expect(stdout).not.toContain('sesame');
  });

  test('of the Action shows listed values alone, and its log masks the Secret', async () => {
    await using repo = await repository({ files });
    const step = await runAction({
      workspace: repo.folder,
      with: { command: 'plan', kubeconfig, 'github-token': '' },
      env: { HOME: repo.folder },
    });
    expect(step.code).toBe(0);
    expect(step.masks).toEqual(expect.arrayContaining(['secret-sesame-1', 'credential-sesame-1']));
    const shown = JSON.stringify([step.log, step.summary, step.outputs, step.annotations]);
    expect(shown).toContain('shop:v1');
    expect(shown).not.toContain('sesame');
  });
});

describe('the YAML of render in the log of the Action', () => {
  test('has no value of a Secret, and means the same', async () => {
    const script = '    ::set-output name=a::b\n    \tline\n';
    const map = `---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: script }\ndata:\n  run: |\n${script}`;
    await using repo = await repository({
      files: {
        ...files,
        'deploy/shop.yaml': `${files['deploy/shop.yaml']}${map}`.replace('secret-sesame-1', "'493817'"),
      },
    });
    const step = await runAction({ workspace: repo.folder, with: { command: 'render' }, env: { HOME: repo.folder } });
    expect(step.code).toBe(0);
    expect(JSON.stringify([step.log, step.summary, step.outputs])).not.toContain('493817');
    const log = step.log.slice(step.log.findIndex((line) => line.startsWith('# proposed rollout-id')));
    const [, ...objects] = parseAllDocuments(log.join('\n')).map((document) => document.toJS() as JsonObject);
    // What has to be said in another way, so that it is no command, is still the same.
    expect(objects.map((one) => at(one, 'data', 'run'))).toContain('::set-output name=a::b\n\tline\n');
    expect(objects.map((one) => at(one, 'stringData', 'pin'))).toContain('<hidden>');
  });
});
