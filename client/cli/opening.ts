/** What a command opens, and closes again whatever comes of it. */
import type { Client } from '@temporalio/client';
import { type Installation, openInstallation } from '../../store/organisations/installation.ts';
import { connectTemporal } from '../temporal.ts';

/** Does something with the record that the environment names. @throws Error that names every variable that is wrong. */
export async function withInstallation<T>(act: (installation: Installation) => Promise<T>): Promise<T> {
  const installation = openInstallation('cli');
  try {
    return await act(installation);
  } finally {
    await installation.close();
  }
}

/** Does something with the Temporal namespace that the environment names. */
export async function withTemporal<T>(act: (temporal: Client) => Promise<T>): Promise<T> {
  const temporal = await connectTemporal();
  try {
    return await act(temporal);
  } finally {
    await temporal.connection.close();
  }
}
