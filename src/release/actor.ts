/** The run that carried an act: one of GitHub's, or a command line on a host. */
export type RunRef =
  | {
      readonly by: 'github';
      /** GITHUB_RUN_ID: the same for every attempt of a run. */
      readonly id: string;
      /** From 1; a re-run has the next number. */
      readonly attempt: number;
      readonly event: string;
      readonly url: string;
    }
  | { readonly by: 'host'; readonly host: string; readonly user: string };

/** Who runs stepgate. Bots, schedules and nobody deploy, hold and roll back, and approve nothing. */
export interface Actor {
  readonly name: string;
  readonly is: 'person' | 'bot' | 'schedule' | 'nobody';
  /** `given` is a name that nobody has checked: on a command line, where the policy does not ask the cluster. */
  readonly known: 'github' | 'given' | 'cluster';
}

/**
 * The text that two names of one person share. Logins are compared as GitHub does: without case, with or without the @.
 * Users of the cluster (`kube:NAME`) are compared as the API server does, which tells Ada from ada.
 */
export function login(name: string): string {
  return name.startsWith('kube:') ? name : name.replace(/^@/, '').toLowerCase();
}

/**
 * What makes two names one person: a login without case, or a user of the cluster (`kube:ada`), whose case counts. Null for
 * what no account is called: empty, a bot, or letters that only look like others.
 */
export function personKey(name: string): string | null {
  if (name.startsWith('kube:')) return /^kube:(?!\s)[^\p{C}\p{Zl}\p{Zp}]{1,256}(?<!\s)$/u.test(name) ? name : null;
  return /^@?[A-Za-z0-9](?:(?:[A-Za-z0-9._+@-]| (?! )){0,254}[A-Za-z0-9_])?$/.test(name) ? login(name) : null;
}

/** Who an actor is, by the name under which acts are recorded. */
export function actorOf(
  name: string,
  { event, known }: { readonly event: string; readonly known: Actor['known'] },
): Actor {
  if (event === 'schedule') return { name, is: 'schedule', known };
  if (/\[bot\]$/i.test(name)) return { name, is: 'bot', known };
  return { name, is: personKey(name) === null ? 'nobody' : 'person', known };
}

/** Whether two acts were carried by the same run, whatever the attempt. A command line is never run again. */
export function sameRun(one: RunRef | null, other: RunRef | null): boolean {
  return one?.by === 'github' && other?.by === 'github' && one.id === other.id && one.id !== '';
}

/** Whether the run was started again: its first attempt may have acted already. */
export function isRerun(run: RunRef): boolean {
  return run.by === 'github' && run.attempt > 1;
}
