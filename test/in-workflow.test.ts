import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { Report } from '../src/release/report.ts';
import { collectSecrets } from '../src/secrets.ts';
import { runAction } from './action/runner.ts';
import { cluster, deployment, filesOf, workspace } from './action/workspace.ts';
import { failure } from './adapters/kubernetes/server.ts';
import { type Ended, stepgate, typed } from './support/command-line.ts';

const workflow = { GITHUB_ACTIONS: 'true', GITHUB_EVENT_NAME: 'push' };
/** What the runner takes for a command in a line; both ways to write one. */
const commandsIn = ({ stdout, stderr }: Ended) =>
  `${stdout}\n${stderr}`
    .split(/\r\n|\n|\r/)
    .filter((line) => /^\s*::[a-z-]+( [^:]*)?::/i.test(line) || /##\[/.test(line));

describe('a credential that the server says back', () => {
  const token = 'canary-token-0123456789';
  const echo = failure(500, 'InternalError', `authorization=Bearer ${token}, ${btoa(token)}`);
  const outputs = [[], ['--json'], ['--output', 'markdown']];

  test.each(outputs)('is not printed on a terminal: %j', async (...output) => {
    await using here = await workspace({ user: { token }, reply: echo });
    const ended = await typed(['status', ...output, '--kubeconfig', here.kubeconfig], { cwd: here.folder });
    expect(here.server.seen.length).toBeGreaterThan(0);
    for (const form of [token, btoa(token), 'add-mask']) expect(ended.stdout + ended.stderr).not.toContain(form);
    expect(ended.stdout).toMatch(/authorization=Bearer (\*\*\*|(&#42;){3})/);
  });

  test.each(outputs)('is told to the runner on stderr, and printed nowhere else: %j', async (...output) => {
    await using here = await workspace({ user: { token }, reply: echo });
    const args = ['status', ...output, '--kubeconfig', here.kubeconfig];
    const { stdout, stderr } = await stepgate(args, { cwd: here.folder, env: workflow });
    const told = stderr.split('\n').filter((line) => line.startsWith('::add-mask::'));
    expect(told).toContain(`::add-mask::${token}`);
    expect(new Set(told).size).toBe(told.length);
    const rest = stderr.split('\n').filter((line) => !told.includes(line));
    for (const form of [token, btoa(token)]) expect(stdout + rest.join('\n')).not.toContain(form);
    expect(commandsIn({ code: 0, stdout, stderr: rest.join('\n') })).toEqual([]);
    if (output[0] === '--json') expect((JSON.parse(stdout) as Report).deliveries[0]?.message).toContain('***');
  });

  test('keeps the words of a report, whatever the credential is', async () => {
    await using here = await workspace({ user: { token: 'waiting' }, reply: cluster('x', 'waiting') });
    const args = ['status', '--json', '--detailed-exit-code', '--kubeconfig', here.kubeconfig];
    const ended = await typed(args, { cwd: here.folder });
    expect(ended.code).toBe(10);
    expect((JSON.parse(ended.stdout) as Report).deliveries[0]).toMatchObject({
      state: 'waiting',
      reason: 'PODS_NOT_READY',
    });
  });
});

describe('the list of secrets', () => {
  test('hides each form, the longest first, and tells each once', () => {
    const told: string[] = [];
    const { mask, hide } = collectSecrets((form) => told.push(form));
    mask('abcdef');
    mask('abcdef&ghi=jkl');
    mask('abcdef');
    expect(new Set(told).size).toBe(told.length);
    expect(hide('x abcdef&ghi=jkl y abcdef z')).toBe('x *** y *** z');
    expect(hide(encodeURIComponent('abcdef&ghi=jkl'))).toBe('***');
    expect(hide(Buffer.from('abcdef&ghi=jkl').toString('base64'))).not.toContain('YWJj');
  });

  test.each(['', 'x', 'xy', 'Bearer '])('hides it in another encoding, behind %j', (before) => {
    const { mask, hide } = collectSecrets(() => undefined);
    const secret = 'sesame-0123456789-sesame';
    mask(secret);
    for (const encoding of ['base64', 'base64url', 'hex'] as const) {
      const said = Buffer.from(`${before}${secret} and more`).toString(encoding);
      expect(Buffer.from(hide(said).replaceAll('***', ''), encoding).toString()).not.toMatch(/sesame|0123/);
    }
    expect(hide(Buffer.from(secret).toString('hex').toUpperCase())).toBe('***');
    mask('<sesame & "more">');
    expect(hide('&lt;sesame &amp; &quot;more&quot;&gt;')).toBe('***');
  });

  test('hides what is left of one where a message was cut', () => {
    const { mask, hide } = collectSecrets(() => undefined);
    const secret = 'sesame-0123456789-abcdefghij-klmnop';
    mask(secret);
    for (let length = 12; length <= secret.length; length += 1) {
      expect(hide(`said ${secret.slice(0, length)}... and ${secret.slice(0, length)}`)).toBe('said ***... and ***');
    }
    expect(hide('open sesame')).toBe('open sesame');
  });

  test('hides each line of a key', () => {
    const { mask, hide } = collectSecrets(() => undefined);
    mask('-----BEGIN KEY-----\nAAAABBBBCCCC\r\nDDDDEEEEFFFF\n-----END KEY-----\n');
    expect(hide('it has AAAABBBBCCCC, DDDDEEEEFFFF')).toBe('it has ***, ***');
    expect(hide('-----BEGIN KEY-----')).toBe('-----BEGIN KEY-----');
  });

  test('an empty one hides nothing', () => {
    const { mask, hide } = collectSecrets(() => undefined);
    for (const one of ['', ' ', '\n']) mask(one);
    expect(hide('a b')).toBe('a b');
  });
});

describe('a value of a Secret that is read', () => {
  const secret = `---
apiVersion: v1
kind: Secret
metadata: { name: keys }
stringData: { pin: '493817', password: hunter-canary-22, mode: production, name: shop-keys-1 }
data: { other: ${btoa('encoded-canary-1')} }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: shop-keys-1 }
`;
  const changed = { 'deploy/shop.yaml': `${deployment('shop:v1')}${secret}` };

  test('is told to the runner, and hidden', async () => {
    await using here = await workspace({ changed });
    const { stderr } = await typed(['plan', '--offline'], { cwd: here.folder, env: workflow });
    const told = stderr.split('\n').filter((line) => line.startsWith('::add-mask::'));
    for (const value of ['hunter-canary-22', 'encoded-canary-1']) expect(told).toContain(`::add-mask::${value}`);
    // Ordinary words and names of objects stay readable.
    for (const word of ['493817', 'production', 'shop-keys-1']) expect(told).not.toContain(`::add-mask::${word}`);
  });

  test('stays what it is in the YAML that render makes', async () => {
    await using here = await workspace({ changed });
    const ended = await typed(['render'], { cwd: here.folder, env: workflow });
    expect(ended.stdout).toContain('password: hunter-canary-22');
    expect(ended.stderr).toContain('::add-mask::hunter-canary-22\n');
  });

  test('is hidden in the words of a report, and changes no name', () => {
    const { maskRead, hide, hideIn, hideOwn } = collectSecrets(() => undefined);
    maskRead('shop-canary-1');
    const told = { name: 'shop-canary-1', message: 'denied: shop-canary-1', diff: [`+${btoa('shop-canary-1')}`] };
    expect(hideIn(told)).toEqual({ name: 'shop-canary-1', message: 'denied: ***', diff: ['+***'] });
    expect(hide('shop-canary-1')).toBe('***');
    expect(hideOwn('shop-canary-1')).toBe('shop-canary-1');
  });
});

describe('what a program prints', () => {
  const changed = {
    'stepgate.yaml': String(filesOf(['shop'])['stepgate.yaml']).replace(
      '{ files: [deploy/shop.yaml] }',
      '{ kustomize: deploy }',
    ),
    'deploy/kustomization.yaml': 'resources: [shop.yaml]\n',
  };
  const words = [
    '::add-mask::true',
    'a ##[error]x',
    'password=hunter-sesame-22',
    'Authorization: Bearer sesame.0123456789',
    'fetch https://me:sesame-of-a-url@git.example/base',
    'ghp_sesame0123456789abcdefgh',
  ];
  const kustomize = `#!/bin/sh\ncat >&2 << 'END'\n${words.join('\n')}\nEND\nexit 1\n`;

  test.each([[[]], [['--json']], [['--output', 'markdown']], [['--output', 'html']]])(
    'has no credential and no command: %j',
    async (args) => {
      await using here = await workspace({ changed });
      await here.secret.write('kustomize', kustomize, 0o700);
      const env = { ...workflow, PATH: `${here.secret.path}:${process.env['PATH']}` };
      const ended = await typed(['plan', '--offline', ...args], { cwd: here.folder, env });
      expect(ended.stdout).toContain('kustomize cannot build deploy');
      const lines = ended.stderr.split('\n');
      const told = lines.filter((line) => line.startsWith('::add-mask::'));
      expect(told).toContain('::add-mask::hunter-sesame-22');
      const rest = { ...ended, stderr: lines.filter((line) => !told.includes(line)).join('\n') };
      expect(rest.stdout + rest.stderr).not.toContain('sesame');
      expect(commandsIn(rest)).toEqual([]);
    },
  );

  test('has none in the log of the Action', async () => {
    await using here = await workspace({ changed });
    await here.secret.write('kustomize', kustomize, 0o700);
    const step = await runAction({
      workspace: here.folder,
      with: { command: 'plan', offline: 'true' },
      env: { PATH: `${here.secret.path}:${process.env['PATH']}` },
    });
    const shown = JSON.stringify([step.log, step.summary, step.outputs, step.annotations]);
    expect(shown).toContain('kustomize cannot build deploy');
    expect(shown).not.toContain('sesame');
  });
});

describe('what is foreign', () => {
  const lines = ['::add-mask::true', '::set-output name=state::done', '  ::stop-commands::x', 'a ##[add-mask]true'];
  const map = `apiVersion: v1
kind: ConfigMap
metadata: { name: x, annotations: { note: "a ##[add-mask]true" } }
data:
  script: |
${lines.map((line) => `    ${line}`).join('\n')}
    line
`;

  test.each([
    ['render'],
    ['config'],
    ['plan', '--offline'],
    ['plan', '--offline', '--json'],
    ['plan', '--offline', '--output', 'markdown'],
    ['rehearse'],
    ['rehearse', '--picture', 'mermaid'],
    ['rehearse', '--picture', 'svg'],
    ['rehearse', '--output', 'html'],
    ['plan', '--offline', '--output', 'html'],
    ['plan', '--offline', '--output', 'svg'],
    ['status', '--output', 'xml::\n::error::x'],
    ['::error::x'],
    ['status', '::error::x'],
    ['plan', '--at', '\n::error::x'],
    ['plan', '--delivery', '##[error]x'],
  ])('is no command in a workflow: %j', async (...args) => {
    await using here = await workspace({
      changed: { 'deploy/shop.yaml': `${deployment('shop:v1')}---\n${map}` },
    });
    const ended = await typed(args, { cwd: here.folder, env: workflow });
    expect(ended.stdout + ended.stderr).not.toBe('');
    expect(commandsIn(ended)).toEqual([]);
  });

  test('what is rendered means the same there, and elsewhere stays as it was', async () => {
    await using here = await workspace({
      changed: { 'deploy/shop.yaml': `${deployment('shop:v1')}---\n${map}` },
    });
    const watched = await typed(['render'], { cwd: here.folder, env: workflow });
    const plain = await typed(['render'], { cwd: here.folder });
    const read = (text: string) => parseAllDocuments(text).map((document) => document.toJS() as unknown);
    expect(read(watched.stdout)).toEqual(read(plain.stdout));
    expect(JSON.stringify(read(watched.stdout))).toContain(JSON.stringify(lines[0]).slice(1, -1));
    expect(plain.stdout).toContain(`\n    ${lines[0]}\n`);
  });
});

describe('a kubeconfig in the place of its path', () => {
  const content = `apiVersion: v1\nclusters: []\nusers: [{ name: u, user: { token: canary-of-the-content-0123456789 } }]\n`;
  const forms = {
    yaml: content,
    base64: Buffer.from(content.repeat(8)).toString('base64'),
    hex: Buffer.from(content).toString('hex'),
    address: encodeURIComponent(content),
  };
  const shows = (text: string, form: string) =>
    Array.from({ length: Math.floor(form.length / 20) }, (_, index) => form.slice(index * 20, index * 20 + 20)).some(
      (part) => text.includes(part),
    );

  test.each(Object.entries(forms))('as %s is refused without a word of it', async (_, form) => {
    await using here = await workspace();
    const given = await typed(['status', '--json', '--kubeconfig', form], { cwd: here.folder });
    expect((JSON.parse(given.stdout) as Report).error).toMatchObject({
      code: 'USAGE',
      message: 'kubeconfig is not a path',
    });
    const inherited = await typed(['status', '--json'], { cwd: here.folder, env: { KUBECONFIG: form } });
    expect((JSON.parse(inherited.stdout) as Report).deliveries[0]).toMatchObject({
      reason: 'KUBECONFIG_INVALID',
      message: 'KUBECONFIG is neither a path nor a list of paths',
    });
    // A shell that splits what is not quoted makes arguments of it.
    const split = await typed(['status', '--kubeconfig', ...(form.match(/.{1,76}/g) ?? [])], { cwd: here.folder });
    expect(split.code).toBe(2);
    const step = await runAction({ workspace: here.folder, with: { command: 'status', kubeconfig: form } });
    expect(step.outputs).toMatchObject({ reason: 'USAGE', message: 'kubeconfig is not a path' });
    for (const text of [given, inherited, split, [step.log, step.summary, step.outputs, step.annotations]]) {
      expect(shows(JSON.stringify(text), form)).toBe(false);
    }
  });

  test('a path that is long, has spaces or is one of a list still works', async () => {
    await using here = await workspace({ reply: cluster('x', 'waiting') });
    const text = await readFile(here.kubeconfig, 'utf8');
    const names = ['my kube config', `${'deep-'.repeat(40)}config`, 'clusters', 'Ab3xK9QzYw7LmN2pRs4TuV6wXy8Za1Bc'];
    for (const name of names) {
      const file = await here.secret.write(name, text);
      const given = ['status', '--json', '--kubeconfig', file];
      for (const ended of [
        await typed(given, { cwd: here.folder }),
        await typed(['status', '--json'], { cwd: here.folder, env: { KUBECONFIG: `/nonexistent/users:${file}:` } }),
      ]) {
        expect((JSON.parse(ended.stdout) as Report).deliveries[0]).toMatchObject({ state: 'waiting', error: null });
      }
    }
  });
});
