import { inject } from 'vitest';
import type { Condition } from './fixture.ts';

/** Once for a file whose tests need it: KubeVela beside the suite's cluster, started if no other file has asked before. */
export async function velaRuns(): Promise<void> {
  const answer = await fetch(inject('vela'));
  if (!answer.ok) throw new Error(`KubeVela did not start: ${await answer.text()}`);
}

/** The fields of an Application that tests look at. */
export type Application = {
  readonly metadata: {
    readonly name: string;
    readonly generation: number;
    readonly resourceVersion: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly status?: {
    /** The phase. */
    readonly status?: string;
    readonly observedGeneration?: number;
    readonly latestRevision?: { readonly name: string; readonly revision: number; readonly revisionHash: string };
    readonly conditions?: readonly Condition[];
    readonly workflow?: {
      /** The publishVersion that the workflow is of. */
      readonly appRevision?: string;
      readonly status?: string;
      readonly finished?: boolean;
      readonly steps?: readonly { readonly name: string; readonly phase: string; readonly message?: string }[];
    };
  };
};

export type Component = {
  readonly image: string;
  /** The rollout-id and the publishVersion. */
  readonly id: string;
  /** `canary.steps` of the trait. */
  readonly steps: readonly object[];
  /** `batch` is partition style. */
  readonly releaseMode?: 'canary' | 'batch';
  readonly replicas?: number;
};

/** An Application `site` with the component `shop`, as a person would write it. */
export function site({ image, id, steps, releaseMode = 'batch', replicas = 5 }: Component): object {
  const traits = [
    { type: 'scaler', properties: { replicas } },
    { type: 'kruise-rollout', properties: { releaseMode, canary: { steps } } },
  ];
  return {
    apiVersion: 'core.oam.dev/v1beta1',
    kind: 'Application',
    metadata: {
      name: 'site',
      annotations: { 'app.oam.dev/publishVersion': id },
      labels: { 'rollouts.kruise.io/rollout-id': id },
    },
    spec: { components: [{ name: 'shop', type: 'webservice', properties: { image }, traits }] },
  };
}
