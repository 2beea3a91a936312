/** Commands with a data connection: STOR, RETR and the three listings. */
import { open, readFile, rename } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Entry, type Folder, isTaken, listLine, machineLine } from './folder.ts';
import type { Command, Session } from './session.ts';

/**
 * A file cut off stays as far as it came, as with any FTP server; it is not held. With the fault `late` the whole file is
 * received, the line is cut, and the file comes into the folder later.
 */
const stor: Command = async (session, argument) => {
  const { folder, organisation, parts, strike } = session;
  const path = folder?.path(session.current, argument) ?? '/';
  const parent = (await folder?.entry(posix.dirname(path))) ?? null;
  const there = (await folder?.entry(path)) ?? null;
  if (
    folder === null ||
    organisation === null ||
    argument === '' ||
    parent?.folder !== true ||
    there?.folder === true
  ) {
    refuse(session, 550, 'No such folder.');
    return;
  }
  if (!isTaken(session, argument)) {
    refuse(session, 553, 'File name not allowed.');
    return;
  }
  const onDisk = folder.onDisk(path);
  const into = strike.late === null ? onDisk : parts.files.aside();
  const done = await transfer(session, (socket) => take(socket, into, strike.cutData));
  if (!done) return;
  const put = async () => {
    if (into !== onDisk) await rename(into, onDisk);
    await parts.files.arrived(organisation.name, path);
  };
  if (strike.late !== null) {
    parts.late.after(strike.late, put);
    session.destroy();
    return;
  }
  await put();
  session.reply(226, 'Transfer complete.');
};

const retr: Command = async (session, argument) => {
  const { folder } = session;
  const path = folder?.path(session.current, argument) ?? '/';
  const entry = (await folder?.entry(path)) ?? null;
  if (folder === null || entry === null || entry.folder) {
    refuse(session, 550, 'No such file.');
    return;
  }
  await give(session, await readFile(folder.onDisk(path)));
};

/** Sends bytes; faults cut data and control connection in their middle. */
async function give(session: Session, bytes: Buffer): Promise<void> {
  const { cutData, truncate, drop, late } = session.strike;
  const half = drop === 'answer' ? Math.floor(bytes.length / 2) : null;
  const most = cutData ?? truncate ?? half ?? (late === null ? null : 0);
  const done = await transfer(
    session,
    async (socket) => {
      await pipeline(Readable.from([bytes.subarray(0, most ?? bytes.length)]), socket);
      if (most !== null) throw new Error('cut by a fault');
    },
    most !== null,
  );
  if (done) session.reply(226, 'Transfer complete.');
}

/** `write` makes a line of an entry. Options of `ls` that some clients send are passed over. */
function listing(write: (entry: Entry) => string): Command {
  return async (session, argument) => {
    const { folder } = session;
    const path = folder?.path(session.current, argument.replace(/^-\S*\s*/, '')) ?? '/';
    if (folder === null || (await folder.entry(path)) === null) {
      refuse(session, 550, 'No such folder.');
      return;
    }
    await give(session, await linesOf(folder, path, write));
  };
}

async function linesOf(folder: Folder, path: string, write: (entry: Entry) => string): Promise<Buffer> {
  const entries = await folder.list(path);
  return Buffer.from(entries.map((entry) => `${write(entry)}\r\n`).join(''));
}

function refuse(session: Session, code: number, text: string): void {
  session.passive?.close();
  session.passive = null;
  session.reply(code, text);
}

/** Waits for the data connection, says 150, runs `move`; false when it failed and that was answered, or the line was cut. */
async function transfer(
  session: Session,
  move: (socket: Socket) => Promise<void>,
  cuts = session.strike.cutData !== null,
): Promise<boolean> {
  const { passive } = session;
  session.passive = null;
  if (passive === null) {
    session.reply(425, 'Use PASV or EPSV first.');
    return false;
  }
  try {
    session.reply(150, 'Data connection accepted.');
    await move(await passive.socket());
    return true;
  } catch {
    if (cuts) session.destroy();
    else session.reply(426, 'Connection closed; transfer aborted.');
    return false;
  } finally {
    passive.close();
  }
}

/** Writes what comes; after `most` bytes, or at the end if that is sooner, it fails and leaves what was written. */
async function take(socket: Socket, onDisk: string, most: number | null): Promise<void> {
  const file = await open(onDisk, 'w');
  try {
    let left = most ?? Number.POSITIVE_INFINITY;
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      const part = chunk.subarray(0, left);
      await file.writeFile(part);
      left -= part.length;
      if (left <= 0) break;
    }
  } finally {
    await file.close();
  }
  if (most !== null) throw new Error('cut by a fault');
}

export const TRANSFERS: Record<string, Command> = {
  STOR: stor,
  RETR: retr,
  LIST: listing(listLine),
  NLST: listing((entry) => entry.name),
  MLSD: listing(machineLine),
};
