import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderHtml } from '../../src/views/html.ts';
import { renderSvg } from '../../src/views/release-chart.ts';
import { examples, metric, metrics, now, report } from './builder.ts';
import { lawful } from './hostile.ts';
import { anyNumbers } from './numbers.ts';
import { elementsIn, parseXml, textIn } from './xml.ts';

describe('the chart of a metric', () => {
  const one = { ...examples.done, metrics };
  const root = parseXml(renderHtml(report(one), { now }));
  const curves = elementsIn(root).filter(
    ({ name, children }) =>
      name === 'svg' && children.some((child) => typeof child !== 'string' && child.name === 'desc'),
  );

  test('is told in words', () => {
    const said = curves.map(({ children }) =>
      children.flatMap((child) =>
        typeof child !== 'string' && /^(?:title|desc)$/.test(child.name) ? [textIn(child)] : [],
      ),
    );
    expect(said).toEqual([
      ['errors over time', '21 values, the newest 0.024, max 0.01, 8 of 21 out of range'],
      ['orders over time', '6 values, the newest 310, min 200, 0 of 6 out of range'],
    ]);
  });

  test('has a mark for each point out of its range, and no line over a gap', () => {
    const count = (which: number, mark: string) =>
      elementsIn(curves[which] ?? root).filter(({ attributes }) => attributes['class'] === mark).length;
    expect([count(0, 'out'), count(0, 'curve'), count(0, 'bound')]).toEqual([8, 20, 1]);
    expect([count(1, 'out'), count(1, 'curve'), count(1, 'bound')]).toEqual([0, 4, 1]);
  });

  test('stands in the document beside the range of a comparison', () => {
    const words = elementsIn(parseXml(renderSvg(report(one), { now })))
      .filter(({ name }) => name === 'text')
      .map(textIn);
    expect(words).toContain('shop@prod: metric errors: bad');
    expect(words).toContain('12 of 340 (3.53%), between 1.47% and 6.94%');
    expect(words).toContain('prom did not answer within 10s');
    expect(words).toContain('range of failures');
  });

  test('is well-formed, and every place in it is a number, whatever the numbers', () => {
    fc.assert(
      fc.property(anyNumbers, (numbers) => {
        const one = { ...examples.done, metrics: [metric({ name: 'errors', is: 'good', why: 'x', numbers })] };
        for (const text of [renderHtml(report(one), { now }), renderSvg(report(one), { now })]) {
          for (const { attributes } of elementsIn(parseXml(text)))
            for (const value of Object.values(attributes)) expect(value).not.toMatch(/NaN|Infinity|undefined/);
        }
      }),
      { ...lawful, numRuns: 300 },
    );
  });
});
