import { expect, it } from 'vitest';
import { guardedLookup, isInternal } from '../../src/adapters/addresses.ts';

it.each<[string, boolean]>([
  ['127.0.0.1', true],
  ['127.255.255.254', true],
  ['0.0.0.0', true],
  ['169.254.169.254', true],
  ['100.100.100.200', true],
  ['168.63.129.16', true],
  ['::', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['::ffff:a9fe:a9fe', true],
  ['64:ff9b::a9fe:a9fe', true],
  ['64:ff9b::7f00:1', true],
  ['fe80::1', true],
  ['fe80::1%eth0', true],
  ['fd00:ec2::254', true],
  ['fd20:ce::254', true],
  ['10.0.0.1', false],
  ['192.168.1.1', false],
  ['100.100.100.201', false],
  ['64:ff9b::a00:1', false],
  ['fd00::1', false],
  ['2001:db8::1', false],
])('%s is internal: %j', (ip, expected) => {
  expect(isInternal(ip)).toBe(expected);
});

it('judges what a name leads to when it connects', async () => {
  const lookUp = (host: string, internal: 'never' | 'named', all: boolean) =>
    new Promise<string>((resolve) =>
      guardedLookup(internal, () => new Error('refused'))(host, { all }, (error, found) =>
        resolve(error === null ? JSON.stringify(found) : error.message),
      ),
    );
  expect(await lookUp('localhost', 'never', true)).toBe('refused');
  expect(await lookUp('localhost', 'named', true)).toMatch(/127\.0\.0\.1|::1/);
  expect(await lookUp('localhost', 'named', false)).toMatch(/^"(127\.0\.0\.1|::1)"$/);
  expect(await lookUp('nowhere.invalid', 'named', true)).toMatch(/ENOTFOUND|EAI_AGAIN/);
});
