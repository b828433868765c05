import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { trafficInConfig } from '../../src/targets/index.ts';

/** A provider of traffic is one file and one row. */

const folder = new URL('../../src/', import.meta.url);
const sources = async () => {
  const names = await readdir(folder, { recursive: true });
  const files = names.filter((name) => name.endsWith('.ts') && !/^(simulator|targets\/kruise\/traffic)\//.test(name));
  return Promise.all(files.map(async (name) => ({ name, text: await readFile(new URL(name, folder), 'utf8') })));
};

test('no file outside of the folder names a provider', async () => {
  const { keys } = trafficInConfig.key.shape;
  const kinds = Object.keys(keys).filter((key) => !['service', 'grace', 'canaryService'].includes(key));
  expect(kinds).toEqual(['ingress', 'gateway', 'custom', 'routing']);
  const named = /traffic\??\.(ingress|gateway|custom)\b|\b(ingress|gateway|custom):/u;
  const wrong = (await sources()).filter(({ text }) => named.test(text)).map(({ name }) => name);
  // It lists, for every kind of object, the paths whose values a published diff shows.
  expect(wrong).toEqual(['views/listed-paths.ts']);
});
