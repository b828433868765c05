import { describe, expect, it } from 'vitest';
import { placeOf } from '../../src/policy/places.ts';
import { printConfig } from '../../src/policy/print.ts';
import { parseConfig } from '../../src/policy/schema.ts';
import { StepgateError } from '../../src/release/error.ts';
import { full, oneBlock, service } from './examples.ts';

const block = (ungated: string) => oneBlock.replace('    strategy', `    ungated: ${ungated}\n    strategy`);
const read = (text: string, ...included: readonly string[]) =>
  parseConfig({
    file: 'stepgate.yaml',
    text,
    readInclude: () => included.map((inner, index) => ({ file: `s${index}.yaml`, text: inner })),
  });

function problemsOf(text: string, ...included: readonly string[]): readonly string[] {
  try {
    read(text, ...included);
  } catch (error) {
    if (!(error instanceof StepgateError)) throw error;
    return error.problems.map(({ message, at }) => `${at?.file}:${at?.line}:${at?.column} ${message}`);
  }
  return [];
}

describe('of a delivery', () => {
  it('is read with its place, and printed as it was', () => {
    const config = read(block('[Deployment/worker, "StatefulSet/{name}-db"]'));
    const [delivery] = config.deliveries;
    expect(delivery?.ungated).toEqual(['Deployment/worker', 'StatefulSet/shop-db']);
    expect(delivery === undefined ? null : placeOf(delivery, ['ungated', 1])).toMatchObject({ file: 'stepgate.yaml' });
    expect(printConfig(config)).toContain('    ungated: [Deployment/worker, StatefulSet/shop-db]');
  });

  it('is nothing where it is left out or empty', () => {
    expect([read(oneBlock), read(block('[]'))].map(({ deliveries }) => deliveries[0])).toEqual([
      expect.not.objectContaining({ ungated: expect.anything() }),
      expect.not.objectContaining({ ungated: expect.anything() }),
    ]);
  });

  it.each([
    ['[worker]', 'ungated[0] is "worker", which is not a valid name'],
    ['[deployment/worker]', 'ungated[0] is "deployment/worker", which is not a valid name'],
    ['[Deployment/Worker]', 'ungated[0] is "Deployment/Worker", which is not a valid name'],
    ['Deployment/worker', 'ungated is "Deployment/worker"'],
    ['[Deployment/shop]', 'which is the workload of shop itself'],
    ['[Deployment/worker, Deployment/worker]', 'names "Deployment/worker" a second time'],
    ["['Deployment/{env}-worker']", 'but this delivery has no environment'],
  ])('%s is refused with its line and column', (ungated, says) => {
    const [problem, ...more] = problemsOf(block(ungated));
    expect([problem, more]).toEqual([expect.stringContaining(says), []]);
    expect(problem).toMatch(/^stepgate\.yaml:\d+:\d+ deliveries\[0\]\.ungated/);
  });

  it('may not name the workload of another delivery in the same place', () => {
    const other = `  - delivery: cart\n${oneBlock.split('\n').slice(3).join('\n')}`.replaceAll(
      'name: shop',
      'name: cart',
    );
    const [problem] = problemsOf(`${block('[Deployment/cart]')}${other}`);
    expect(problem).toContain('is Deployment/cart, which is the workload of cart (stepgate.yaml:');
  });
});

describe('of an environment', () => {
  const root = full.replace('staging: {', "staging: { ungated: ['Deployment/{name}-worker', Deployment/shop], ");

  it('counts for each of its deliveries, and for none in another one', () => {
    const found = read(root, service).deliveries.map(({ name, ungated }) => [name, ungated ?? null]);
    expect(found).toEqual([
      ['cache', null],
      ['shop@staging', ['Deployment/shop-worker']],
      ['shop@prod', null],
    ]);
  });

  it('a service may not grant itself one', () => {
    const [problem] = problemsOf(full, `${service}ungated: [Deployment/worker]\n`);
    expect(problem).toContain('ungated is not allowed here: only the root stepgate.yaml may have it');
  });
});
