import { at, isObject, type Json, listAt, objectAt, stringAt } from '../release/json.ts';
import { readYaml, type TextFile } from './yaml.ts';

/** The folder of the workflows in a repository. GitHub reads none below it. */
export const WORKFLOWS = '.github/workflows';

/** A job of a workflow that runs `promote` in an environment of the forge. */
export interface PromotingJob {
  /** Path of the workflow's file. */
  readonly file: string;
  readonly job: string;
  /** Null where an expression gives its name: only a run knows it. */
  readonly environment: string | null;
}

/** The jobs of a workflow's file that run `promote` in an environment; null for a text that can't be read. Never throws. */
export function promotingJobs(input: TextFile): readonly PromotingJob[] | null {
  const { documents, problems } = readYaml({ ...input, keys: 'text' });
  const [document] = documents;
  if (document === undefined || problems.length > 0) return null;
  return Object.entries(objectAt(document.value, 'jobs')).flatMap(([job, written]) => {
    const name = stringAt(written, 'environment') ?? stringAt(written, 'environment', 'name');
    if (name === null || name === '' || !listAt(written, 'steps').some(promotes)) return [];
    return [{ file: input.file, job, environment: name.includes('${{') ? null : name }];
  });
}

/** Whether a step runs `promote`, with the Action or on a command line; or may do so, where an expression gives the command. */
function promotes(step: Json): boolean {
  if (!isObject(step)) return false;
  const [uses, run] = [stringAt(step, 'uses'), stringAt(step, 'run')];
  if (run !== null && /\bstepgate\b.*\bpromote\b/.test(run)) return true;
  const command = at(step, 'with', 'command');
  if (uses === null || typeof command !== 'string') return false;
  return command.trim() === 'promote' || (command.includes('${{') && uses.includes('stepgate'));
}
