/** What an expression of a workflow reads: `github.event_name`, `inputs.delivery`. A path that is not there is empty. */
export type Contexts = Readonly<Record<string, unknown>>;
type Value = string | boolean;

/** A text with each `${{ ... }}` replaced by its value. */
export function filled(text: string, contexts: Contexts): string {
  return text.replace(/\$\{\{(.*?)\}\}/gsu, (_, expression: string) => String(valueIn(expression, contexts)));
}

/**
 * The value of an expression of the examples: paths, strings, `==`, `!=`, `!`, `&&`, `||`, parentheses, startsWith and always.
 * Throws for anything else, because a wrong guess would play another workflow than the one that is read.
 */
export function valueIn(expression: string, contexts: Contexts): Value {
  const tokens = expression.match(/'(?:[^']|'')*'|&&|\|\||==|!=|[!(),]|[\w.-]+|\S/gu) ?? [];
  let at = 0;
  const refuse = (): never => {
    throw new Error(`the expression '${expression.trim()}' is not understood here`);
  };
  const take = (token: string) => {
    if (tokens[at] !== token) return false;
    at += 1;
    return true;
  };
  const either = (): Value => {
    let value = both();
    while (take('||')) {
      const other = both();
      value = isTrue(value) ? value : other;
    }
    return value;
  };
  const both = (): Value => {
    let value = compared();
    while (take('&&')) {
      const other = compared();
      value = isTrue(value) ? other : value;
    }
    return value;
  };
  const compared = (): Value => {
    const value = one();
    if (take('==')) return isSame(value, one());
    return take('!=') ? !isSame(value, one()) : value;
  };
  const one = (): Value => {
    if (take('!')) return !isTrue(one());
    if (take('(')) {
      const value = either();
      return take(')') ? value : refuse();
    }
    const token = tokens[at] ?? refuse();
    at += 1;
    if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'");
    if (take('(')) return called(token);
    return /^[a-z][\w-]*(?:\.[\w-]+)+$/iu.test(token) ? lookedUp(token, contexts) : refuse();
  };
  const called = (name: string): Value => {
    const given: Value[] = [];
    while (!take(')')) {
      given.push(either());
      if (!take(',') && tokens[at] !== ')') refuse();
    }
    const [text, start] = given.map((value) => String(value).toLowerCase());
    if (name === 'startsWith' && text !== undefined && start !== undefined) return text.startsWith(start);
    return name === 'always' && given.length === 0 ? true : refuse();
  };
  const value = either();
  return at === tokens.length ? value : refuse();
}

export function isTrue(value: Value): boolean {
  return value !== '' && value !== false;
}

/** Workflows compare strings without case. */
function isSame(one: Value, other: Value): boolean {
  return String(one).toLowerCase() === String(other).toLowerCase();
}

function lookedUp(path: string, contexts: Contexts): Value {
  let found: unknown = contexts;
  for (const name of path.split('.')) found = isRecord(found) ? found[name] : undefined;
  if (typeof found === 'boolean') return found;
  return typeof found === 'string' || typeof found === 'number' ? String(found) : '';
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
