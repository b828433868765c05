import type { Amount } from '../workloads/amounts.ts';
import type { Match, RoutingRef, Step } from './types.ts';
import type { WorkloadRef } from './workload-ref.ts';

/** Values as the engine's webhook prints them (Go's `%#v`). A pointer is printed as an address; one stands for all here. */
const address = '0xc000000000';

export function goReplicas(replicas: Amount): string {
  const [type, number, text] = typeof replicas === 'number' ? [0, replicas, ''] : [1, 0, replicas];
  return `intstr.IntOrString{Type:${type}, IntVal:${number}, StrVal:${goString(text)}}`;
}

export function goRef({ apiVersion, kind, name }: WorkloadRef): string {
  return `v1beta1.ObjectRef{APIVersion:${goString(apiVersion)}, Kind:${goString(kind)}, Name:${goString(name)}}`;
}

export function goSteps(steps: readonly Step[] | undefined): string {
  return list('v1beta1.CanaryStep', steps, (step) => {
    const routing = [
      `Traffic:${pointer('string', step.traffic)}`,
      `RequestHeaderModifier:${pointer('v1beta1.HTTPHeaderFilter', step.requestHeaderModifier)}`,
      `Matches:${list('v1beta1.HttpRouteMatch', step.matches, goMatch)}`,
    ];
    return [
      `TrafficRoutingStrategy:v1beta1.TrafficRoutingStrategy{${routing.join(', ')}}`,
      `Replicas:${pointer('intstr.IntOrString', step.replicas)}`,
      `Pause:v1beta1.RolloutPause{Duration:${pointer('int32', step.pause?.duration)}}`,
    ];
  });
}

export function goRoutings(routings: readonly RoutingRef[]): string {
  return list('v1beta1.TrafficRoutingRef', routings, (routing) => [
    `Service:${goString(routing.service)}`,
    `GracePeriodSeconds:${routing.gracePeriodSeconds ?? 0}`,
    `Ingress:${pointer('v1beta1.IngressTrafficRouting', routing.ingress)}`,
    `Gateway:${pointer('v1beta1.GatewayTrafficRouting', routing.gateway)}`,
    `CustomNetworkRefs:${list('v1beta1.ObjectRef', routing.customNetworkRefs, (ref) => [
      `APIVersion:${goString(ref.apiVersion)}`,
      `Kind:${goString(ref.kind)}`,
      `Name:${goString(ref.name)}`,
    ])}`,
  ]);
}

export function goIngress({ classType = '', name }: NonNullable<RoutingRef['ingress']>): string {
  return `v1beta1.IngressTrafficRouting{ClassType:${goString(classType)}, Name:${goString(name)}}`;
}

export function goGateway({ httpRouteName }: NonNullable<RoutingRef['gateway']>): string {
  return `v1beta1.GatewayTrafficRouting{HTTPRouteName:${pointer('string', httpRouteName)}}`;
}

function goMatch({ path, headers, queryParams }: Match): readonly string[] {
  const named = (type: string) => (one: NonNullable<Match['headers']>[number]) => [
    `Type:${pointer(type, one.type)}`,
    `Name:${goString(one.name)}`,
    `Value:${goString(one.value)}`,
  ];
  return [
    `Path:${pointer('v1beta1.HTTPPathMatch', path)}`,
    `Headers:${list('v1beta1.HTTPHeaderMatch', headers, named('v1beta1.HeaderMatchType'))}`,
    `QueryParams:${list('v1beta1.HTTPQueryParamMatch', queryParams, named('v1beta1.QueryParamMatchType'))}`,
  ];
}

function list<T>(type: string, items: readonly T[] | undefined, fields: (item: T) => readonly string[]): string {
  if (items === undefined) return `[]${type}(nil)`;
  return `[]${type}{${items.map((item) => `${type}{${fields(item).join(', ')}}`).join(', ')}}`;
}

function pointer(type: string, value: unknown): string {
  return `(*${type})(${value === undefined ? 'nil' : address})`;
}

function goString(text: string): string {
  return JSON.stringify(text);
}
