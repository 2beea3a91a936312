/**
 * The rows of the integration: what an organisation can switch. An obligation belongs to one row; what only reads (a look at either
 * side) belongs to none and cannot be switched off.
 */
import type { ObligationKind } from './obligations.ts';

export const rows = ['orders', 'labels', 'cancellations', 'planning', 'milestones', 'scans', 'exceptions', 'pod'] as const;
export type Row = (typeof rows)[number];

/** `shadow`: everything is heard and read, nothing is sent, and what would have been sent can be seen. */
export type Switch = 'on' | 'shadow' | 'off';

export const rowOf: Readonly<Record<ObligationKind, Row | null>> = {
  order: 'orders',
  references: 'labels',
  labels: 'labels',
  cancel: 'cancellations',
  evidence: null,
  plan: 'planning',
  scan: 'scans',
  milestone: 'milestones',
  exception: 'exceptions',
  pod: 'pod',
  file: 'pod',
  consignment: null,
  verdict: 'orders',
  refresh: null,
};
