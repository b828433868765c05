import type { Json } from './json.ts';

export interface Cause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

/** An answer of the API server that is not 2xx. */
export class Refusal extends Error {
  readonly code: number;
  readonly reason: string;
  readonly causes: readonly Cause[];
  readonly retryAfter: number | null;

  constructor(
    code: number,
    reason: string,
    message: string,
    more: { causes?: readonly Cause[]; retryAfter?: number } = {},
  ) {
    super(message);
    this.name = 'Refusal';
    this.code = code;
    this.reason = reason;
    this.causes = more.causes ?? [];
    this.retryAfter = more.retryAfter ?? null;
  }

  /** The Status object, as the real server writes it. A webhook's denial has no reason (E10). */
  get status(): Json {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      ...(this.reason === '' ? {} : { reason: this.reason }),
      ...(this.causes.length === 0 && this.retryAfter === null
        ? {}
        : {
            details: {
              ...(this.causes.length === 0 ? {} : { causes: this.causes.map((cause) => ({ ...cause })) }),
              ...(this.retryAfter === null ? {} : { retryAfterSeconds: this.retryAfter }),
            },
          }),
      code: this.code,
    };
  }
}

export function notFound(resource: string, name: string): Refusal {
  return new Refusal(404, 'NotFound', `${resource} "${name}" not found`);
}

/** A denial of the webhook, with the text of the real one. */
export function denied(text: string, code: 400 | 422 = 422, webhook = 'vrollout.kb.io'): Refusal {
  return new Refusal(code, '', `admission webhook "${webhook}" denied the request: ${text}`);
}

export function conflict(resource: string, name: string): Refusal {
  return new Refusal(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${resource} "${name}": the object has been modified; please apply your changes to the latest version and try again`,
  );
}
