import { createHash } from 'node:crypto';
import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { areKubeconfigPaths, isKubeconfigPath, shownPath } from '../../src/config/kubeconfig-path.ts';

/** Bytes without a pattern, the same in every run. */
function noise(seed: string, length: number): string {
  const parts = Array.from({ length: Math.ceil(length / 64) }, (_, index) =>
    createHash('sha512').update(`${seed} ${index}`).digest(),
  );
  return Buffer.concat(parts).subarray(0, length).toString('base64');
}

const config = (seed: string) => ({
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'prod',
  clusters: [
    {
      name: 'prod',
      cluster: { server: 'https://10.0.0.1:6443', 'certificate-authority-data': noise(`${seed} ca`, 900) },
    },
  ],
  contexts: [{ name: 'prod', context: { cluster: 'prod', user: 'ci' } }],
  users: [{ name: 'ci', user: { token: noise(`${seed} token`, 300) } }],
});
const small = {
  clusters: [{ name: 'c', cluster: { server: 'http://127.0.0.1:1' } }],
  users: [{ name: 'u', user: { token: 'abcdefghijkl' } }],
  contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
  'current-context': 'x',
};

const wrapped = (text: string, width = 76) => text.match(new RegExp(`.{1,${width}}`, 'gu'))?.join('\n') ?? '';
const swapped = (text: string) => Buffer.from(text, 'utf16le').swap16().toString('utf16le');
const bytes = (text: string) => Buffer.from(text);

/** How a kubeconfig is handed on: the text in, what stands in the option out. */
const encodings: Readonly<Record<string, (text: string) => string>> = {
  'as it is': (text) => text,
  'with a mark before it': (text) => `\ufeff${text}`,
  'behind spaces and line breaks': (text) => `\n   ${text}`,
  'folded to one line': (text) => text.replace(/\s+/gu, ' '),
  'with its line breaks as backslash and n': (text) => text.replaceAll('\n', '\\n'),
  'quoted as a JSON string': (text) => JSON.stringify(text),
  base64: (text) => bytes(text).toString('base64'),
  'base64 without padding': (text) => bytes(text).toString('base64').replace(/=+$/u, ''),
  'base64 in lines': (text) => wrapped(bytes(text).toString('base64')),
  'base64 in lines that a shell has joined by spaces': (text) =>
    wrapped(bytes(text).toString('base64')).replaceAll('\n', ' '),
  'base64 in quotes': (text) => `"${bytes(text).toString('base64')}"`,
  'base64 with a word before it': (text) => `base64:${bytes(text).toString('base64')}`,
  'base64 for addresses': (text) => bytes(text).toString('base64url'),
  'base64 with its signs escaped': (text) => encodeURIComponent(bytes(text).toString('base64')),
  'base64 of base64': (text) => bytes(bytes(text).toString('base64')).toString('base64'),
  'base64 from somewhere in the middle': (text) => bytes(text).toString('base64').slice(41),
  'base64 of UTF-16 with a mark': (text) => Buffer.from(`\ufeff${text}`, 'utf16le').toString('base64'),
  'base64 of UTF-16 the other way round': (text) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16().toString('base64'),
  'base64 of gzip': (text) => gzipSync(text).toString('base64'),
  'base64 of gzip for addresses': (text) => gzipSync(text).toString('base64url'),
  'base64 of zlib': (text) => deflateSync(text).toString('base64'),
  'a data address': (text) => `data:application/yaml;base64,${bytes(text).toString('base64')}`,
  'a data address with escapes': (text) => `data:,${encodeURIComponent(text)}`,
  'escaped for addresses': (text) => encodeURIComponent(text),
  'escaped for addresses, slashes left': (text) => encodeURI(text),
  hexadecimal: (text) => bytes(text).toString('hex'),
  'hexadecimal in capitals': (text) => bytes(text).toString('hex').toUpperCase(),
  'hexadecimal with colons': (text) => bytes(text).toString('hex').match(/../gu)?.join(':') ?? '',
  'hexadecimal of gzip': (text) => gzipSync(text).toString('hex'),
  'UTF-16 read the wrong way round': swapped,
  'UTF-16 read as UTF-8': (text) => Buffer.from(`\ufeff${text}`, 'utf16le').toString('utf8'),
};

describe('a kubeconfig in the place of its path is known for one:', () => {
  test.each(Object.entries(encodings))('%s', (_, encoded) => {
    for (const value of [config('one'), config('two'), small]) {
      for (const text of [stringify(value), JSON.stringify(value), JSON.stringify(value, null, 2)]) {
        const given = encoded(text);
        expect([given, isKubeconfigPath(given)]).toEqual([given, false]);
        expect([given, areKubeconfigPaths(given, ':')]).toEqual([given, false]);
        expect(shownPath(given)).not.toContain(given.slice(10, 20));
      }
    }
  });

  test.each([
    'users: [{ name: u, user: { token: x } }]',
    '- name: u',
    'token: abcdef',
    'eyJhbGciOiJSUzI1NiIsImtpZCI6IiJ9.eyJpc3MiOiJrdWJlcm5ldGVzIn0.c2lnbmF0dXJl',
    '-----BEGIN RSA PRIVATE KEY-----',
    'https://user:password@example.com/kubeconfig',
    'a'.repeat(300),
    `/tmp/${'a/'.repeat(2100)}config`,
  ])('so is a part of one, and what is no path: %s', (text) => {
    expect(isKubeconfigPath(text)).toBe(false);
  });
});

const paths = [
  'kubeconfig',
  'config',
  './kube/config',
  '../config',
  '~/.kube/config',
  '/home/me/.kube/config',
  '/home/me/clusters/users/contexts/token',
  '/home/me/my kube/config of prod.yaml',
  'clusters/prod/kubeconfig',
  '/run/secrets/kubernetes.io/serviceaccount/token',
  '/home/runner/work/_temp/kubeconfig_1712345678901',
  '/home/runner/_work/_temp/3c0b9d0e-98a7-4f7b-a0e2-1d2c3b4a5f6e/kubeconfig',
  '/home/runner/_work/some-long-organisation-name/some-long-repository-name/environments/production/kubeconfig',
  '/var/folders/zz/zyxvpxvq6csfxvn_n0000000000000/T/tmp-1234-AbCdEfGhIjKl/kubeconfig',
  '/nix/store/8wd2mkdy4jk1bq5xw5v1iqvdb6l9ah3q-kubeconfig-prod/config',
  '/Users/JaneDoe/Library/CloudStorage/OneDrive-AcmeCorp/K8sConfigs/ProdEU1/kubeconfig.yaml',
  '/private/tmp/kubeconfigs/AbC1dEf2GhI3jKl4MnO5pQr6/kubeconfig',
  '/tmp/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855/kubeconfig',
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  `/${'deep/'.repeat(200)}kubeconfig`,
  '/home/josé/.kube/конфиг',
  '/home/jos%C3%A9%E2%80%99s/kubeconfig',
  '/home/me/keyjournal-service/kubeconfig',
  'data/kubeconfig',
  'C:\\Users\\Jane Doe\\.kube\\config',
  'kubeconfig-for-production-in-europe-west-of-the-second-cluster-of-acme-corporation',
];

describe('a path is a path:', () => {
  test.each(paths)('%s', (path) => {
    expect(isKubeconfigPath(path)).toBe(true);
    if (path.length <= 256) expect(shownPath(path)).toBe(path);
  });

  test('so is a list of them', () => {
    const list = paths.filter((path) => !path.includes('C:')).join(':');
    expect(areKubeconfigPaths(list, ':')).toBe(true);
    expect(areKubeconfigPaths('', ':')).toBe(true);
    expect(areKubeconfigPaths('/home/me/users:/home/me/clusters:', ':')).toBe(true);
  });

  test('a long one that is not there is not quoted', () => {
    expect(shownPath(`/${'deep/'.repeat(200)}kubeconfig`)).toBe('of 1011 characters');
  });
});
