import { httpRoute } from './http-route.ts';
import { ingress } from './ingress.ts';
import type { Provider, RouteContext, Share } from './provider.ts';

function providers(context: RouteContext): readonly Provider[] {
  const { ref } = context;
  return [
    ...(ref.ingress === undefined ? [] : [ingress(context, ref.ingress.name, ref.ingress.classType ?? '')]),
    ...(ref.gateway?.httpRouteName === undefined ? [] : [httpRoute(context, ref.gateway.httpRouteName)]),
  ];
}

export function checkRoutes(context: RouteContext): void {
  for (const provider of providers(context)) provider.check();
}

export function ensureRoutes(context: RouteContext, share: Share): boolean {
  return providers(context)
    .map((provider) => provider.ensure(share))
    .every(Boolean);
}

export function finaliseRoutes(context: RouteContext): boolean {
  return providers(context)
    .map((provider) => provider.finalise())
    .some(Boolean);
}
