/** A stepgate.yaml with one delivery. `rest`: what follows the steps, beginning with further keys of the delivery. */
export function configOf(steps: readonly string[], rest = '', namespace = 'shop'): string {
  return `version: 1
deliveries:
  - delivery: shop
    namespace: ${namespace}
    workload: { kind: Deployment, name: shop }
    source: { files: [deploy/*.yaml] }
    strategy: partition
    steps:
${steps.map((step) => `      - ${step}\n`).join('')}${rest}`;
}
