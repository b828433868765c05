import { isCode } from './release/codes.ts';
import { mapStrings } from './views/neutral.ts';

/** The credentials that were met in this process. They are hidden in everything that is printed. */
export interface Secrets {
  /** Takes a credential in, before its first use. */
  mask(secret: string): void;
  /** The text without any of them. */
  hide(text: string): string;
  /** Plain data of a report without any of them: states, codes and the like stay. */
  hideIn<T>(value: T): T;
}

/** Keys whose values are words of stepgate's own: a password that is such a word must not break what reads them. */
const ownWords: readonly string[] = ['state', 'family', 'code', 'severity', 'is'];

/** Collects credentials. `tell` is called once with each form in which one could be printed. */
export function collectSecrets(tell: (form: string) => void): Secrets {
  let forms: readonly string[] = [];
  // The longest first: where one is part of another, the rest of that one would be left.
  const hide = (text: string) => forms.reduce((all, form) => all.replaceAll(form, '***'), text);
  return {
    hide,
    mask(secret) {
      const fresh = formsOf(secret).filter((form) => !forms.includes(form));
      forms = [...forms, ...fresh].toSorted((left, right) => right.length - left.length);
      for (const form of fresh) tell(form);
    },
    hideIn: (value) =>
      mapStrings(value, (text, key) =>
        ownWords.includes(key) || (key === 'reason' && isCode(text)) ? text : hide(text),
      ),
  };
}

/** A credential as it may stand in what a server or a program says. Lines of a key are credentials of their own. */
function formsOf(secret: string): string[] {
  const lines = secret.split(/\r?\n/).filter((line) => line.length > 8 && !line.startsWith('-----'));
  const forms = [secret, ...lines].flatMap((one) => {
    const bytes = Buffer.from(one);
    return [
      one,
      bytes.toString('base64'),
      bytes.toString('base64url'),
      encodeURIComponent(one.toWellFormed()),
      JSON.stringify(one).slice(1, -1),
    ];
  });
  return [...new Set(forms)].filter((form) => form.trim() !== '');
}
