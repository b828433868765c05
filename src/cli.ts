#!/usr/bin/env node
import { tooOld } from './node-version.ts';

if (tooOld === '') {
  // Every run sets its exit code. A run that stops because nothing is left to wait for is a defect.
  process.exitCode = 70;
  void import('./compile-cache.ts').then(({ keepCompiled }) => {
    keepCompiled(process.env);
    return import('./run-cli.ts');
  });
} else {
  process.exitCode = 2;
  process.stderr.write(`${tooOld}\n`);
}
