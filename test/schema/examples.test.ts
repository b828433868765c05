import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parseManifests } from '../../src/config/manifest.ts';
import { asError } from '../../src/release/error.ts';
import { checkObject, pathWords } from '../../src/schema/index.ts';

const root = new URL('../../', import.meta.url);

/** What is said about the manifests in a text; of a text that is no manifest, nothing. */
function said(file: string, text: string): readonly string[] {
  try {
    return parseManifests([{ file, text }]).flatMap(({ object }) =>
      checkObject(object).problems.map(({ path, says }) => `${file}: ${pathWords(object, path)} ${says}`),
    );
  } catch (error) {
    if (asError(error).family === 'input') return [];
    throw error;
  }
}

test('nothing is said about the manifests on the pages', async () => {
  const pages = (await readdir(new URL('docs/', root))).filter((name) => name.endsWith('.md'));
  const blocks: { readonly file: string; readonly text: string }[] = [];
  for (const file of ['README.md', ...pages.map((name) => `docs/${name}`)]) {
    const text = await readFile(new URL(file, root), 'utf8');
    for (const [, block = ''] of text.matchAll(/^```ya?ml\n([\s\S]*?)^```$/gm)) {
      if (/^kind:/m.test(block)) blocks.push({ file, text: block });
    }
  }
  expect(blocks.length).toBeGreaterThan(3);
  expect(blocks.flatMap(({ file, text }) => said(file, text))).toEqual([]);
});
