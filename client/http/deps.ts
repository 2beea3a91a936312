/** What the operations API is given. */
import type { Client } from '@temporalio/client';
import type { Installation } from '../../store/organisations/installation.ts';

export interface OperationsDeps {
  readonly installation: Installation;
  readonly temporal: Client;
  readonly operationsToken: string | undefined;
  /** Called after something was stored that a workflow is to be told; `bytes`: a message of that size. */
  readonly stored: (bytes?: number) => void;
}
