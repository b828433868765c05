import type { CommandName } from '../../src/commands/index.ts';
import { type InputOf, readInput } from '../../src/commands/input.ts';
import { deadline, goal, type Run } from '../../src/commands/run.ts';

/**
 * The law that a command reads no option that it does not take, as a test that `tsc` runs: it fails where an error that is
 * expected here does not come. Nothing calls the function.
 */
export function readsOnlyWhatIsTaken(hold: Run<'hold'>, deploy: Run<'deploy'>, one: InputOf<CommandName>) {
  return [
    // Options that the command takes.
    [deploy.input.timeout, deploy.input['take-over'], hold.input.reason, one.config, one['detailed-exit-code']],
    [deadline(deploy), goal(deploy, 'done')],
    // @ts-expect-error: hold takes no --timeout
    hold.input.timeout,
    // @ts-expect-error: deploy takes no --force
    deploy.input.force,
    // @ts-expect-error: a command without --timeout says its own limit
    deadline(hold),
    // @ts-expect-error: a command without --timeout says its own limit
    goal(hold, 'done'),
    // @ts-expect-error: not every command takes --watch
    one.watch,
    // @ts-expect-error: no input has what its command does not take
    readInput('config', {}).kubeconfig,
    // @ts-expect-error: the input of one command is none of another
    hold satisfies Run<'deploy'>,
  ];
}
