import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { expect } from 'vitest';

/** Before each test file: says in the file `current`, for probe.ts, which one it is. */
writeFileSync('current', relative('', expect.getState().testPath ?? ''));
