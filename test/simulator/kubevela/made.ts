import { at, type Json, stringAt } from '../../../src/release/json.ts';
import { InvalidTemplate, type Made, rolloutOf, traitsNamed } from '../../../src/simulator/kubevela/trait.ts';

const deployment = { apiVersion: 'apps/v1', kind: 'Deployment' };

/** The Rollout that the model makes of the first component; null where the definition does not evaluate. */
export function made(app: Json | undefined): Made | null {
  const component = at(app, 'spec', 'components', 0) ?? null;
  const [trait] = traitsNamed(component, 'kruise-rollout');
  try {
    return rolloutOf(stringAt(component, 'name') ?? '', deployment, at(trait, 'properties'));
  } catch (error) {
    if (error instanceof InvalidTemplate) return null;
    throw error;
  }
}
