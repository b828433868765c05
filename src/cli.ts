#!/usr/bin/env node
import { tooOld } from './node-version.ts';

if (tooOld === '') {
  // A run ends with an exit code of its own. One that stops because nothing is left to wait for is a defect.
  process.exitCode = 70;
  void import('./run-cli.ts');
} else {
  process.exitCode = 2;
  process.stderr.write(`${tooOld}\n`);
}
