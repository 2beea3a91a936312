/** Palletways pulls our exceptions: it reads a feed from where it left off and fetches the photos that an item links to. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Pulled, PulledPhoto, World } from './world.ts';

/** The feed, or what it answered, is not one that can be read; nothing was taken over. */
export class FeedError extends Error {}

/** One of the two ways to show who asks, or none. */
export interface FeedAccess {
  url: string;
  user?: string | undefined;
  password?: string | undefined;
  token?: string | undefined;
  /** Reads from there instead of where it left off; null: from the start. */
  cursor?: string | null | undefined;
}

const cursorSchema = z.union([z.string(), z.number().transform(String)]).nullable();
const itemSchema = z.looseObject({
  id: z.union([z.string().min(1), z.number().transform(String)]),
  photos: z.array(z.looseObject({ url: z.string() })).default([]),
});
const pageSchema = z.looseObject({ items: z.array(itemSchema), cursor: cursorSchema });

const TIMEOUT_MS = 10_000;

function credentials({ user, password, token }: FeedAccess): Record<string, string> {
  if (token !== undefined) return { authorization: `Bearer ${token}` };
  if (user === undefined) return {};
  return { authorization: `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}` };
}

/** The bytes behind a link. Credentials go to the feed's own host only. */
async function fetched(url: URL, feed: URL, access: FeedAccess): Promise<{ status: number; bytes: Buffer }> {
  const headers = url.origin === feed.origin ? credentials(access) : {};
  const answer = await fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
  return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) };
}

async function photoOf(link: string, feed: URL, access: FeedAccess): Promise<PulledPhoto> {
  try {
    const { status, bytes } = await fetched(new URL(link, feed), feed, access);
    if (status !== 200) return { url: link, sha256: null, size: 0, status };
    return { url: link, sha256: createHash('sha256').update(bytes).digest('hex'), size: bytes.length, status };
  } catch {
    return { url: link, sha256: null, size: 0, status: 0 };
  }
}

async function pageOf(feed: URL, access: FeedAccess, cursor: string | null): Promise<z.infer<typeof pageSchema>> {
  const url = new URL(feed);
  if (cursor !== null) url.searchParams.set('cursor', cursor);
  let got: { status: number; bytes: Buffer };
  try {
    got = await fetched(url, feed, access);
  } catch (error) {
    throw new FeedError(`the feed gave no answer: ${String(error)}`);
  }
  const text = got.bytes.toString('utf8');
  if (got.status !== 200) throw new FeedError(`the feed answered ${got.status}: ${text.slice(0, 200)}`);
  try {
    return pageSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new FeedError(`the feed's answer is not {items, cursor}: ${String(error)}`);
  }
}

/**
 * One page: what came is kept by its id, a second copy is counted, and the cursor is remembered once all of it was kept.
 * @throws {FeedError}
 */
export async function pull(
  world: World,
  organisation: string,
  access: FeedAccess,
): Promise<{ items: Pulled[]; cursor: string | null }> {
  const feed = new URL(access.url);
  const page = await pageOf(
    feed,
    access,
    access.cursor === undefined ? (world.state.cursors?.[organisation] ?? null) : access.cursor,
  );
  const items: Pulled[] = [];
  for (const item of page.items) {
    const photos: PulledPhoto[] = [];
    for (const { url } of item.photos) photos.push(await photoOf(url, feed, access));
    items.push(keep(world, { organisation, id: item.id, times: 1, item, photos }));
  }
  // a page that names no place leaves it where it was
  if (page.cursor !== null) world.state.cursors = { ...world.state.cursors, [organisation]: page.cursor };
  world.touch();
  return { items, cursor: world.state.cursors?.[organisation] ?? null };
}

function keep(world: World, came: Pulled): Pulled {
  const pulled = world.state.pulled ?? [];
  world.state.pulled = pulled;
  const known = pulled.find(({ organisation, id }) => organisation === came.organisation && id === came.id);
  if (known !== undefined) return Object.assign(known, came, { times: known.times + 1 });
  pulled.push(came);
  return came;
}
