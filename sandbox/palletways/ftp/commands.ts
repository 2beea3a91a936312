/** Commands without a data connection (RFC 959, 2389, 2428, 3659, 4217). What is not here is answered 502: APPE and REST among them. */
import { mkdir, rename, rm, rmdir } from 'node:fs/promises';
import { isTaken, stamp } from './folder.ts';
import type { Command, Session } from './session.ts';

/** Commands that need no login. */
export const OPEN_COMMANDS = new Set(['USER', 'PASS', 'QUIT', 'FEAT', 'SYST', 'NOOP', 'OPTS', 'AUTH', 'PBSZ', 'PROT']);

const FEATURES = ['UTF8', 'EPSV', 'SIZE', 'MDTM', 'MLST type*;size*;modify*;'];

const user: Command = (session, argument) => {
  session.user = argument;
  session.organisation = null;
  session.reply(331, 'User name okay, need password.');
};

const pass: Command = (session, argument) => {
  const organisation = session.user === null ? null : session.parts.login(session.user, argument);
  if (organisation === null) {
    session.reply(530, 'Login incorrect.');
    return;
  }
  session.signIn(organisation);
  session.reply(230, 'User logged in, proceed.');
};

const feat: Command = (session) => {
  const tls = session.parts.secure === null ? [] : ['AUTH TLS', 'PBSZ', 'PROT'];
  session.replyLines(211, 'Features:', [...FEATURES, ...tls], 'End');
};

const auth: Command = (session, argument) => {
  const { secure } = session.parts;
  if (secure === null) session.reply(502, 'Command not implemented.');
  else if (!/^TLS/i.test(argument)) session.reply(504, 'Only TLS.');
  else {
    session.reply(234, 'Proceed with negotiation.');
    session.startTls(secure);
  }
};

const pbsz: Command = (session) => {
  if (session.isTls) session.reply(200, 'PBSZ=0');
  else session.reply(session.parts.secure === null ? 502 : 503, 'Not secured.');
};

const prot: Command = (session, argument) => {
  if (!session.isTls) {
    session.reply(session.parts.secure === null ? 502 : 503, 'Not secured.');
    return;
  }
  session.protectData = /^P$/i.test(argument);
  session.reply(200, 'Done.');
};

const pasv: Command = async (session) => {
  const port = await session.openPassive();
  const host = session.host.replace(/^::ffff:/, '').replaceAll('.', ',');
  session.reply(227, `Entering Passive Mode (${host},${Math.floor(port / 256)},${port % 256})`);
};

const epsv: Command = async (session) => {
  const port = await session.openPassive();
  session.reply(229, `Entering Extended Passive Mode (|||${port}|)`);
};

const cwd: Command = async (session, argument) => {
  const path = session.folder?.path(session.current, argument) ?? '/';
  const entry = (await session.folder?.entry(path)) ?? null;
  if (entry?.folder !== true) {
    session.reply(550, 'No such folder.');
    return;
  }
  session.current = path;
  session.reply(250, 'Folder changed.');
};

const mkd: Command = async (session, argument) => {
  const { world } = session.parts;
  if (world.plays('34a') || world.plays('34b')) {
    session.reply(550, 'Permission denied.');
    return;
  }
  await onPath(session, argument, async (path, onDisk) => {
    await mkdir(onDisk);
    session.reply(257, `"${path}" created.`);
  });
};

const rmd: Command = async (session, argument) => {
  await onPath(session, argument, async (_path, onDisk) => {
    await rmdir(onDisk);
    session.reply(250, 'Folder removed.');
  });
};

const dele: Command = async (session, argument) => {
  await onPath(session, argument, async (path, onDisk) => {
    await rm(onDisk);
    if (session.organisation !== null) session.parts.files.gone(session.organisation.name, path);
    session.reply(250, 'Deleted.');
  });
};

const rnfr: Command = async (session, argument) => {
  if (session.parts.world.plays('34b')) {
    session.reply(550, 'Permission denied.');
    return;
  }
  const path = session.folder?.path(session.current, argument) ?? '/';
  const entry = (await session.folder?.entry(path)) ?? null;
  if (entry === null || entry.folder) {
    session.reply(550, 'No such file.');
    return;
  }
  session.renameFrom = path;
  session.reply(350, 'Ready for RNTO.');
};

/** The rename is what makes a file held: until then it has a name that never counts. */
const rnto: Command = async (session, argument) => {
  const from = session.renameFrom;
  const { organisation, folder, parts } = session;
  if (from === null || folder === null || organisation === null) {
    session.reply(503, 'RNFR first.');
    return;
  }
  if (!isTaken(session, argument)) {
    session.reply(553, 'File name not allowed.');
    return;
  }
  await onPath(session, argument, async (path, onDisk) => {
    await rename(folder.onDisk(from), onDisk);
    parts.files.gone(organisation.name, from);
    await parts.files.arrived(organisation.name, path);
    session.reply(250, 'Renamed.');
  });
};

const size: Command = (session, argument) => ofFile(session, argument, (entry) => String(entry.size));
const mdtm: Command = (session, argument) => ofFile(session, argument, (entry) => stamp(entry.modified));

async function ofFile(
  session: Session,
  argument: string,
  say: (entry: { size: number; modified: Date }) => string,
): Promise<void> {
  const entry = (await session.folder?.entry(session.folder.path(session.current, argument))) ?? null;
  if (entry === null || entry.folder) session.reply(550, 'No such file.');
  else session.reply(213, say(entry));
}

async function onPath(
  session: Session,
  argument: string,
  act: (path: string, onDisk: string) => Promise<void>,
): Promise<void> {
  const { folder } = session;
  const path = folder?.path(session.current, argument) ?? '/';
  if (folder === null || argument === '' || path === '/') {
    session.reply(501, 'A name is needed.');
    return;
  }
  try {
    await act(path, folder.onDisk(path));
  } catch {
    session.reply(550, 'Requested action not taken.');
  }
}

function says(code: number, text: string): Command {
  return (session) => session.reply(code, text);
}

export const COMMANDS: Record<string, Command> = {
  USER: user,
  PASS: pass,
  FEAT: feat,
  AUTH: auth,
  PBSZ: pbsz,
  PROT: prot,
  PASV: pasv,
  EPSV: epsv,
  CWD: cwd,
  CDUP: (session) => cwd(session, '..'),
  PWD: (session) => session.reply(257, `"${session.current}"`),
  MKD: mkd,
  RMD: rmd,
  DELE: dele,
  RNFR: rnfr,
  RNTO: rnto,
  SIZE: size,
  MDTM: mdtm,
  SYST: says(215, 'UNIX Type: L8'),
  TYPE: (session, argument) => session.reply(/^[AI]/i.test(argument) ? 200 : 504, 'Type.'),
  MODE: (session, argument) => session.reply(/^S$/i.test(argument) ? 200 : 504, 'Mode.'),
  STRU: (session, argument) => session.reply(/^F$/i.test(argument) ? 200 : 504, 'Structure.'),
  OPTS: (session, argument) => session.reply(/^(UTF8|MLST)/i.test(argument) ? 200 : 501, 'Option.'),
  NOOP: says(200, 'Okay.'),
  QUIT: (session) => {
    session.reply(221, 'Goodbye.');
    session.end();
  },
};
