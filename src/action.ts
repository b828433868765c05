import { tooOld } from './node-version.ts';

if (tooOld === '') {
  // As in cli.ts: the step fails where the run stops without an end.
  process.exitCode = 70;
  void import('./run-action.ts');
} else {
  process.exitCode = 2;
  process.stderr.write(`${tooOld}\n`);
}
