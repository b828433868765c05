import { expect, test } from 'vitest';
import { parseManifests, placeIn } from '../../src/config/manifest.ts';
import { checkObject, pathWords } from '../../src/schema/index.ts';
import { rows } from './rows.ts';

/** What is said about the only object of a text: the text from the place on, and the words. */
function told(text: string): readonly { readonly from: string; readonly words: string }[] {
  const [manifest] = parseManifests([{ file: 'shop.yaml', text }]);
  if (manifest === undefined) throw new Error('there is no object');
  const { object } = manifest;
  return checkObject(object).problems.map(({ path, of, says, hint }) => {
    const place = placeIn(object, path, of);
    const lines = text.split('\n').slice((place?.line ?? 1) - 1);
    return {
      from: lines.join('\n').slice((place?.column ?? 1) - 1),
      words: `${pathWords(object, path)} ${says} (${hint})`,
    };
  });
}

test.each(rows)('$name', ({ text, says }) => {
  const found = told(text);
  if (says === null) {
    expect(found).toEqual([]);
    return;
  }
  const [at, words] = says;
  const one = found.find((each) => each.words.includes(words));
  expect(one === undefined ? found.map((each) => each.words) : words).toBe(words);
  expect(one?.from.slice(0, at.length)).toBe(at);
});
