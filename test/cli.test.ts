import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { execute } from '../src/command-line.ts';
import { commands } from '../src/commands/index.ts';
import { isArgument } from '../src/commands/options.ts';
import type { Report } from '../src/release/report.ts';
import type { Examined } from '../src/views/doctor.ts';
import { machineClock } from '../src/wire.ts';
import { dist } from './action/runner.ts';
import { cluster, workspace } from './action/workspace.ts';
import { folder, hang, kubeconfig } from './adapters/kubernetes/server.ts';
import { type Ended, stepgate, typed } from './support/command-line.ts';
import { terminalScreen } from './support/screen.ts';

const report = ({ stdout }: Ended) => JSON.parse(stdout) as Report;
const names = Object.keys(commands);

describe('help', () => {
  test.each([[], ['help'], ['--help'], ['-h']])('%j lists the commands', async (...args) => {
    const { code, stdout, stderr } = await typed(args);
    expect([code, stderr]).toEqual([0, '']);
    for (const name of names) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
  });

  test.each(['version', '--version'])('%s says which build it is', async (word) => {
    const text = await readFile(new URL('../package.json', import.meta.url), 'utf8');
    const { version } = JSON.parse(text) as { readonly version: string };
    expect(await typed([word])).toEqual({
      code: 0,
      stdout: `stepgate ${version}, Node ${process.versions.node}\n`,
      stderr: '',
    });
  });

  test('is what a process prints', async () => {
    expect(await stepgate(['help'])).toEqual(await typed(['help']));
  });

  test.each(Object.entries(commands))(
    'of %s lists its options, also outside of a repository',
    async (name, { options, what }) => {
      const said = await typed(['help', name]);
      expect(said).toMatchObject({ code: 0, stderr: '' });
      expect(said.stdout).toContain(what);
      expect([...said.stdout.matchAll(/^ {2}--([\w-]+)/gm)].map(([, option]) => option)).toEqual(
        options.filter(isArgument),
      );
      expect(await typed([name, '--help'])).toEqual(said);
    },
  );
});

describe('what cannot be understood is exit 2 and USAGE', () => {
  test.each([[['destroy']], [['status', '--nope', '--json']]])('%j, as a process', async (args) => {
    const ended = await stepgate(args);
    expect(ended.code).toBe(2);
    expect(ended).toEqual(await typed(args));
  });

  test.each([
    [['destroy'], "there is no command 'destroy'"],
    [['statuss'], 'did you mean status?'],
    [['status', '--nope'], '--nope'],
    [['status', '--deliveries', 'shop'], 'did you mean --delivery?'],
    [['status', '--config', ''], 'no value is given for config'],
    [['render', '--at', ''], 'no value is given for at'],
    [['status', 'shop'], 'shop'],
    [['deploy', '--dry-run'], '--dry-run'],
    [['deploy', '--timeout', '5x'], 'timeout'],
    [['deploy', '--until', 'later'], 'write wait or done'],
    [['plan', '--at'], '--at'],
    [['promote', '--method', 'magic'], 'write status or plan'],
    [['status', '--github-token', 'canary'], "Unknown option '--github-token'"],
    [['status', '--kubeconfig', 'users:\n- token: canary'], 'kubeconfig is not a path'],
  ])('%j', async (args, words) => {
    const text = await typed(args);
    expect(text).toMatchObject({ code: 2, stdout: '' });
    expect(text.stderr).toContain('USAGE');
    expect(text.stderr).toContain(words);
    expect(text.stderr).not.toMatch(/canary|\n +at /);
    const json = await typed([...args, '--json']);
    expect(json.code).toBe(2);
    if (args.at(-1) !== '--at')
      expect(report(json)).toMatchObject({
        command: args[0],
        changed: false,
        error: { family: 'input', code: 'USAGE', at: null },
        deliveries: [],
      });
  });
});

test.each([
  [['deploy', '--output', 'html'], 'deploy has no picture for --output html'],
  [['deploy', '--output', 'html'], 'plan, status, rehearse have one'],
  [['render', '--output', 'svg'], 'render has no picture for --output svg'],
  [['status', '--watch', '--output', 'html'], 'leave out --watch'],
])('a picture of what has none is exit 2 and USAGE: %j', async (args, words) => {
  const ended = await typed(args);
  expect(ended).toMatchObject({ code: 2, stdout: '' });
  expect(ended.stderr).toContain('USAGE');
  expect(ended.stderr).toContain(words);
});

test.each([
  ['html', /^<!DOCTYPE html>[\s\S]*stepgate status failed[\s\S]*GIT_FAILED/],
  ['svg', /^<svg [\s\S]*stepgate status: GIT_FAILED/],
])('a command that fails says so in its picture too: %s', async (output, words) => {
  const ended = await typed(['status', '--output', output]);
  expect(ended.code).toBe(2);
  expect(ended.stdout).toMatch(words);
  expect(ended.stderr).toContain('GIT_FAILED');
});

describe('what is missing is named', () => {
  test('doctor without a repository, in a check', async () => {
    const ended = await typed(['doctor', '--json']);
    expect(ended.code).toBe(2);
    const { checks } = JSON.parse(ended.stdout) as Examined;
    expect(checks[0]).toMatchObject({ about: 'git', name: 'repository', is: 'error', code: 'GIT_FAILED' });
  });

  test.each(names.filter((name) => name !== 'doctor'))('%s without a repository', async (name) => {
    const ended = await typed([name, '--json']);
    expect(ended.code).toBe(2);
    const clone = { code: 'GIT_FAILED', hint: expect.stringContaining('clone') };
    // What can do without one needs no more than the delivery's name, or the forge.
    const delivery = { code: 'DELIVERY_REQUIRED', hint: expect.stringContaining('--delivery NAME') };
    const forge = { code: 'USAGE', hint: expect.stringContaining('github-token') };
    const wanted = new Map([
      ...['rollback', 'hold', 'resume'].map((one) => [one, delivery] as const),
      ['answer', forge],
    ]);
    expect(report(ended).error).toMatchObject(wanted.get(name) ?? clone);
  });

  test('git', async () => {
    await using here = await workspace();
    const ended = await stepgate(['config', '--json'], { cwd: here.folder, env: { PATH: '/nonexistent' } });
    expect(ended.code).toBe(3);
    expect(report(ended).error).toMatchObject({ family: 'environment', code: 'TOOL_MISSING' });
  });

  test.each([
    [{ LANG: 'C.UTF-8' }, '发布.yaml'],
    [{ LANG: 'C.UTF-8', NO_COLOR: '1' }, '发布.yaml'],
    [{ LC_ALL: '', LANG: 'de_DE.utf8' }, '发布.yaml'],
    [{}, '发布.yaml'],
    [{ LANG: 'C' }, '??.yaml'],
    [{ LANG: 'C.UTF-8', LC_ALL: 'POSIX' }, '??.yaml'],
  ])('a config of another script, into a pipe with %j', async (env, shown) => {
    await using here = await workspace();
    const ended = await stepgate(['render', '--config', '发布.yaml'], { cwd: here.folder, env });
    expect(ended.stderr).toContain(shown);
  });

  test('a config', async () => {
    await using here = await workspace({ changed: { 'stepgate.yaml': null } });
    const ended = await typed(['status', '--json'], { cwd: here.folder });
    expect(ended.code).toBe(2);
    expect(report(ended).error).toMatchObject({ code: 'CONFIG_NOT_FOUND' });
  });

  test.each(['status', 'plan', 'deploy', 'promote', 'tick', 'rollback', 'hold', 'resume'])(
    'a kubeconfig, by %s',
    async (name) => {
      await using here = await workspace();
      const ended = await stepgate([name, '--json'], { cwd: here.folder });
      expect(ended.code).toBe(2);
      expect(report(ended).deliveries[0]).toMatchObject({
        name: 'shop',
        reason: 'KUBECONFIG_INVALID',
        error: { family: 'input' },
      });
    },
  );

  test('a cluster', async () => {
    await using here = await workspace();
    await using elsewhere = await folder();
    const file = await elsewhere.write(
      'config',
      kubeconfig({ server: 'http://127.0.0.1:1' }, { token: 'not-to-be-seen' }),
    );
    const ended = await stepgate(['status', '--json', '--kubeconfig', file], { cwd: here.folder });
    expect(ended.code).toBe(3);
    expect(report(ended).deliveries[0]).toMatchObject({ reason: 'CLUSTER_UNREACHABLE' });
    expect(ended.stdout + ended.stderr).not.toContain('not-to-be-seen');
  });
});

describe('a hostile config is refused quickly, with its place', () => {
  const bomb = `a: &a [x]\n${Array.from({ length: 30 }, (_, index) => `b${index}: &b${index} [${`*${index === 0 ? 'a' : `b${index - 1}`},`.repeat(9)}]\n`).join('')}`;
  test.each([
    ['an alias bomb', bomb],
    ['deep nesting', `version: ${'['.repeat(20_000)}`],
    ['a prototype key', 'version: 1\n__proto__: { polluted: true }\n'],
    ['a tag', 'version: !!js/function "function(){}"\n'],
    ['too much of it', `version: 1\n${'# '.repeat(2_000_000)}\n`],
    ['two documents', 'version: 1\n---\nversion: 1\n'],
    ['a key twice', 'version: 1\nversion: 1\n'],
    ['no map', '- 1\n'],
    ['nothing', ''],
    ['a control character', 'version: "\u0007"\n'],
    ['a path outside', 'version: 1\ninclude: [../../etc/passwd]\n'],
  ])('%s', async (_, text) => {
    await using here = await workspace({ changed: { 'stepgate.yaml': text } });
    const before = process.cpuUsage();
    const ended = await typed(['config', '--json'], { cwd: here.folder });
    // What this process worked, not what it waited for on a busy machine.
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(5_000);
    expect(ended.code).toBe(2);
    const { error } = report(ended);
    expect(['YAML_INVALID', 'CONFIG_INVALID']).toContain(error?.code);
    expect(error?.at?.file).toBe('stepgate.yaml');
  });
});

describe('the result', () => {
  test('as JSON has every key, and nothing else is on stdout', async () => {
    await using here = await workspace();
    const ended = await stepgate(['plan', '--offline', '--json'], { cwd: here.folder });
    expect(ended.code).toBe(0);
    const { deliveries, ...rest } = report(ended);
    expect(rest).toEqual({ version: 1, command: 'plan', changed: false, error: null, lastTick: null });
    expect(Object.keys(deliveries[0] ?? {})).toEqual(
      'name state reason message release stable step next todo hold pods gates metrics steps trouble batches restarts diagnosis findings changes forecast touched events approval rolledBack pullRequests changed error'.split(
        ' ',
      ),
    );
  });

  test('of plan --offline lists what would be applied, and says that the cluster was not asked', async () => {
    await using here = await workspace();
    const ended = await stepgate(['plan', '--offline', '--json'], { cwd: here.folder });
    const [delivery] = report(ended).deliveries;
    expect(delivery?.changes.map(({ object, what }) => `${what} ${object}`)).toEqual([
      'apply Rollout shop',
      'apply Deployment shop',
    ]);
    expect(delivery?.message).toContain('the cluster was not asked');
  });

  test.each([
    ['waiting', 0, 10],
    ['held', 0, 11],
  ] as const)('of a release that is %s is exit %i, in detail %i', async (is, plain, detailed) => {
    await using here = await workspace({ reply: cluster('x', is) });
    const args = ['status', '--json', '--kubeconfig', here.kubeconfig];
    const ended = await stepgate(args, { cwd: here.folder });
    expect(report(ended).deliveries[0]?.state).toBe(is);
    expect(ended.code).toBe(plain);
    expect((await stepgate([...args, '--detailed-exit-code'], { cwd: here.folder })).code).toBe(detailed);
  });

  test('of config and render is YAML, and asks no server', async () => {
    await using here = await workspace();
    for (const name of ['config', 'render']) {
      const ended = await stepgate([name, ...(name === 'config' ? [] : ['--at', 'HEAD'])], { cwd: here.folder });
      expect(ended).toMatchObject({ code: 0, stderr: '' });
      expect(ended.stdout).toContain('name: shop');
    }
    expect(here.server.seen).toEqual([]);
  });

  test('reading commands send nothing but reads', async () => {
    await using here = await workspace({ reply: cluster('x', 'waiting') });
    await stepgate(['status', '--kubeconfig', here.kubeconfig], { cwd: here.folder });
    expect(here.server.seen.length).toBeGreaterThan(2);
    expect(new Set(here.server.seen.map(({ method }) => method))).toEqual(new Set(['GET']));
  });
});

describe('a signal', () => {
  test.each([
    ['SIGINT', 'while a server hangs', hang(), []],
    ['SIGTERM', 'while it watches', cluster('x', 'waiting'), ['--watch']],
  ] as const)('%s %s ends it with 130, soon', async (signal, _, reply, more) => {
    const asked = Promise.withResolvers<void>();
    await using here = await workspace({
      reply: (response, seen) => {
        setTimeout(asked.resolve, 300);
        return reply(response, seen);
      },
    });
    const args = [`${dist}/cli.js`, 'status', '--json', '--kubeconfig', here.kubeconfig, ...more];
    const child = spawn(process.execPath, args, {
      cwd: here.folder,
      env: here.repo.env,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let stdout = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    const ended = once(child, 'close');
    await asked.promise;
    const sent = performance.now();
    child.kill(signal);
    expect(await ended).toEqual([130, null]);
    expect(performance.now() - sent).toBeLessThan(5_000);
    if (more.length === 0) expect(stdout).toContain('CANCELLED');
  });
});

describe('status --watch', () => {
  async function watched(options: { readonly window: boolean; readonly argv?: readonly string[] }) {
    await using here = await workspace({ reply: cluster('x', 'waiting') });
    const stop = new AbortController();
    const screen = terminalScreen(44, 60);
    let written = '';
    const out = {
      size: options.window ? () => ({ columns: 44, rows: 60 }) : null,
      canvas: () => ({ color: false, width: 44, unicode: true }),
      write(text: string) {
        written += text;
        screen.write(text);
      },
    };
    const running = execute(['status', '--watch', '--kubeconfig', here.kubeconfig, ...(options.argv ?? [])], {
      folder: here.folder,
      env: here.repo.env,
      signal: stop.signal,
      clock: machineClock,
      out,
      err: { ...out, write: () => {} },
      isPersons: options.window,
    });
    await expect
      .poll(() => written.split('\u001b[J').length, { timeout: 20_000 })
      .toBeGreaterThan(options.window ? 2 : 0);
    await expect.poll(() => written).toContain('waiting');
    stop.abort();
    return { code: await running, written, shown: screen.text() };
  }

  test('draws over the picture where somebody looks, and leaves the last one, the cursor never hidden', async () => {
    const { code, written, shown } = await watched({ window: true });
    expect(code).toBe(130);
    expect(written).toMatch(/\u001b\[\d+A\r\u001b\[J/);
    expect(written).not.toContain('\u001b[?25l');
    expect(shown.match(/^◆ shop {2}waiting/gmu)).toHaveLength(1);
    for (const line of shown.split('\n').filter((one) => !one.includes('stepgate '))) {
      expect(line.length).toBeLessThanOrEqual(44);
    }
  });

  test.each([
    ['without a window', { window: false }, /^◆ shop {2}waiting/],
    ['as JSON', { window: false, argv: ['--json'] }, /^\{"version":1,[^\n]*\}\n$/],
  ] as const)('prints changes %s, and moves no cursor', async (_, options, form) => {
    const { code, written } = await watched(options);
    expect(code).toBe(130);
    expect(written).not.toContain('\u001b');
    expect(written).toMatch(form);
  });

  test('tells what fails meanwhile', async () => {
    await using here = await workspace();
    const ended = await typed(['status', '--watch', '--json'], { cwd: here.folder });
    expect(ended.code).toBe(2);
    expect(report(ended).deliveries[0]).toMatchObject({ name: 'shop', reason: 'KUBECONFIG_INVALID' });
  });
});

test("scripts run on the Action's own runtime, whatever the machine has", () => {
  expect(process.version).toMatch(/^v24\./);
});
