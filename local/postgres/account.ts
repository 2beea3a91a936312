import { spawnSync } from 'node:child_process';
import { userInfo } from 'node:os';

/** The user that the server runs as. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/**
 * PostgreSQL refuses to run as root: who is root gets another account (postgres, macOS's _postgres, a new postgres,
 * nobody), anybody else stays who they are (undefined).
 */
export function serverAccount(): Account | undefined {
  if (process.getuid?.() !== 0) {
    nameOfThisUser();
    return undefined;
  }
  const known = lookUp('postgres') ?? lookUp('_postgres');
  if (known !== undefined) return known;
  spawnSync('groupadd', ['--system', '--force', 'postgres'], { stdio: 'ignore' });
  spawnSync(
    'useradd',
    ['--system', '--no-create-home', '--gid', 'postgres', '--shell', '/usr/sbin/nologin', 'postgres'],
    {
      stdio: 'ignore',
    },
  );
  const account = lookUp('postgres') ?? lookUp('nobody');
  if (account === undefined)
    throw new Error('PostgreSQL does not run as root, and no other user (postgres, nobody) was found or could be made');
  return account;
}

/** initdb asks the system for the user's name and fails where there is none (a container started with a bare number). */
function nameOfThisUser(): string {
  try {
    return userInfo().username;
  } catch {
    throw new Error(
      `PostgreSQL needs a user with a name, and user ${process.getuid?.()} has none on this machine: give it an entry in /etc/passwd, or set DATABASE_URL`,
    );
  }
}

function lookUp(name: string): Account | undefined {
  const id = (flag: string): number => {
    const { status, stdout } = spawnSync('id', [flag, name], { encoding: 'utf8' });
    return status === 0 ? Number(stdout.trim()) : Number.NaN;
  };
  const account = { uid: id('-u'), gid: id('-g') };
  return account.uid > 0 && account.gid >= 0 ? account : undefined;
}

/** Whether that account can do it: asked of the system by trying, so that access lists and mounts count too. */
export function can(account: Account | undefined, command: string, args: readonly string[]): boolean {
  const { status } = spawnSync(command, args, { cwd: '/', stdio: 'ignore', timeout: 15_000, ...account });
  return status === 0;
}
