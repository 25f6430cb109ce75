import * as z from 'zod';

/** A pod of Kubernetes, as the container runtime of its node knows it. */
export const Pod = z.object({
  namespace: z.string(),
  name: z.string(),
  uid: z.string(),
  labels: z.record(z.string(), z.string()),
  annotations: z.record(z.string(), z.string()),
});
export type Pod = z.infer<typeof Pod>;

/** As `kubectl` names it where namespaces differ. */
export const podLabel = ({ namespace, name }: Pod): string => `${namespace}/${name}`;
