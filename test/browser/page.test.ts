import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { executable, launch, missing } from './browser.ts';
import { type Measured, measure } from './measure.ts';
import { pages } from './pages.ts';

/** A folder for screenshots; none are taken without it. */
const shots = process.env['STEPGATE_SHOTS'];

const readers = [360, 1280].flatMap((width) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ width, colorScheme })),
);
const names = ['every', 'waiting', 'planned', 'diagnosed', 'crowded', 'failed', 'good', 'broken'];
const fine: Omit<Measured, 'texts'> = { wide: [], overlapping: [], pale: [] };

test.runIf(executable === null)('a browser', ({ skip }) => {
  console.warn(missing);
  skip(missing);
});

describe.skipIf(executable === null)('in a browser', () => {
  let browser: Browser;
  let made: Awaited<ReturnType<typeof pages>>;

  beforeAll(async () => {
    [browser, made] = await Promise.all([launch(), pages()]);
  });
  afterAll(() => browser.close());

  /** Opens a document. Every other request, and every message of the console, is kept as a complaint. */
  async function open(body: string, contentType: string, options: BrowserContextOptions) {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.route('**/*', (route) => {
      const url = route.request().url();
      if (url === 'http://page.test/') return route.fulfill({ body, contentType });
      if (!url.endsWith('/favicon.ico')) complaints.push(`asks for ${url}`);
      return route.abort();
    });
    await page.goto('http://page.test/');
    return { page, complaints, [Symbol.asyncDispose]: () => context.close() };
  }

  async function shoot(page: Page, name: string): Promise<void> {
    if (shots !== undefined) await writeFile(join(shots, `${name}.png`), await page.screenshot({ fullPage: true }));
  }

  test('what is wrong with a page is found', async () => {
    const wrong = `<!DOCTYPE html><body style="background: #fff"><p style="color: #888">pale</p>
      <p style="position: absolute; left: 340px; white-space: nowrap">out of the window</p>
      <p style="position: absolute; top: 200px">one</p><p style="position: absolute; top: 204px">other</p>`;
    await using opened = await open(wrong, 'text/html', { viewport: { width: 360, height: 800 } });
    expect(await opened.page.evaluate(measure)).toEqual({
      texts: 4,
      pale: ['3.54 pale'],
      wide: ['out of the window'],
      overlapping: ['one | other'],
    });
  });

  describe.each(readers)('of $width px, $colorScheme', ({ width, colorScheme }) => {
    const reader = { viewport: { width, height: 800 }, colorScheme };

    test.each(names)('the page "%s" has no text that is clipped, covered, pale or out of the window', async (name) => {
      await using opened = await open(made.html.get(name) ?? '', 'text/html; charset=utf-8', reader);
      const { page, complaints } = opened;
      await page.evaluate(() => {
        for (const one of document.querySelectorAll('details')) one.open = true;
      });
      const { texts, ...found } = await page.evaluate(measure);
      expect(texts).toBeGreaterThan(2);
      expect(found).toEqual(fine);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      expect(complaints).toEqual([]);
      await shoot(page, `${name}-${width}-${colorScheme}`);
    });
  });

  describe.each(['light', 'dark'] as const)('%s', (colorScheme) => {
    test.each(names)('the picture "%s" has no text that is covered, pale or out of it', async (name) => {
      const reader = { viewport: { width: 960, height: 600 }, colorScheme };
      await using opened = await open(made.svg.get(name) ?? '', 'image/svg+xml', reader);
      const { texts, ...found } = await opened.page.evaluate(measure);
      expect(texts).toBeGreaterThan(1);
      expect(found).toEqual(fine);
      expect(opened.complaints).toEqual([]);
    });
  });

  test.each(names)('the page "%s" is XML too, and the picture an image', async (name) => {
    const [html, svg] = [made.html.get(name) ?? '', made.svg.get(name) ?? ''];
    await using opened = await open('<!DOCTYPE html><title>x</title>', 'text/html', {});
    const wrong = await opened.page.evaluate(
      (texts) =>
        texts.map(([text = '', type = '']) => {
          const parsed = new DOMParser().parseFromString(text, type as DOMParserSupportedType);
          return parsed.querySelector('parsererror')?.textContent ?? null;
        }),
      [
        [html, 'application/xhtml+xml'],
        [svg, 'image/svg+xml'],
      ],
    );
    expect(wrong).toEqual([null, null]);
    const wide = await opened.page.evaluate(async (text) => {
      const image = new Image();
      image.src = URL.createObjectURL(new Blob([text], { type: 'image/svg+xml' }));
      await image.decode();
      return image.naturalWidth;
    }, svg);
    expect(wide).toBe(960);
  });

  test('the accessibility tree has the content of each picture in words', async () => {
    await using opened = await open(made.html.get('waiting') ?? '', 'text/html', {});
    const images = opened.page.getByRole('img');
    const spoken = await Promise.all(
      Array.from({ length: await images.count() }, (_, at) => images.nth(at).ariaSnapshot()),
    );
    expect(spoken[0]).toContain('pods now: 9 old · 1 new');
    expect(spoken).toHaveLength(4);
    expect(await opened.page.getByRole('heading', { level: 1 }).textContent()).toContain('waiting at step 1/3 smoke');
  });

  test('an injected script does not run', async () => {
    const html = (made.html.get('waiting') ?? '').replace('<main>', '<main><script>document.title = "run"</script>');
    expect(html).toContain('<script>');
    await using opened = await open(html, 'text/html', {});
    expect(await opened.page.title()).not.toBe('run');
    expect(opened.complaints.join()).toContain('Content Security Policy');
  });
});
