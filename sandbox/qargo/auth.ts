/** Credentials (apis 2.2): OAuth client for REST, other Basic credentials for webhooks; neither works for the other. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { TwinState } from './model.ts';

/** "Key is valid for 1 hour": not divided by the pace. */
const TOKEN_SECONDS = 3_600;

export type Basic = { user: string; password: string };

export function basicOf(header: string | undefined): Basic | null {
  const encoded = /^Basic\s+([A-Za-z0-9+/=]+)$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return null;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? null : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

export interface Who {
  organisation: string;
  /** What the credentials are good for. */
  kind: 'client' | 'webhook';
}

/** The tenant these credentials belong to. */
export function whoIs(state: TwinState, basic: Basic): Who | null {
  for (const [organisation, settings] of Object.entries(state.organisations)) {
    if (settings.webhook.user === basic.user && settings.webhook.password === basic.password)
      return { organisation, kind: 'webhook' };
    if (settings.clientId === basic.user && settings.secret === basic.password) return { organisation, kind: 'client' };
  }
  return null;
}

const claimsSchema = z.object({ sub: z.string(), client: z.string(), iat: z.number(), exp: z.number() });

function sign(text: string, key: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** A JWT, as the real one is. */
export function makeToken(
  state: TwinState,
  organisation: string,
  now: number,
): { access_token: string; token_type: string; expires_in: number | null } {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const client = state.organisations[organisation]?.clientId ?? '';
  const claims = {
    sub: organisation,
    client,
    iat: Math.floor(now / 1_000),
    exp: Math.floor(now / 1_000) + TOKEN_SECONDS,
  };
  const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return {
    access_token: `${text}.${sign(text, state.tokenKey).toString('base64url')}`,
    token_type: 'Bearer',
    expires_in: TOKEN_SECONDS,
  };
}

/** The tenant of a token that is ours, not revoked, not expired and of the client as it is set up now. */
export function tenantOfToken(
  state: TwinState,
  header: string | undefined,
  now: number,
  revokedAfterMs = Number.POSITIVE_INFINITY,
): string | null {
  const [head, body, signature] = /^Bearer\s+(\S+)$/i.exec(header ?? '')?.[1]?.split('.') ?? [];
  if (head === undefined || body === undefined || signature === undefined) return null;
  const expected = sign(`${head}.${body}`, state.tokenKey);
  const given = Buffer.from(signature, 'base64url');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
  const claims = claimsSchema.safeParse(JSON.parse(Buffer.from(body, 'base64url').toString('utf8')));
  if (!claims.success || claims.data.exp * 1_000 <= now) return null;
  if (claims.data.iat * 1_000 + revokedAfterMs <= now) return null;
  return state.organisations[claims.data.sub]?.clientId === claims.data.client ? claims.data.sub : null;
}
