import { tooOld } from './node-version.ts';

if (tooOld === '') {
  // As in cli.ts: the step fails when the run stops without a result.
  process.exitCode = 70;
  void import('./run-action.ts');
} else {
  process.exitCode = 2;
  process.stderr.write(`${tooOld}\n`);
}
