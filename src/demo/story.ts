import type { ExitCode } from '../release/report.ts';

/** What happens in the demo, in order. */
export type Act =
  /** Says what comes next. */
  | { readonly is: 'told'; readonly text: string }
  /** Shows a file of the repository. */
  | { readonly is: 'shown'; readonly file: string }
  /** Writes a file of the repository. */
  | { readonly is: 'written'; readonly file: string; readonly text: string }
  /** So long somebody does other things, by the cluster's clock. */
  | { readonly is: 'passed'; readonly seconds: number }
  /** Git commands of one line, one after the other. */
  | { readonly is: 'git'; readonly commands: readonly (readonly string[])[] }
  /** A command line of stepgate; the story has gone wrong where it ends with another exit code. */
  | { readonly is: 'stepgate'; readonly args: readonly string[]; readonly exit: ExitCode };

const config = `version: 1
deliveries:
  - delivery: shop
    namespace: default
    workload: { kind: Deployment, name: shop }
    source: { files: [deploy/*.yaml] }
    strategy: partition
    steps:
      - { name: one, replicas: 1, leaveWhen: [approval] }
      - { name: half, replicas: 50%, leaveWhen: [{ soak: 3m }] }
      - { name: all, replicas: 100% }
`;

const deployment = (tag: string) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: shop }
spec:
  replicas: 8
  selector: { matchLabels: { app: shop } }
  template:
    metadata: { labels: { app: shop } }
    spec:
      containers:
        - name: shop
          image: shop:${tag}
          readinessProbe: { httpGet: { path: /, port: 80 } }
`;

const told = (text: string): Act => ({ is: 'told', text });
const git = (...commands: readonly (readonly string[])[]): Act => ({ is: 'git', commands });
const stepgate = (exit: ExitCode, ...args: readonly string[]): Act => ({ is: 'stepgate', args, exit });
const image = (tag: string): Act => ({ is: 'written', file: 'deploy/shop.yaml', text: deployment(tag) });
const push = (subject: string) => git(['commit', '-qam', subject], ['push', '-q']);

/** A tag whose image no node of the embedded cluster ever gets. */
const missing = 'broken';

/** The repository as it is found. */
export const files: readonly { readonly file: string; readonly text: string }[] = [
  { file: 'stepgate.yaml', text: config },
  { file: 'deploy/shop.yaml', text: deployment('v1') },
];

export const story: readonly Act[] = [
  told('One pod first, then half, then all; a person and three minutes in between.'),
  { is: 'shown', file: 'stepgate.yaml' },

  told('v1: a first deploy has nothing to go back to, so it goes out whole.'),
  stepgate(0, 'deploy', '--until', 'done'),

  told('v2 is deployed: one pod gets it, and the release waits for a person.'),
  image('v2'),
  push('shop v2'),
  stepgate(0, 'deploy'),

  told('Ada has looked at that pod, and lets the release go on.'),
  stepgate(0, 'promote', '--step', 'one'),

  told('A minute later half of the pods have it, and the three minutes are running.'),
  { is: 'passed', seconds: 60 },
  stepgate(0, 'status'),

  told('They pass (three seconds here), and a scheduled tick takes the rest along.'),
  stepgate(0, 'tick', '--until', 'done'),

  told('v3 cannot be pulled: one pod finds out, the deploy fails, the rest serve v2.'),
  image(missing),
  push('shop v3'),
  stepgate(1, 'deploy'),

  told('Ada takes it back, in the cluster and then in Git; the version is held.'),
  stepgate(0, 'rollback', '--reason', 'the image cannot be pulled'),

  told('Git says again what runs.'),
  git(['pull', '-q'], ['log', '--oneline']),

  told('Somebody deploys v3 once more: refused (exit code 4), nothing is written.'),
  stepgate(4, 'deploy', '--at', 'HEAD~1'),
];
