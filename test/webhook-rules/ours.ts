import { parseConfig } from '../../src/policy/schema.ts';
import { asError, isInputError } from '../../src/release/error.ts';
import type { Finding } from '../../src/release/finding.ts';
import { manifest } from '../acts/files.ts';
import { openShop, type Shop } from '../acts/shop.ts';
import type { Rule } from './rule.ts';
import { liveConfig } from './rules-of-releases.ts';

/** The problems of a stepgate.yaml, as rows write them. */
export function problemsOf(config: string): readonly string[] {
  try {
    parsed(config);
    return [];
  } catch (thrown) {
    const error = asError(thrown);
    if (!isInputError(error)) throw thrown;
    return error.problems.map(
      ({ at, code, message, hint }) => `${at?.file}:${at?.line}:${at?.column} ${code} ${message} (${hint})`,
    );
  }
}

export function parsed(config: string) {
  return parseConfig({ file: 'stepgate.yaml', text: config, readInclude: () => [] });
}

/** A finding, as rows write it. */
export function foundAs({ code, message, facts, wayOut }: Finding): string {
  return `${code} ${message}: ${facts.join(', ')} (${wayOut})`;
}

/** A shop in the state in which a row's Rollout is refused, and the row's config is pushed. */
export async function shopOf({ breaks, stepgate }: Rule): Promise<Shop> {
  const live = breaks.by === 'create' ? null : liveConfig(breaks.live);
  const shop = openShop(live === null ? {} : { files: { 'stepgate.yaml': live } });
  if (breaks.by === 'create') {
    if (breaks.beside !== undefined) foreignRollout(shop, breaks.beside, breaks.spec);
  } else {
    await shop.deliver('v1');
    shop.push('v2');
    await shop.person('ada')('deploy');
    if (breaks.deleted) await beingDeleted(shop);
  }
  if (stepgate.by === 'nothing') return shop;
  const kind = stepgate.config.includes('kind: StatefulSet') ? 'StatefulSet' : 'Deployment';
  const version = breaks.by === 'create' ? 'v1' : 'v2';
  shop.origin.commit({ 'stepgate.yaml': stepgate.config, 'deploy/shop.yaml': manifest(version, { kind }) });
  return shop;
}

function foreignRollout(shop: Shop, name: string, spec: object): void {
  const metadata = { name, namespace: 'shop' };
  shop.cluster.api.create('Rollout', { metadata, spec } as never, { manager: 'kubectl' });
}

/** With a finalizer of its own it is not gone before the plan comes. */
async function beingDeleted(shop: Shop): Promise<void> {
  const { finalizers = [] } = shop.cluster.api.get('Rollout', 'shop', 'shop')?.metadata ?? {};
  shop.patch('Rollout', { metadata: { finalizers: [...finalizers, 'stepgate.dev/test'] } });
  shop.cluster.api.remove('Rollout', 'shop', 'shop');
  await shop.wait('1s');
}
