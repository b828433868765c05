import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseManifests } from '../../../src/config/manifest.ts';
import { parseConfig } from '../../../src/policy/schema.ts';
import { codes } from '../../../src/release/codes.ts';
import { targets } from '../../../src/targets/index.ts';

const page = readFileSync(new URL('../../../docs/approllout.md', import.meta.url), 'utf8');

test('the example of the page renders to what the page says', () => {
  const [config = '', manifest = '', rendered = ''] = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(
    ([, text]) => text,
  );
  const [shop] = parseConfig({ file: 'stepgate.yaml', text: config, readInclude: () => [] }).deliveries;
  if (shop === undefined) throw new Error('the page has a delivery');
  const target = targets.of(shop);
  expect(target.name).toBe('vela-approllout');
  const manifests = parseManifests([{ file: 'deploy/shop.yaml', text: manifest }]).map(({ object }) => object);
  expect(target.renderYaml(target.render(shop, `0123456789${'0'.repeat(30)}`, manifests, 1))).toBe(rendered);
});

test('the codes of the page are codes of stepgate', () => {
  const known = new Set(Object.keys(codes));
  const named = [...page.matchAll(/`([A-Z]+_[A-Z_]+)`/g)].map(([, code = '']) => code);
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((code) => !known.has(code))).toEqual([]);
});
