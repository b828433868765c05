import { listed } from './commands/index.ts';
import { isArgument, options } from './commands/options.ts';
import { version } from './version.ts';

/** The help or the version that a command line asks for; null where it asks for a command to run. */
export function helpFor(argv: readonly string[]): string | null {
  const [name, ...rest] = commandIn(argv);
  if (name === 'version' || name === '--version') return `stepgate ${version}, Node ${process.versions.node}\n`;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') return helpOf(commandIn(rest)[0]);
  return listed.has(name) && (rest.includes('--help') || rest.includes('-h')) ? helpOf(name) : null;
}

/** The words of a command line, with the name of a command that has two words as one. */
export function commandIn(argv: readonly string[]): readonly string[] {
  const [first = '', second = '', ...rest] = argv;
  return listed.has(`${first} ${second}`) ? [`${first} ${second}`, ...rest] : argv;
}

function helpOf(name: string | undefined): string {
  const described = name === undefined ? undefined : listed.get(name);
  const lines =
    described !== undefined
      ? [
          `stepgate ${name}: ${described.what}`,
          '',
          ...described.options.filter(isArgument).map((option) => {
            const { takes, what, default: standard } = options[option];
            const left =
              takes === 'flag' ? `--${option}` : `--${option} ${takes === 'list' ? 'VALUE (again)' : 'VALUE'}`;
            return `  ${left.padEnd(28)} ${what}${standard === '' || takes === 'flag' ? '' : ` (${standard})`}`;
          }),
        ]
      : [
          'stepgate: release to Kubernetes step by step from Git',
          '',
          ...[...listed].map(
            ([command, { what, writes }]) => `  ${command.padEnd(10)} ${what}${writes ? '' : ' (reads only)'}`,
          ),
          '',
          'stepgate help COMMAND shows the options of a command, stepgate --version which stepgate this is.',
        ];
  return `${lines.join('\n')}\n`;
}
