/**
 * The paths whose values a published diff shows. A value there has to have the form that belongs to the path, so that a
 * credential in a wrong place is not shown. Every other value is hidden.
 */
export type Listed =
  | { readonly is: 'text'; readonly form: RegExp }
  /** A number, a truth value, or a text of the form, such as `25%`. */
  | { readonly is: 'amount'; readonly form: RegExp }
  | { readonly is: 'fields'; readonly of: { readonly [key: string]: Listed } }
  | { readonly is: 'list'; readonly of: Listed }
  /** A map with any keys, such as the resources of a container. */
  | { readonly is: 'map'; readonly of: Listed };

export const text = (form: RegExp): Listed => ({ is: 'text', form });
export const amount = (form: RegExp): Listed => ({ is: 'amount', form });
export const fields = (of: { readonly [key: string]: Listed }): Listed => ({ is: 'fields', of });
export const list = (of: Listed): Listed => ({ is: 'list', of });
export const map = (of: Listed): Listed => ({ is: 'map', of });

/** What is listed below a key or an item of what is listed; null for nothing. */
export function below(listed: Listed | null, key: string | number): Listed | null {
  switch (listed?.is) {
    case 'fields':
      return typeof key === 'string' && Object.hasOwn(listed.of, key) ? (listed.of[key] ?? null) : null;
    case 'list':
      return typeof key === 'number' ? listed.of : null;
    case 'map':
      return typeof key === 'string' ? listed.of : null;
    case 'text':
    case 'amount':
    case undefined:
      return null;
  }
}

/** Whether a value may be shown at a place: the place is listed, and the value has its form. */
export function mayShow(listed: Listed | null, scalar: string | number | boolean): boolean {
  switch (listed?.is) {
    case 'text':
      return typeof scalar === 'string' && listed.form.test(scalar);
    case 'amount':
      return listed.form.test(String(scalar));
    case 'fields':
    case 'list':
    case 'map':
    case undefined:
      return false;
  }
}
