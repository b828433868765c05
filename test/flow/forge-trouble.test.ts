import { expect, test } from 'vitest';
import { forgeTrouble } from '../../src/flow/forge-trouble.ts';
import { StepgateError } from '../../src/release/error.ts';
import { ForgeError, type ForgeTrouble } from '../../src/release/forge.ts';

const retryAt = new Date('2026-11-27T15:30:00Z');

test.each([
  ['away', {}, 'FORGE_UNREACHABLE', 'try again; what was done so far is continued'],
  ['limited', { retryAt }, 'FORGE_UNREACHABLE', 'try again after 2026-11-27T15:30:00.000Z'],
  ['limited', {}, 'FORGE_UNREACHABLE', 'try again later'],
  ['unknownToken', {}, 'FORGE_REFUSED', 'check the token, and whether it has expired'],
  [
    'forbidden',
    { needs: 'checks: write' },
    'FORGE_REFUSED',
    'give the token checks: write: in a workflow, under permissions of the job',
  ],
  ['forbidden', {}, 'FORGE_REFUSED', 'give a token that may do this'],
  ['missing', {}, 'FORGE_REFUSED', 'check the name, and whether the token may read the repository'],
  [
    'refused',
    {},
    'FORGE_REFUSED',
    'change the setting or the rule of the repository, or give a token that it does not bind',
  ],
  ['conflict', {}, 'FORGE_REFUSED', 'run it again: it looks anew at what is there'],
  ['tooMuch', {}, 'FORGE_REFUSED', 'narrow down what is asked for'],
] as const satisfies readonly (readonly [ForgeTrouble, object, string, string])[])(
  '%s, with %j',
  (trouble, more, code, hint) => {
    const cause = new ForgeError(trouble, 'what GitHub said', more);
    const told = forgeTrouble(cause);
    expect(told).toBeInstanceOf(StepgateError);
    expect(told).toMatchObject({ family: 'environment', code, message: 'what GitHub said', hint, cause });
  },
);

test.each([new Error('x'), 'x', undefined])('another error stays as it is: %s', (error) => {
  expect(forgeTrouble(error)).toBe(error);
});
