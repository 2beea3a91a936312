import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FtpAccess, ftpAccess } from '../../../connectors/palletways/config.ts';
import { PalletwaysFiles } from '../../../connectors/palletways/ftp.ts';
import { CallError } from '../../../domain/calls/error.ts';
import { FtpServer } from './ftp-server.ts';

let server: FtpServer;
let port: number;
beforeEach(async () => {
  server = new FtpServer();
  port = await server.start();
});
afterEach(() => server.stop());

const files = (more: Partial<FtpAccess> = {}, signal?: AbortSignal) =>
  new PalletwaysFiles(
    {
      depot: { number: '564', name: '' },
      timeouts: { connectMs: 300, headersMs: 300, bodyMs: 300 },
      ftp: { ...ftpAccess.parse({ host: '127.0.0.1', port, user: 'u', password: 'pass' }), ...more },
    },
    signal === undefined ? {} : { signal },
  );
const photo = { name: '60012340167_01.jpg', bytes: Buffer.alloc(70_000, 7) };

async function errorOf(call: Promise<unknown>): Promise<CallError> {
  const outcome = await call.then(
    () => new Error('it succeeded'),
    (error: unknown) => error,
  );
  if (!(outcome instanceof CallError)) throw outcome;
  return outcome;
}

describe('a file put', () => {
  it('arrives in the folder of the depot under its name, whole, written as a part first', async () => {
    await files().putFile(photo);
    expect([...server.files.keys()]).toEqual(['/pod/564/60012340167_01.jpg']);
    expect(server.files.get('/pod/564/60012340167_01.jpg')).toEqual(photo.bytes);
    expect(server.commands.filter((command) => ['STOR', 'RNFR', 'RNTO'].includes(command))).toEqual([
      'STOR',
      'RNFR',
      'RNTO',
    ]);
    expect(await files().has(photo.name)).toBe(true);
    expect(await files().has('60012340167_02.jpg')).toBe(false);
    expect(await files().list()).toEqual([{ name: photo.name, size: 70_000 }]);
  });
  it('makes the folder where it is missing', async () => {
    await files({ folder: '/in/{depot}/pod' }).putFile(photo);
    expect([...server.files.keys()]).toEqual(['/in/564/pod/60012340167_01.jpg']);
  });
  it('to a server that speaks SFTP is refused at once, with what is wrong', async () => {
    const ssh = createServer((socket) => socket.write('SSH-2.0-OpenSSH_9.6\r\n'));
    await new Promise<void>((listening) => ssh.listen(0, '127.0.0.1', listening));
    const { port: sshPort } = ssh.address() as AddressInfo;
    const error = await errorOf(files({ port: sshPort }).putFile(photo));
    ssh.close();
    expect(error.retry).toBe('refused');
    expect(error.message).toContain('SFTP');
  });
  it('with a name that leaves the folder is refused before anything is sent', async () => {
    for (const name of ['../x.jpg', 'a/b.jpg', '', 'a\r\nDELE b', '.hidden']) {
      expect((await errorOf(files().putFile({ ...photo, name }))).retry).toBe('refused');
    }
    expect(server.commands).toEqual([]);
  });
  it('interrupted before the rename is down: only a part is there', async () => {
    for (const command of ['STOR', 'SIZE', 'RNFR']) {
      server.faults = {
        before: (said) => (said === command && !server.commands.includes('LIST') ? 'drop' : undefined),
      };
      expect((await errorOf(files().putFile(photo))).retry).toBe('down');
      expect(server.files.has('/pod/564/60012340167_01.jpg')).toBe(false);
      server.commands.length = 0;
    }
  });
  it('whose rename was done and not answered is found by the look', async () => {
    server.faults = { after: () => 'drop' };
    await files().putFile(photo);
    expect(server.commands.filter((command) => command === 'LIST')).toHaveLength(1);
  });
  it('whose rename was not answered and that nobody finds is lost: the owner may have taken it', async () => {
    server.faults = {
      after: () => {
        server.files.clear();
        return 'drop';
      },
    };
    expect((await errorOf(files().putFile(photo))).retry).toBe('lost');
  });
  it('whose rename was not answered and where the look fails is lost', async () => {
    server.faults = { after: () => 'drop', before: (command) => (command === 'LIST' ? 'drop' : undefined) };
    expect((await errorOf(files().putFile(photo))).retry).toBe('lost');
  });
  it('whose part is short at the server is down', async () => {
    server.faults = { before: (command) => (command === 'SIZE' ? '213 5' : undefined) };
    expect((await errorOf(files().putFile(photo))).retry).toBe('down');
  });
  it('is put where the server tells no sizes', async () => {
    server.faults = { before: (command) => (command === 'SIZE' ? '502 no' : undefined) };
    await files().putFile(photo);
    expect(server.files.size).toBe(1);
  });
  it('given up is down before it was sent', async () => {
    expect((await errorOf(files({}, AbortSignal.abort()).putFile(photo))).retry).toBe('down');
    server.faults = { before: (command) => (command === 'STOR' ? 'silent' : undefined) };
    expect((await errorOf(files({}, AbortSignal.timeout(100)).putFile(photo))).retry).toBe('down');
  });
});

describe('the class of an FTP failure', () => {
  const table: readonly [string, string, string, string][] = [
    ['wrong password', 'PASS', '530 not with pass', 'auth'],
    ['closing', 'USER', '421 closing', 'busy'],
    ['no space for now', 'STOR', '452 full', 'busy'],
    ['not allowed', 'STOR', '553 not allowed', 'refused'],
    ['rename not allowed', 'RNTO', '553 not allowed', 'refused'],
    ['silence after a command', 'TYPE', 'silent', 'down'],
    ['silence at the connection', 'CONNECT', 'silent', 'down'],
  ];
  for (const [name, at, fault, expected] of table) {
    it(`${name} is ${expected}`, async () => {
      server.faults = { before: (command) => (command === at ? fault : undefined) };
      const error = await errorOf(files().putFile(photo));
      expect(error.retry).toBe(expected);
      expect(error.message).not.toMatch(/\bpass\b/);
    });
  }
  it('nobody there is down', async () => {
    server.stop();
    expect((await errorOf(files().list())).retry).toBe('down');
  });
});

describe('TLS', () => {
  it('is not insisted on with auto, is with always, is not tried with never', async () => {
    await files({ secure: 'auto' }).putFile(photo);
    expect(server.commands[0]).toBe('AUTH');
    expect((await errorOf(files({ secure: 'always' }).putFile(photo))).retry).toBe('refused');
    server.commands.length = 0;
    await files({ secure: 'never' }).putFile(photo);
    expect(server.commands).not.toContain('AUTH');
  });
  it('is used where it is offered, and a certificate nobody vouches for is not taken unless told to', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ftp-tls-'));
    try {
      const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
      const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
      execFileSync(
        'openssl',
        ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert, ...subject],
        {
          stdio: 'ignore',
        },
      );
      server.faults = { tls: { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') } };
      expect((await errorOf(files().putFile(photo))).retry).toBe('down');
      expect(server.commands).not.toContain('PASS');
      await files({ verify: false }).putFile(photo);
      expect(server.commands).toContain('PROT');
      expect(server.files.get('/pod/564/60012340167_01.jpg')).toEqual(photo.bytes);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
