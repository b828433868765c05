import type { Delivery } from '../../../src/release/delivery.ts';
import type { JsonObject } from '../../../src/release/json.ts';
import type { KubeObject } from '../../../src/release/ports.ts';
import { delivery } from '../delivery-fixture.ts';

/** A delivery of the component shop of an Application. */
export function ofApplication(plan: string, more: Partial<Delivery> = {}): Delivery {
  return delivery(plan, { target: 'vela-application', ...more });
}

/** An Application with the component shop. `more`: of its component, its spec, its metadata. */
export function application(
  component: JsonObject = {},
  spec: JsonObject = {},
  metadata: JsonObject = {},
  ...others: readonly JsonObject[]
): KubeObject {
  const shop = { name: 'shop', type: 'webservice', properties: { image: 'shop:2' }, ...component };
  return {
    apiVersion: 'core.oam.dev/v1beta1',
    kind: 'Application',
    metadata: { name: 'site', ...metadata },
    spec: { components: [shop, ...others], ...spec },
  };
}
