/**
 * A rule of the engine for Rollouts: what breaks it, what the engine answers, and what stepgate says first. docs.ts makes
 * the table of docs/engine-rules.md from these rows.
 */
export interface Rule {
  readonly rule: string;
  readonly breaks: Breaks;
  /** The engine's answer to `breaks`, in the form of `plain`. */
  readonly engine: Answer;
  readonly stepgate: Ours;
}

/** A Rollout `shop` in the namespace `shop`, as somebody would apply it. */
export type Breaks =
  /** A new Rollout. `beside`: a Rollout of this name already drives the same workload. */
  | { readonly by: 'create'; readonly spec: object; readonly beside?: string }
  /** An edit of the Rollout of `live`, in the middle of its release or while it is being deleted. */
  | { readonly by: 'edit'; readonly live: Live; readonly spec: object; readonly deleted?: true };

export type Live = 'partition' | 'canary' | 'blueGreen';

/** A refusal of the API server, as its Status says it. */
export interface Answer {
  readonly code: number;
  readonly text: string;
}

/** What stepgate says before anything is written. */
export type Ours =
  /** The stepgate.yaml that would come to this Rollout has problems: `FILE:LINE:COLUMN CODE MESSAGE (HINT)` each. */
  | { readonly by: 'config'; readonly config: string; readonly says: readonly string[] }
  /** The stepgate.yaml comes to this Rollout, and `stepgate plan` has a finding: `CODE MESSAGE: FACTS (WAY OUT)`. */
  | { readonly by: 'plan'; readonly config: string; readonly says: string }
  /** No stepgate.yaml comes to this Rollout. */
  | { readonly by: 'nothing'; readonly why: string };

const prefix = 'admission webhook "vrollout.kb.io" denied the request: ';

/** A denial of the webhook, without the prefix that all of them have. */
export function denied(text: string): Answer {
  return { code: 422, text: `${prefix}${text}` };
}

/** What the schema of the Rollout refuses. */
export function invalid(text: string): Answer {
  return { code: 422, text: `Rollout.rollouts.kruise.io "shop" is invalid: ${text}` };
}

/** What the API server can't take for a Rollout, before it looks at values: a field that is not there, or of another type. */
export function untyped(text: string): Answer {
  const object = 'shop/shop; rollouts.kruise.io/v1beta1, Kind=Rollout';
  return { code: 500, text: `failed to create typed patch object (${object}): ${text}` };
}

/** What the engine can't decode: a number that is too large. */
export function undecoded(text: string): Answer {
  return { code: 400, text: `${prefix}${text}` };
}

/** The text of an answer without what differs from one request to the next: Go prints pointers as addresses. */
export function plain(text: string, namespace: string): string {
  return text.replace(/\(0x[0-9a-f]+\)/g, '(0xc000000000)').replaceAll(`${namespace}/`, 'shop/');
}

/** What a person reads of an answer: without the beginning of every denial, and without the lists that it repeats. */
export function readable({ text }: Answer): string {
  return text.replace(prefix, '').replace(/(\[\]v1beta1\.\w+)\{.+\}: /, '$1{...}: ');
}
