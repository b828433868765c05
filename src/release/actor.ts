/** The comment that asked for an act. */
export interface CommentRef {
  readonly id: number;
  /** When it was written, by the forge's clock. */
  readonly at: string;
  readonly url: string;
}

/** The run in which an act was made: a run of GitHub, or a command line on a host. */
export type RunRef = (
  | {
      readonly by: 'github';
      /** GITHUB_RUN_ID: the same for every attempt of a run. */
      readonly id: string;
      /** From 1; a re-run has the next number. */
      readonly attempt: number;
      readonly event: string;
      readonly url: string;
    }
  | { readonly by: 'host'; readonly host: string; readonly user: string }
) & {
  /** Present when a comment asked for the act. Any later run that reads the comment finds the act by its id. */
  readonly comment?: CommentRef;
};

/** Who runs stepgate. Only a person may approve; the others may deploy, hold and roll back. */
export interface Actor {
  readonly name: string;
  readonly is: 'person' | 'bot' | 'schedule' | 'nobody';
  /** Who confirmed the name. `given`: nobody; a command line gave it, and the policy does not ask the cluster. */
  readonly known: 'github' | 'given' | 'cluster';
}

/**
 * The normal form of a name, for comparing names. Logins are compared as on GitHub: without case and without a leading
 * @. Cluster users (`kube:NAME`) are compared with case, as in the API server.
 */
export function login(name: string): string {
  return name.startsWith('kube:') ? name : name.replace(/^@/, '').toLowerCase();
}

/**
 * The key of a person; two names with the same key are one person. A login in lower case, or a cluster user (`kube:ada`).
 * Null for a name that no account can have: an empty name, a bot, or look-alike letters.
 */
export function personKey(name: string): string | null {
  if (name.startsWith('kube:')) return /^kube:(?!\s)[^\p{C}\p{Zl}\p{Zp}]{1,256}(?<!\s)$/u.test(name) ? name : null;
  return /^@?[A-Za-z0-9](?:(?:[A-Za-z0-9._+@-]| (?! )){0,254}[A-Za-z0-9_])?$/.test(name) ? login(name) : null;
}

/** Classifies an actor by name and event. */
export function actorOf(
  name: string,
  { event, known }: { readonly event: string; readonly known: Actor['known'] },
): Actor {
  if (event === 'schedule') return { name, is: 'schedule', known };
  if (/\[bot\]$/i.test(name)) return { name, is: 'bot', known };
  return { name, is: personKey(name) === null ? 'nobody' : 'person', known };
}

/** Whether two acts were made in the same GitHub run, in any attempt. Two command lines are never the same run. */
export function sameRun(one: RunRef | null, other: RunRef | null): boolean {
  return one?.by === 'github' && other?.by === 'github' && one.id === other.id && one.id !== '';
}

/** Whether the run is a re-run: an earlier attempt may have acted already. */
export function isRerun(run: RunRef): boolean {
  return run.by === 'github' && run.attempt > 1;
}

/**
 * Whether an act was made already: it was asked for by the same comment, in any run, or without a comment by an earlier attempt
 * of this run.
 */
export function isSameAct(before: RunRef | null, now: RunRef): boolean {
  const asked = before?.comment?.id;
  return now.comment === undefined
    ? asked === undefined && isRerun(now) && sameRun(before, now)
    : asked === now.comment.id;
}
