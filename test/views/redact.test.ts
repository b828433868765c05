import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/release/json.ts';
import { hideSecrets } from '../../src/views/credentials.ts';
import { unifiedDiff } from '../../src/views/diff.ts';
import { diffObjects as diffWith } from '../../src/views/redact.ts';
import { everybody } from '../support/readers.ts';
import { lawful } from './hostile.ts';

const { fingerprint } = everybody;
/** What a person sees at a terminal. */
const diffObjects = (before: JsonObject | null, after: JsonObject | null) =>
  diffWith(before, after, { values: 'full', fingerprint });

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('a diff of lines', () => {
  it.each([
    ['abc', 'abc', ''],
    ['', 'ab', '@@ -0,0 +1,2 @@|+a|+b'],
    ['ab', '', '@@ -1,2 +0,0 @@|-a|-b'],
    ['abc', 'axc', '@@ -1,3 +1,3 @@| a|-b|+x| c'],
    ['abcdefghij', 'Xbcdefghij', '@@ -1,4 +1,4 @@|-a|+X| b| c| d'],
    ['abcdefghijkl', 'AbcdefghijkL', '@@ -1,4 +1,4 @@|-a|+A| b| c| d|@@ -9,4 +9,4 @@| i| j| k|-l|+L'],
    ['abcdefgh', 'AbcdefgH', '@@ -1,8 +1,8 @@|-a|+A| b| c| d| e| f| g|-h|+H'],
  ])('%s to %s is %s', (before, after, diff) => expect(unifiedDiff([...before], [...after]).join('|')).toBe(diff));

  it('leads from the one to the other', () => {
    const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 40 });
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        expect(applied(before, unifiedDiff(before, after))).toEqual(after);
      }),
      lawful,
    );
  });

  it('of two long texts without anything in common does not take for ever', () => {
    const [before, after] = ['a', 'b'].map((name) => Array.from({ length: 5000 }, (_, at) => `${name}${at}`));
    expect(unifiedDiff(before ?? [], after ?? [])).toHaveLength(10_001);
  });
});

/** `patch`, for the test: carries out a unified diff. */
function applied(before: readonly string[], diff: readonly string[]): string[] {
  const result: string[] = [];
  let at = 0;
  for (const line of diff) {
    const header = /^@@ -(\d+),(\d+) /u.exec(line);
    if (header !== null) {
      const start = Number(header[1]) - (header[2] === '0' ? 0 : 1);
      result.push(...before.slice(at, start));
      at = start;
    } else if (line.startsWith('+')) {
      result.push(line.slice(1));
    } else {
      expect(before[at]).toBe(line.slice(1));
      if (line.startsWith(' ')) result.push(line.slice(1));
      at += 1;
    }
  }
  return [...result, ...before.slice(at)];
}

describe('objects', () => {
  it('show what changes, without what the server writes', () => {
    const object = (image: string, resourceVersion: string): JsonObject => ({
      kind: 'Deployment',
      apiVersion: 'apps/v1',
      metadata: {
        name: 'shop',
        resourceVersion,
        managedFields: [{ manager: resourceVersion }],
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': resourceVersion, kept: 'yes' },
      },
      spec: { template: { spec: { containers: [{ name: 'shop', image }] } } },
      status: { replicas: Number(resourceVersion) },
    });
    expect(diffObjects(object('shop:1', '7'), object('shop:2', '8'))).toEqual([
      '@@ -8,5 +8,5 @@',
      '   template:',
      '     spec:',
      '       containers:',
      '-        - image: shop:1',
      '+        - image: shop:2',
      '           name: shop',
    ]);
    expect(diffObjects(object('shop:1', '7'), object('shop:1', '8'))).toEqual([]);
    expect(diffObjects(null, { kind: 'ConfigMap' })).toEqual(['@@ -0,0 +1,1 @@', '+kind: ConfigMap']);
  });

  it('show that a secret changed, and nothing of it', () => {
    const secret = (password: string): JsonObject => ({
      kind: 'Secret',
      data: { password: base64(password), user: base64('shop-user') },
    });
    const [header, data, removed = '', added = '', ...rest] = diffObjects(
      secret('first-password'),
      secret('other-password'),
    );
    expect([header, data]).toEqual(['@@ -1,4 +1,4 @@', ' data:']);
    expect(removed).toMatch(/^- {2}password: <hidden [0-9a-f]{8}>$/u);
    expect(added).toMatch(/^\+ {2}password: <hidden [0-9a-f]{8}>$/u);
    expect(added.slice(1)).not.toBe(removed.slice(1));
    expect(rest).toEqual([expect.stringMatching(/^ {3}user: <hidden [0-9a-f]{8}>$/u), ' kind: Secret']);
    expect(
      diffObjects(
        { kind: 'Secret', stringData: { a: 'same-value' } },
        { kind: 'Secret', stringData: { a: 'same-value' } },
      ),
    ).toEqual([]);
  });

  it.each([
    [
      'env',
      { env: [{ name: 'DB_PASSWORD', value: 'hunter2-hunter2' }] },
      { env: [{ name: 'DB_HOST', value: 'db.example' }] },
      'db.example',
    ],
    ['arguments', { args: ['--api-token=hunter2-hunter2'] }, { args: ['--port=80'] }, '--port=80'],
    [
      'arguments behind a flag',
      { args: ['--password', 'hunter2-hunter2'] },
      { args: ['--password-file', '/x'] },
      '--password',
    ],
    [
      'addresses',
      { url: 'postgres://shop:hunter2-hunter2@db/shop' },
      { url: 'postgres://db/shop' },
      'postgres://db/shop',
    ],
    [
      'config',
      { kind: 'ConfigMap', data: { API_KEY: 'hunter2-hunter2' } },
      { kind: 'ConfigMap', data: { COLOR: 'blue' } },
      'blue',
    ],
    [
      'variables',
      { env: [{ name: 'SSH_KEY', value: 'hunter2-hunter2' }] },
      { image: 'secret-manager:1.2.3' },
      'secret-manager:1.2.3',
    ],
    ['tokens', { note: 'use ghp_hunter2hunter2hunter2 now' }, { note: 'use it' }, 'use it'],
    [
      'headers of a probe',
      { httpHeaders: [{ name: 'Authorization', value: 'hunter2-hunter2' }] },
      { httpHeaders: [{ name: 'Host', value: 'shop.example' }] },
      'shop.example',
    ],
    ...['dbPass', 'dbPwd', 'JWT', 'OTP', 'PIN', 'PW', 'GITHUB_PAT', 'BEARER', 'REQUEST_SIGNATURE'].map(
      (name): [string, JsonObject, JsonObject, string] => [
        `the variable ${name}`,
        { env: [{ name, value: 'hunter2-hunter2' }] },
        { env: [{ name: 'COMPASS', value: 'north' }] },
        'north',
      ],
    ),
    [
      'the argument behind a user',
      { args: ['curl', '-u', 'ada:hunter2-hunter2'] },
      { args: ['docker', '-u', '1000:1000', '--user', 'ada'] },
      '1000:1000',
    ],
    [
      'files of credentials',
      { kind: 'ConfigMap', data: { '.pgpass': 'a:hunter2' } },
      { data: { x: 'plain' } },
      'plain',
    ],
    ...[
      'curl --user ada:hunter2 https://x',
      'redis-cli -h a -a hunter2 ping',
      'mongosh -u a -p hunter2',
      'sshpass -p hunter2 ssh x',
      'ldapsearch -x -w hunter2',
      'mysql --password hunter2',
      'curl -H "Authorization: Token hunter2"',
      'https://x.example/c?sv=1&sig=hunter2',
      'https://x.example/k?X-Amz-Signature=hunter2&a=b',
      'requirepass hunter2-2',
      'machine x login a password hunter2-2',
      '<db><password>hunter2</password></db>',
      'env:\n- name: DB_PASSWORD\n  value: hunter2\n',
      '{"name":"API_TOKEN","value":"hunter2"}',
      'db:\n  password: >-\n    hunter2\n  user: a\n',
      'ada:$apr1$hunter2x$hunter2hunter2hunter2',
    ].map((text): [string, JsonObject, JsonObject, string] => [
      JSON.stringify(text),
      { kind: 'ConfigMap', data: { file: text } },
      { kind: 'ConfigMap', data: { file: 'docker run -u 1000:1000 shop' } },
      'docker run -u 1000:1000 shop',
    ]),
  ])('hide secrets in %s, and leave the rest', (_, secret, open, shown) => {
    const added = (object: JsonObject) => diffObjects(null, object).join('\n');
    expect(added(secret)).not.toContain('hunter2');
    expect(added(secret)).toMatch(/<hidden [0-9a-f]{8}>/u);
    expect(added(open)).toContain(shown);
  });

  it('let no secret of either through, raw or in base64, wherever it stands', () => {
    const secret = fc.oneof(
      fc
        .string({ minLength: 8, maxLength: 40, unit: 'grapheme-ascii' })
        .filter((text) => text.trim().length >= 8 && /[^a-z:. <>-]/u.test(text)),
      fc
        .string({ minLength: 8, maxLength: 20, unit: 'grapheme' })
        .filter((text) => text.trim() === text && !/^[\s"'\\]/u.test(text)),
      fc.tuple(fc.uuid(), fc.uuid()).map((lines) => lines.join('\n')),
    );
    const object = fc.record({
      held: secret,
      plain: secret,
      env: secret,
      word: fc.string({ maxLength: 5 }),
      place: fc.nat(4),
    });
    fc.assert(
      fc.property(object, object, (left, right) => {
        const made = [left, right].map(
          ({ held, plain, env, word, place }): JsonObject => ({
            kind: 'Secret',
            metadata: {
              name: 'shop',
              annotations: {
                'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ stringData: { plain } }),
                note: `${word} ${[held, plain, base64(held), base64(env), env][place]} ${word}`,
              },
            },
            data: { held: base64(held) },
            stringData: { plain },
            items: [
              {
                env: [
                  { name: 'SHOP_TOKEN', value: env },
                  { name: 'COPY', value: `x${plain}` },
                ],
              },
            ],
          }),
        );
        const [before = null, after = null] = made;
        const text = diffObjects(before, after).join('\n');
        for (const { held, plain, env } of [left, right]) {
          for (const value of [held, plain, env]) {
            expect(text).not.toContain(value);
            expect(text).not.toContain(JSON.stringify(value).slice(1, -1));
            expect(text).not.toContain(base64(value).replace(/=+$/u, ''));
          }
        }
      }),
      { ...lawful, numRuns: 500 },
    );
  });
});

describe('a line of a log', () => {
  const gone = '<hidden>';
  it.each([
    ['DB_PASSWORD=hunter22 failed', `DB_PASSWORD=${gone} failed`],
    ['{"token":"abc def","user":"ada"}', `{"token":${gone},"user":"ada"}`],
    ["api-key: 'k9'", `api-key: ${gone}`],
    ['Authorization: Bearer a1b2c3', `Authorization: Bearer ${gone}`],
    ['connect postgres://ada:s3cret@db:5432/shop', `connect postgres://${gone}@db:5432/shop`],
    ['got AKIAABCDEFGHIJKLMNOP back', `got ${gone} back`],
    ['-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\nnext', `${gone}\nnext`],
    ['proxy_set_header Authorization "Bearer a1b2c3d4";', `proxy_set_header Authorization "Bearer ${gone}";`],
    ['mysql -h db -pS3cret --user=x', `mysql -h db -p${gone} --user=x`],
    [
      'post to https://hooks.slack.com/services/a/b/xyz failed',
      `post to https://hooks.slack.com/services/${gone} failed`,
    ],
    ['key sk_live_abcdefghijklmn is over', `key ${gone} is over`],
    [
      'expected string, got &value.valueUnstructured{Value:493817}',
      `expected string, got &value.valueUnstructured{${gone}`,
    ],
    ['error found in #10 byte of ...|{"pin":493817}|...', `error found in #10 byte of ${gone}`],
    ['cannot unmarshal !!str `hunter2` into int', `cannot unmarshal !!str ${gone} into int`],
    [
      'denied: {"kind":"Secret","metadata":{"name":"s"},"stringData":{"pin":"493817"}}',
      `denied: {"kind":"Secret","metadata":{"name":"s"},"stringData":${gone}}`,
    ],
    ['denied: a Secret with {"data":{"pin":"NDkz', `denied: a Secret with {"data":${gone}`],
    ['denied: map[data:map[pin:NDkz] kind:Secret]', `denied: map[data:${gone} kind:Secret]`],
    [
      'denied: v1.Secret{Data:map[string][]uint8{"pin":[]uint8{0x34}}, StringData:map[string]string{"pin":"493817"}}',
      `denied: v1.Secret{Data:${gone}, StringData:${gone}}`,
    ],
    ['{"kind":"ConfigMap","data":{"color":"blue"}}', '{"kind":"ConfigMap","data":{"color":"blue"}}'],
    ['denied: v1.EnvVar{Name:"DB_PASSWORD", Value:"hunter2"}', `denied: v1.EnvVar{Name:"DB_PASSWORD", Value:${gone}}`],
    ['GET / Authorization: Token a1b2c3', `GET / Authorization: Token ${gone}`],
    ['sign-in --password hunter22 failed', `sign-in --password ${gone} failed`],
    ['get https://x.example/a?sig=abc&b=c failed', `get https://x.example/a?sig=${gone}&b=c failed`],
    ['the flag --token is missing', 'the flag --token is missing'],
    ['the password expired yesterday', 'the password expired yesterday'],
    ['authorization: request denied', 'authorization: request denied'],
    ['invalid token: expired', 'invalid token: expired'],
    ['basic authentication is off', 'basic authentication is off'],
    ['read the token: 403 Forbidden', 'read the token: 403 Forbidden'],
    ['docker run -p 8080:80 shop', 'docker run -p 8080:80 shop'],
    ['pull secret-manager:1.2.3 failed', 'pull secret-manager:1.2.3 failed'],
    ['password:hunter22', `password:${gone}`],
    ['panic: runtime error', 'panic: runtime error'],
  ])('%s', (line, wanted) => {
    expect(hideSecrets(line)).toBe(wanted);
  });

  it('takes no long time, however long it is', () => {
    const began = performance.now();
    for (const part of [
      'a',
      'token',
      'password ',
      '-',
      '"=',
      '://',
      'eyJ',
      'curl ',
      '<token ',
      'name: ',
      ' ',
      'token: |',
    ])
      hideSecrets(part.repeat(32_768 / part.length));
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});
