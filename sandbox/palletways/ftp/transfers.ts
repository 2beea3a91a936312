/** Commands with a data connection: STOR, RETR and the three listings. */
import { createReadStream, createWriteStream } from 'node:fs';
import type { Socket } from 'node:net';
import { posix } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Entry, type Folder, listLine, machineLine } from './folder.ts';
import type { Command, Session } from './session.ts';

/** Bytes let through before a fault cuts a transfer. */
const CUT_AFTER = 512;

/** A file cut off stays as far as it came, as with any FTP server; it is not held. */
const stor: Command = async (session, argument) => {
  const { folder, organisation } = session;
  const path = folder?.path(session.current, argument) ?? '/';
  const parent = (await folder?.entry(posix.dirname(path))) ?? null;
  const there = (await folder?.entry(path)) ?? null;
  if (folder === null || organisation === null || argument === '' || parent?.folder !== true || there?.folder === true) {
    refuse(session, 550, 'No such folder.');
    return;
  }
  const done = await transfer(session, async (socket) => {
    await pipeline([socket, ...limiterOf(session), createWriteStream(folder.onDisk(path))]);
  });
  if (!done) return;
  await session.parts.files.arrived(organisation.name, path);
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
  const done = await transfer(session, (socket) => pipeline([createReadStream(folder.onDisk(path)), ...limiterOf(session), socket]));
  if (done) session.reply(226, 'Transfer complete.');
};

/** `write` makes a line of an entry. Options of `ls` that some clients send are passed over. */
function listing(write: (entry: Entry) => string): Command {
  return async (session, argument) => {
    const { folder } = session;
    const path = folder?.path(session.current, argument.replace(/^-\S*\s*/, '')) ?? '/';
    if (folder === null || (await folder.entry(path)) === null) {
      refuse(session, 550, 'No such folder.');
      return;
    }
    const done = await transfer(session, async (socket) => pipeline(Readable.from([await linesOf(folder, path, write)]), socket));
    if (done) session.reply(226, 'Listing complete.');
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

/** Waits for the data connection, says 150, runs `move`; false when it failed and that was answered. */
async function transfer(session: Session, move: (socket: Socket) => Promise<void>): Promise<boolean> {
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
    session.reply(426, 'Connection closed; transfer aborted.');
    return false;
  } finally {
    passive.close();
  }
}

/** For the fault that cuts a transfer halfway. */
function limiterOf(session: Session): Transform[] {
  if (!session.cutHalfway) return [];
  let passed = 0;
  const limiter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      this.push(chunk.subarray(0, CUT_AFTER - passed));
      passed += chunk.length;
      done(passed < CUT_AFTER ? null : new Error('cut by a fault'));
    },
  });
  return [limiter];
}

export const TRANSFERS: Record<string, Command> = {
  STOR: stor,
  RETR: retr,
  LIST: listing(listLine),
  NLST: listing((entry) => entry.name),
  MLSD: listing(machineLine),
};
