import type { ExitCode } from '../release/report.ts';

/** One act of the demo. */
export type Act =
  /** Prints a sentence about the next act. */
  | { readonly is: 'told'; readonly text: string }
  /** Shows a file of the repository. */
  | { readonly is: 'shown'; readonly file: string }
  /** Writes a file of the repository. */
  | { readonly is: 'written'; readonly file: string; readonly text: string }
  /** Lets time pass, by the cluster's clock. */
  | { readonly is: 'passed'; readonly seconds: number }
  /** Git commands in one line, executed in order. */
  | { readonly is: 'git'; readonly commands: readonly (readonly string[])[] }
  /** A command line of stepgate. Another exit code is a failure of the demo. */
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

/** An image tag that no node of the embedded cluster can pull. */
const missing = 'broken';

/** The files of the repository at the beginning. */
export const files: readonly { readonly file: string; readonly text: string }[] = [
  { file: 'stepgate.yaml', text: config },
  { file: 'deploy/shop.yaml', text: deployment('v1') },
];

export const story: readonly Act[] = [
  told('The plan: one pod, half, all. Gates: an approval, then a 3-minute soak.'),
  { is: 'shown', file: 'stepgate.yaml' },

  told('v1 is the first deploy: no earlier version, so it is not progressive.'),
  stepgate(0, 'deploy', '--until', 'done'),

  told('v2 is deployed: one pod gets it, and the release waits for an approval.'),
  image('v2'),
  push('shop v2'),
  stepgate(0, 'deploy'),

  told('Ada has checked that pod, and approves the step.'),
  stepgate(0, 'promote', '--step', 'one'),

  told('A minute later half of the pods have v2, and the soak is running.'),
  { is: 'passed', seconds: 60 },
  stepgate(0, 'status'),

  told('The soak ends (three seconds here), and a tick advances the release.'),
  stepgate(0, 'tick', '--until', 'done'),

  told('The image of v3 cannot be pulled: one pod fails, and the others serve v2.'),
  image(missing),
  push('shop v3'),
  stepgate(1, 'deploy'),

  told('Ada rolls back, first in the cluster, then in Git. The version v3 is held.'),
  stepgate(0, 'rollback', '--reason', 'the image cannot be pulled'),

  told('Git has the revert, and names v2 again.'),
  git(['pull', '-q'], ['log', '--oneline']),

  told('Somebody deploys v3 again: refused (exit code 4), and nothing is written.'),
  stepgate(4, 'deploy', '--at', 'HEAD~1'),
];
