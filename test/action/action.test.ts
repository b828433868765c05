import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { outputs } from '../../src/reporters/outputs.ts';
import { selfSigned } from '../adapters/kubernetes/certificate.ts';
import { failure, hang } from '../adapters/kubernetes/server.ts';
import { dist, runAction, type Step } from './runner.ts';
import { cluster, clusterOf, filesOf, workspace } from './workspace.ts';

const errors = (step: Step) => step.annotations.filter((one) => one.level === 'error');
/** The last error the Action itself told; the runner's own come after it. */
const failed = (step: Step) =>
  errors(step)
    .filter(({ by }) => by === 'action')
    .at(-1)?.message ?? '';

describe('inputs', () => {
  test('every option is an input, and what the command answers comes out as outputs and a summary', async () => {
    await using here = await workspace();
    const step = await runAction({
      workspace: here.folder,
      with: { command: 'plan', offline: 'True', delivery: 'shop\n' },
    });
    expect(step.code).toBe(0);
    expect(Object.keys(step.outputs)).toEqual(outputs.map(({ name }) => name));
    expect(step.outputs).toMatchObject({
      delivery: 'shop',
      state: 'idle',
      reason: 'OFFLINE',
      changed: 'false',
      'exit-code': '0',
    });
    expect(step.outputs['release-id']).toMatch(/^[0-9a-f]{10}-[0-9a-f]{8}$/);
    expect(JSON.parse(step.outputs['result-json'] ?? '')).toMatchObject({
      version: 1,
      command: 'plan',
      deliveries: [{ name: 'shop' }],
    });
    expect(step.summary).toMatch(/^## ⚪ shop idle\n/);
    expect(step.leftBehind).toBe('');
  });

  test('path is the folder of the checkout in the workspace', async () => {
    await using here = await workspace();
    const [above, name] = [path.dirname(here.folder), path.basename(here.folder)];
    const plan = { command: 'plan', offline: 'true' };
    const step = await runAction({ workspace: above, with: { ...plan, path: name } });
    expect([step.code, step.outputs['reason']]).toEqual([0, 'OFFLINE']);
    const without = await runAction({ workspace: above, with: plan });
    expect(failed(without)).toContain(`${name} is a clone: give the Action 'path: ${name}'`);
    const outside = await runAction({ workspace: here.folder, with: { ...plan, path: '../' } });
    expect(failed(outside)).toContain("USAGE: path is '../', which is outside of the workspace");
  });

  test('a command that answers with text writes it to log and summary', async () => {
    await using here = await workspace();
    const step = await runAction({ workspace: here.folder, with: { command: 'config' } });
    expect(step.code).toBe(0);
    expect(step.log).toContain('  - delivery: shop');
    expect(step.summary).toContain('```yaml\nversion: 1\n');
    expect(step.outputs['exit-code']).toBe('0');
  });

  test.each([
    [{ command: '' }, 'USAGE: the input command is missing; one of config, render, plan'],
    [{ command: 'destroy' }, "USAGE: there is no command 'destroy'; one of config"],
    [{ command: 'plan', offline: 'yes' }, "USAGE: offline is 'yes'; write true or false"],
    [{ command: 'plan', offline: 'true', output: 'xml' }, "USAGE: output is 'xml'"],
    [
      { command: 'plan', offline: 'true', output: 'html' },
      "USAGE: the log of the Action shows no picture: output is 'html'",
    ],
    // Ignored, it would deploy for good.
    [{ command: 'deploy', 'dry-run': 'true' }, 'USAGE: deploy takes no dry-run; deploy takes config,'],
    [
      { command: 'status', kubeconfig: 'apiVersion: v1\nusers: [canary]' },
      'USAGE: kubeconfig is not a path; write the content',
    ],
    [{ command: 'plan', delivery: 'shop\ncart' }, "DELIVERY_UNKNOWN: there is no delivery 'cart' in HEAD; known: shop"],
    [{ command: 'plan', at: '::error::x' }, 'REF_UNKNOWN: '],
  ])('%j: %s', async (given, sentence) => {
    await using here = await workspace();
    const step = await runAction({ workspace: here.folder, with: given });
    expect(step.code).toBe(1);
    expect(failed(step)).toContain(sentence);
    expect(errors(step)).toHaveLength(1);
    expect(step.outputs['exit-code']).toBe('2');
    expect(step.outputs['reason']).toBe(sentence.split(':')[0]);
    expect(step.summary).toContain(`\`${sentence.split(':')[0]}\``);
    expect(JSON.stringify(step)).not.toContain('canary');
  });

  test('outside of a workflow it fails with the same sentence, and no stack', async () => {
    const run = promisify(execFile)(process.execPath, [`${dist}/action.js`], { env: {} });
    const { code, stdout, stderr } = (await run.catch((error: unknown) => error)) as {
      code: number;
      stdout: string;
      stderr: string;
    };
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout).toContain('::error::USAGE: the input command is missing');
    expect(stdout).not.toContain('    at ');
  });
});

test.each(['config', 'status'])('%s masks the token of the job, and prints it nowhere', async (command) => {
  const token = 'canary-of-the-job';
  await using here = await workspace({ reply: failure(500, 'InternalError', `authorization=${token} ${btoa(token)}`) });
  const cluster = command === 'status' ? { kubeconfig: here.kubeconfig } : {};
  const step = await runAction({ workspace: here.folder, with: { command, 'github-token': token, ...cluster } });
  expect(here.server.seen.length > 0).toBe(command === 'status');
  expect(step.code).toBe(command === 'status' ? 1 : 0);
  expect(step.masks).toContain(token);
  const { log, outputs, summary, annotations } = step;
  const printed = JSON.stringify({ log, outputs, summary, annotations });
  for (const form of [token, btoa(token)]) expect(printed).not.toContain(form);
});

describe('a runner that takes no output or no summary', () => {
  const nowhere = { GITHUB_OUTPUT: '/nowhere/output', GITHUB_STEP_SUMMARY: '/nowhere/summary' };

  test.each([
    ['config', 0],
    ['destroy', 1],
  ])('leaves %s its exit code %i and its log, which warns', async (command, expected) => {
    await using here = await workspace();
    const running = promisify(execFile)(process.execPath, [`${dist}/action.js`], {
      cwd: here.folder,
      env: { PATH: process.env['PATH'], ...nowhere, INPUT_COMMAND: command },
    });
    const ended = await running.then(
      ({ stdout }) => ({ code: 0, stdout }),
      ({ code, stdout }) => ({ code, stdout }),
    );
    expect(ended.code).toBe(expected);
    expect(ended.stdout).toContain(
      expected === 0 ? '  - delivery: shop' : "::error::USAGE: there is no command 'destroy'",
    );
    for (const warned of ['outputs are missing', 'no job summary was written'])
      expect(ended.stdout).toMatch(new RegExp(`^::warning::${warned}: .*nowhere`, 'm'));
    expect(ended.stdout).not.toContain('BUG');
  });
});

describe('failures', () => {
  test('a problem of the config is shown at its line, and the summary is written', async () => {
    const config = 'version: 1\ndeliveries:\n  - delivery: shop\n    namespace: shop\n    nmaespace: typo\n';
    await using here = await workspace({ changed: { 'stepgate.yaml': config } });
    const step = await runAction({ workspace: here.folder, with: { command: 'config' } });
    expect(step.code).toBe(1);
    expect(errors(step)).toContainEqual(
      expect.objectContaining({
        title: 'CONFIG_INVALID',
        file: 'stepgate.yaml',
        line: 5,
        column: 5,
        message: expect.stringContaining('nmaespace'),
      }),
    );
    expect(failed(step)).toMatch(/^CONFIG_INVALID: stepgate\.yaml:\d+:\d+: /);
    expect(step.summary).toContain('🔴');
  });

  test('of more problems than GitHub shows, the sentence that fails the step is shown too', async () => {
    const keys = Array.from({ length: 20 }, (_, index) => `wrong${index}: 1\n`).join('');
    await using here = await workspace({ changed: { 'stepgate.yaml': `version: 1\n${keys}` } });
    const step = await runAction({ workspace: here.folder, with: { command: 'config' } });
    expect(errors(step)).toHaveLength(10);
    expect(failed(step)).toMatch(/^CONFIG_INVALID: /);
    for (let index = 0; index < 20; index += 1)
      expect(step.log.join('\n')).toMatch(new RegExp(`:${index + 2}:1: .*wrong${index}\\b`));
  });

  test('without a repository it says which step is missing', async () => {
    const step = await runAction({ workspace: '/', with: { command: 'status' } });
    expect(failed(step)).toMatch(/^GIT_FAILED: .*actions\/checkout/);
  });
});

const listed = ['group', 'endgroup', 'add-mask', 'error', 'notice', 'warning'];
const hostile = [
  '::error::INJECTED',
  '\n::set-output name=state::INJECTED',
  '\r::add-mask::INJECTED',
  '\u2028::set-env name=PATH::INJECTED',
  'a ##[error]INJECTED',
  '##[add-mask]INJECTED',
  '#\u200b#[save-state name=a]INJECTED',
  '\u001b[31m::stop-commands::INJECTED',
  '\u00a0::add-path::INJECTED',
  '%0A::error::INJECTED',
  '\nstate<<EOF\nINJECTED\nEOF',
];

describe('foreign text', () => {
  test.each(['text', 'json', 'markdown'])(
    'of a cluster is no command anywhere, with the output as %s',
    async (output) => {
      // One that says all of it, and others that say one of it each.
      const alone = { shop: hostile.join('') };
      const each = Object.fromEntries(hostile.map((words, index) => [`shop-${index}`, words]));
      for (const said of [alone, each]) {
        await using here = await workspace({ reply: clusterOf(said), changed: filesOf(Object.keys(said)) });
        const step = await runAction({
          workspace: here.folder,
          with: { command: 'status', kubeconfig: here.kubeconfig, output },
        });
        const { deliveries } = JSON.parse(step.outputs['result-json'] ?? '');
        const found = Object.keys(said).map((name) => expect.objectContaining({ name, reason: 'HELD' }));
        expect(deliveries).toEqual(found);
        expect(step.log.join('\n').split('INJECTED').length - 1).toBeGreaterThanOrEqual(hostile.length);
        expectNoInjection(step);
      }
    },
  );

  test.each([hostile.slice(0, 6), hostile.slice(6)])('of the repository is none either: %j', async (...keys) => {
    // YAML has no U+2028 but as an escape.
    const wrong = keys.map((words) => `${JSON.stringify(words).replace('\u2028', '\\u2028')}: 1\n`);
    await using here = await workspace({ changed: { 'stepgate.yaml': `version: 1\n${wrong.join('')}` } });
    const step = await runAction({ workspace: here.folder, with: { command: 'config' } });
    // That it names no delivery, each of them at its line, and the sentence that fails the step.
    const placed = errors(step).filter(({ title }) => title === 'CONFIG_INVALID');
    expect(placed.map(({ line }) => line)).toEqual([1, ...keys.map((_, index) => index + 2)]);
    expect(placed.filter(({ message }) => message.includes('INJECTED'))).toHaveLength(keys.length);
    expectNoInjection(step);
  });

  test.each([
    ...hostile.map((words) => ({ command: words })),
    { command: 'render', at: hostile.join('') },
    { command: 'config', config: hostile.join('') },
  ])('of the inputs is none: %j', async (given) => {
    await using here = await workspace();
    const step = await runAction({ workspace: here.folder, with: given });
    expect(step.code).toBe(1);
    expect(failed(step)).toContain('INJECTED');
    expectNoInjection(step);
  });

  test('nor in what an API server says', async () => {
    await using here = await workspace({ reply: failure(403, 'Forbidden', hostile.join('')) });
    const step = await runAction({ workspace: here.folder, with: { command: 'status', kubeconfig: here.kubeconfig } });
    expect(step.outputs['reason']).toBe('CLUSTER_FORBIDDEN');
    expectNoInjection(step);
  });
});

function expectNoInjection(step: Step): void {
  for (const { name, data } of step.commands) {
    expect(listed).toContain(name);
    expect(data.trimStart()).not.toMatch(/^INJECTED/);
  }
  expect(step.masks.join('\n')).not.toContain('INJECTED');
  expect(Object.keys(step.outputs)).toEqual(outputs.map(({ name }) => name));
  expect(step.outputs['state']).not.toContain('INJECTED');
  expect(step.leftBehind).toBe('');
}

describe('secrets', () => {
  const { cert, key } = selfSigned('client');
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const middle = key.split('\n')[1] ?? '';

  test.each([
    ['token', { token: 'canary-token-1234' }, ['canary-token-1234']],
    ['password', { username: 'ada', password: 'canary-password' }, ['canary-password', base64('ada:canary-password')]],
    [
      'client-key-data',
      { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) },
      [middle, base64(key)],
    ],
    ['tokenFile', { tokenFile: 'token' }, ['canary-in-a-file']],
  ])('%s is masked before its first use', async (_, user, secrets) => {
    // A server that says back what it was told is the worst case.
    await using here = await workspace({
      user,
      reply: (response, seen) =>
        failure(
          403,
          'Forbidden',
          `${seen.headers.authorization} ${secrets.join(' ')} ${secrets.map(base64).join(' ')}`,
        )(response, seen),
      more: {
        users: [
          { name: 'u', user },
          { name: 'other', user: { token: 'canary-of-another' } },
        ],
      },
    });
    await here.secret.write('token', 'canary-in-a-file\n');
    const step = await runAction({ workspace: here.folder, with: { command: 'status', kubeconfig: here.kubeconfig } });
    expect(step.outputs['reason']).toBe('CLUSTER_FORBIDDEN');
    const shown = JSON.stringify([step.log, step.annotations, step.summary, step.outputs]);
    for (const secret of secrets) {
      for (const form of [secret, base64(secret), encodeURIComponent(secret)]) expect(shown).not.toContain(form);
      const masked = step.commands.findIndex(({ name, data }) => name === 'add-mask' && data.includes(secret));
      expect(masked).toBeGreaterThanOrEqual(0);
      expect(masked).toBeLessThan(step.commands.findIndex(({ name }) => name === 'error'));
    }
    expect(JSON.stringify(step)).not.toContain('canary-of-another');
  });

  test('a broken kubeconfig is not quoted', async () => {
    await using here = await workspace();
    const file = await here.secret.write('broken', 'users: [{ token: canary-broken\n  x: [');
    const step = await runAction({ workspace: here.folder, with: { command: 'status', kubeconfig: file } });
    expect(step.outputs['reason']).toBe('KUBECONFIG_INVALID');
    expect(JSON.stringify(step)).not.toContain('canary-broken');
  });

  test('what an earlier step left in the environment does not reach what stepgate starts', async () => {
    await using here = await workspace();
    const marker = `${here.secret.path}/ran`;
    const program = await here.secret.write('program', `#!/bin/sh\ntouch ${marker}\n`, 0o755);
    const env = {
      GIT_EXTERNAL_DIFF: program,
      GIT_SSH_COMMAND: program,
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'core.fsmonitor',
      GIT_CONFIG_VALUE_0: program,
      GIT_DIR: '/nowhere',
    };
    const step = await runAction({ workspace: here.folder, with: { command: 'plan', offline: 'true' }, env });
    expect(step.code).toBe(0);
    await expect(promisify(execFile)('test', ['-e', marker])).rejects.toThrow();
  });
});

describe('cancelling', () => {
  test.each([
    ['while the API server does not answer', hang(), {}],
    ['while it watches', cluster('x'), { watch: 'true' }],
  ])('%s, it ends in time and says that the rollout stays', async (_, reply, more) => {
    const asked = Promise.withResolvers<void>();
    await using here = await workspace({
      reply: (response, seen) => {
        setTimeout(asked.resolve, 300);
        return reply(response, seen);
      },
    });
    const step = await runAction({
      workspace: here.folder,
      with: { command: 'status', kubeconfig: here.kubeconfig, ...more },
      cancel: asked.promise,
    });
    expect(step).toMatchObject({ code: 1, signal: null });
    expect(step.endedAfter).toBeLessThan(5_000);
    expect(step.outputs).toMatchObject({ reason: 'CANCELLED', 'exit-code': '130' });
    expect(failed(step)).toContain('CANCELLED: cancelled; the rollout stays as it is');
    expect(step.summary).toContain('CANCELLED');
    expect(here.server.seen.map(({ method }) => method)).not.toContain('PATCH');
  });
});
