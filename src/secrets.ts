import { isCode } from './release/codes.ts';
import { mapStrings } from './views/neutral.ts';

/** The credentials of this process. They are hidden in all output. */
export interface Secrets {
  /** Adds a credential, before its first use. */
  mask(secret: string): void;
  /** The text with the credentials hidden. */
  hide(text: string): string;
  /** Plain data of a report with the credentials hidden; states and codes are not changed. */
  hideIn<T>(value: T): T;
}

/** Keys whose values are fixed words of stepgate. A password that equals such a word must not change them. */
const ownWords: readonly string[] = ['state', 'family', 'code', 'severity', 'is', 'what', 'kind', 'version', 'ways'];

/** Collects credentials. `tell` is called once with each form in which a credential could be printed. */
export function collectSecrets(tell: (form: string) => void): Secrets {
  let forms: readonly string[] = [];
  // Longest first: when one is part of another, the rest of the longer one would stay visible.
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

/** The forms of a credential in the text of a server or a program. Each line of a key is a credential too. */
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
