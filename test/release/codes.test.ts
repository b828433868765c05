import { expect, test } from 'vitest';
import { type CodeFamily, codes } from '../../src/release/codes.ts';

const rows: readonly (readonly [string, { readonly families: readonly CodeFamily[] }])[] = Object.entries(codes);
const errors: readonly CodeFamily[] = ['input', 'environment', 'refused', 'bug'];

test('few codes are errors of two families, each with its reason in the table', () => {
  const both = rows.filter(([, { families }]) => families.filter((one) => errors.includes(one)).length > 1);
  expect(Object.fromEntries(both.map(([code, { families }]) => [code, families]))).toEqual({
    DELIVERY_UNKNOWN: ['input', 'refused'],
    GIT_FAILED: ['environment', 'input'],
    RELEASE_REQUIRED: ['refused', 'input'],
  });
});

test('a defect has a code of its own', () => {
  expect(rows.filter(([, { families }]) => families.includes('bug')).map(([code]) => code)).toEqual(['BUG']);
});
