import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isCode } from '../../src/release/codes.ts';
import type { Report } from '../../src/release/report.ts';
import { renderHtml } from '../../src/views/html.ts';
import { mapStrings, oneLine } from '../../src/views/neutral.ts';
import { renderSvg } from '../../src/views/release-chart.ts';
import { delivery, diagnosed, examples, measured, now, planned, report, steps } from './builder.ts';
import { hostile, lawful } from './hostile.ts';
import { commandIn, linesOf } from './runner.ts';
import { type Element, elementsIn, parseXml, textIn } from './xml.ts';

const options = { now, zone: 'Europe/Berlin' };
const all = report(...Object.entries(examples).map(([state, one]) => ({ ...one, name: `${state}@prod` })));

const walking = delivery({
  ...examples.waiting,
  steps: steps('smoke waiting, half, full', ['1', '50%', '100%'], [5, 50, 100]).map((step, index) => ({
    ...step,
    pods: { stable: [9, 5, 0][index] ?? 0, canary: [1, 5, 10][index] ?? 0 },
    waitsFor: ['soak 30m'],
  })),
  events: [
    { at: '2026-11-21T07:00:00.000Z', what: 'stable', text: 'fedcba9876-10fedcba is stable' },
    { at: '2026-11-21T07:30:00.000Z', what: 'act', text: 'ada: deploy 0123456789-abcdef01' },
  ],
});

const page = (of: Report) => parseXml(renderHtml(of, options));
const classed = (root: Element, name: string) =>
  elementsIn(root).filter(({ attributes }) => attributes['class']?.split(' ').includes(name));
const textsOf = (elements: readonly Element[]) => elements.map((one) => textIn(one).replace(/\s+/g, ' ').trim());

describe('the page of a delivery', () => {
  const root = page(report(walking));

  test('has a row for the pods of now and for each step, with its state, replicas, pods, traffic and what it waits for', () => {
    const [chart] = classed(root, 'pods');
    const rows = elementsIn(chart ?? root).filter(({ name }) => name === 'li');
    expect(textsOf(rows)).toEqual([
      'nowpods now: 9 old · 1 new9 old · 1 new',
      '◆ 1 smoke waitingpods: 9 old, 1 newtraffic: 5% to new, 95% to oldreplicas 1 · 9 old, 1 new · traffic 5% · waits for soak 30m',
      '○ 2 half aheadpods: 5 old, 5 newtraffic: 50% to new, 50% to oldreplicas 50% · 5 old, 5 new · traffic 50% · waits for soak 30m',
      '○ 3 full aheadpods: 0 old, 10 newtraffic: 100% to new, 0% to oldreplicas 100% · 0 old, 10 new · traffic 100% · waits for soak 30m',
    ]);
    const drawn = rows.map((row) => ['old', 'new', 'share', 'rest'].map((mark) => classed(row, mark).length).join(' '));
    expect(drawn).toEqual(['9 1 0 0', '9 1 1 1', '5 5 1 1', '0 10 1 0']);
  });

  test('tells the gates with their verdicts and until when, what is in the way first', () => {
    const gates = elementsIn(root).filter(
      ({ name, children }) => name === 'section' && textIn(children[1] as Element) === 'Gates',
    );
    const items = gates.flatMap(elementsIn).filter(({ name }) => name === 'li');
    expect(textsOf(items)).toEqual([
      '◆ sre (approval) shut0 of 1 approvalneeds: acme/sre',
      '◆ office (schedule) shutoutside of Mon-Fri 09:00-16:30 Europe/Berlinopens Sat 2026-11-21 09:00 UTC, Sat 10:00 Europe/Berlin (in 1h 20m)',
      '✔ ready open1 of 1 pod is ready since 07:31 UTC',
    ]);
  });

  test('tells what happened, where it stands, what comes, and the steps that are left', () => {
    const [line] = classed(root, 'timeline');
    expect(textsOf(elementsIn(line ?? root).filter(({ name }) => name === 'li'))).toEqual([
      'Sat 2026-11-21',
      '08:00:00 fedcba9876-10fedcba is stable',
      '08:30:00 ada: deploy 0123456789-abcdef01',
      '08:40:00 now: waits for the approval of acme/sre to leave step 1 (smoke)',
      '10:00:00 office opens in 1h 20m',
      'then step 2 half, waits for soak 30m',
      'then step 3 full, waits for soak 30m',
    ]);
  });

  test('says what to type', () => {
    expect(textsOf(classed(root, 'next'))).toEqual([
      'Next: stepgate promote --delivery shop@prod --release 0123456789-abcdef01 --step smoke',
    ]);
  });
});

describe('the page', () => {
  test('of several begins with a list, the worst on top, that leads to each', () => {
    const root = page(all);
    const links = elementsIn(root).filter(({ name }) => name === 'a');
    expect(links).toHaveLength(13);
    const ids = elementsIn(root).flatMap(({ name, attributes }) => (name === 'article' ? [attributes['id']] : []));
    expect(links.map(({ attributes }) => attributes['href'])).toEqual(ids.map((id) => `#${id}`));
    expect(textsOf(links).slice(0, 4)).toEqual(['rolledBack@prod', 'failed@prod', 'ungated@prod', 'stuck@prod']);
    expect(textIn(root)).toContain('13 deliveries, 9 to look at');
  });

  test('of a plan has findings with their way out, changes with their difference, and the pods of each step to come', () => {
    const text = textIn(page(planned)).replace(/\s+/g, ' ');
    expect(text).toContain('PERCENT_THEN_INTEGER');
    expect(text).toContain('What to do: write step 2 as a percentage, or step 1 as a number');
    expect(text).toContain('@@ -12,3 +12,3 @@');
    expect(text).toContain('2 half');
    expect(text).toContain('5 old, 5 new · traffic 50% · then soak 30m, schedule office');
  });

  test('of a command that failed says what would do', () => {
    const error = {
      family: 'input',
      code: 'CONFIG_INVALID',
      message: 'x is no key',
      hint: 'write y',
      at: { file: 'stepgate.yaml', line: 3, column: 5 },
    } as const;
    const text = textIn(page({ ...report(), error })).replace(/\s+/g, ' ');
    expect(text).toContain('stepgate status failed');
    expect(text).toContain('input error CONFIG_INVALID stepgate.yaml:3:5 x is no key');
    expect(text).toContain('What to do: write y');
  });

  test('lets nothing through but its own style sheet', () => {
    const root = page(all);
    const [style] = elementsIn(root).filter(({ name }) => name === 'style');
    const sheet = String(style?.children[0]);
    const policy = elementsIn(root).find(({ attributes }) => attributes['http-equiv'] === 'Content-Security-Policy');
    const hash = createHash('sha256').update(sheet).digest('base64');
    expect(policy?.attributes['content']).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`,
    );
    expect(sheet).not.toMatch(/url\(|@import|expression/);
  });

  test('has the pods of each step, and what --logs fetched', () => {
    const text = textIn(page(diagnosed)).replace(/\s+/g, ' ');
    expect(text).toContain('✖ step 2 half 1 of 4 ready, 1 not created');
    expect(text).toContain('✔ step 1 smoke 1 of 1 ready');
    expect(text).toContain('panic: no such table: orders');
    expect(text).toContain('BackOff Pod shop-7d9c5b8f6-q8k2m, 7 times, 1m ago');
    expect(text).toContain('waiting to start: trying and failing to pull image');
  });

  test('names the first of many pods', () => {
    expect(textIn(page(report(examples.stuck)))).toContain('shop-7d9c5b8f6-p2 and 44 more');
  });

  test('has a picture in words for each picture', () => {
    const pictures = elementsIn(page(all)).filter(({ name }) => name === 'svg');
    expect(pictures.length).toBeGreaterThan(50);
    for (const { attributes, children } of pictures) {
      const [first] = children;
      const said = typeof first === 'object' && first.name === 'title' ? textIn(first) : '';
      expect(attributes['aria-hidden'] === 'true' || said !== '').toBe(true);
    }
  });
});

describe('the picture', () => {
  test('is an SVG document that says in words what it shows', () => {
    const svg = renderSvg(report(walking), options);
    const root = parseXml(svg);
    const [desc] = elementsIn(root).filter(({ name }) => name === 'desc');
    expect(textIn(desc ?? root)).toContain(
      '2 half: ahead: pods: 5 old, 5 new: traffic: 50% to new, 50% to old: replicas 50%',
    );
    expect(svg).toContain('>◆ sre shut: 0 of 1 approval; needs: acme/sre</text>');
    expect(svg.startsWith('<svg xmlns="http://www.w3.org/2000/svg" width="960" ')).toBe(true);
  });

  test('draws pods that are not ready as such, and few and many of them in their room', () => {
    fc.assert(
      fc.property(fc.nat(3000), fc.nat(3000), fc.nat(3000), fc.nat(3000), (a, b, c, d) => {
        const pods = { stable: { ready: a, total: a + b }, canary: { ready: c, total: c + d } };
        const root = parseXml(renderSvg(report(delivery({ state: 'rolling', pods })), options));
        const drawn = (mark: string) => classed(root, mark).filter(({ attributes }) => attributes['y'] === '1');
        const bars = elementsIn(root).filter(({ attributes }) => attributes['x'] === '160');
        for (const bar of bars) {
          for (const [mark, count] of [
            ['old', a],
            ['oldDown', b],
            ['new', c],
            ['newDown', d],
          ] as const) {
            expect(classed(bar, mark).length > 0).toBe(count > 0);
          }
          for (const { name, attributes } of elementsIn(bar)) {
            if (name !== 'rect') continue;
            const [x, width] = [attributes['x'], attributes['width']].map((text) => Number.parseFloat(text ?? ''));
            expect((x ?? 0) + (width ?? 0)).toBeLessThanOrEqual(100.01);
          }
        }
        expect(drawn('old').length).toBeLessThanOrEqual(41);
      }),
      { ...lawful, numRuns: 300 },
    );
  });
});

describe('foreign text', () => {
  const own: readonly string[] = [
    'state',
    'is',
    'kind',
    'what',
    'version',
    'severity',
    'family',
    'code',
    'at',
    'until',
    'observedAt',
    'next',
  ];
  const spoiled = (of: Report, evil: string) =>
    mapStrings(of, (text, key) => (own.includes(key) || (key === 'reason' && isCode(text)) ? text : `${evil}${text}`));
  const kept = [
    'html',
    'head',
    'meta',
    'title',
    'style',
    'body',
    'header',
    'main',
    'nav',
    'article',
    'section',
    'h1',
    'h2',
    'h3',
    'p',
    'div',
    'span',
    'b',
    'code',
    'pre',
    'a',
    'ul',
    'ol',
    'li',
    'dl',
    'dt',
    'dd',
    'br',
    'time',
    'details',
    'summary',
    'svg',
    'rect',
    'line',
    'circle',
    'desc',
    'text',
    '',
  ];
  const worst = report(
    walking,
    measured,
    examples.stuck,
    examples.rolledBack,
    ...planned.deliveries,
    ...diagnosed.deliveries,
  );

  test('is text, whatever it is: the page has the same elements, no script, no address that is loaded, no command', () => {
    const shape = (root: Element) =>
      elementsIn(root)
        .filter(({ name }) => name !== 'br')
        .map(({ name }) => name)
        .join(' ');
    const usual = {
      html: shape(page(spoiled(worst, 'x'))),
      svg: shape(parseXml(renderSvg(spoiled(worst, 'x'), options))),
    };
    fc.assert(
      fc.property(hostile, (evil) => {
        // A gate whose name is its kind is told by one of them.
        fc.pre(evil !== '');
        const bad = spoiled(worst, evil);
        const [html, svg] = [renderHtml(bad, options), renderSvg(bad, options)];
        const roots = { html: parseXml(html), svg: parseXml(svg) };
        expect(shape(roots.html)).toBe(usual.html);
        expect(shape(roots.svg)).toBe(usual.svg);
        for (const { name, attributes } of [...elementsIn(roots.html), ...elementsIn(roots.svg)]) {
          expect(kept).toContain(name);
          expect(Object.keys(attributes).filter((key) => /^on|^style$|^src|^data|^action|^srcset/.test(key))).toEqual(
            [],
          );
          expect(attributes['href'] ?? '#').toMatch(/^#/);
          for (const [key, value] of Object.entries(attributes)) if (key !== 'xmlns') expect(value).not.toContain('//');
        }
        for (const text of [html, svg]) {
          expect(text).not.toMatch(/<script|javascript:/i);
          expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/u);
          for (const line of linesOf(text)) expect(commandIn(line)).toBeNull();
        }
      }),
      { ...lawful, numRuns: 40 },
    );
  });

  test('in the place of a time is text too', () => {
    fc.assert(
      fc.property(hostile, (at) => {
        const odd = delivery({
          ...walking,
          events: [{ at, what: 'act', text: 'x' }],
          hold: { by: 'a', at, reason: 'b' },
        });
        for (const text of [renderHtml(report(odd), options), renderSvg(report(odd), options)]) {
          parseXml(text);
          for (const line of linesOf(text)) expect(commandIn(line)).toBeNull();
        }
      }),
      { ...lawful, numRuns: 100 },
    );
  });

  test('is there to be read', () => {
    const name = 'shop <b>&amp; "co"</b> [x]';
    const text = textIn(page(report(delivery({ ...examples.stuck, name, message: name }))));
    expect(text.split(oneLine(name)).length).toBeGreaterThan(3);
  });
});
