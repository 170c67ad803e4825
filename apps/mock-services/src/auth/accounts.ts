import { hash } from 'node:crypto';
import { hashPassword, isPassword, type PasswordHash } from './password';

/** A user. */
export interface Account {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly scopes: readonly string[];
}

/** A user as it is seeded. */
export interface AccountSeed extends Account {
  readonly password: string;
  /** Opaque tokens that don't end: what a script would use. */
  readonly accessTokens: readonly string[];
}

interface Entry {
  readonly account: Account;
  readonly password: PasswordHash;
}

const digest = (token: string): string => hash('sha256', token, 'base64');

/** The users of the demonstration. */
export class Accounts {
  private constructor(
    private readonly byEmail: ReadonlyMap<string, Entry>,
    private readonly byId: ReadonlyMap<string, Account>,
    private readonly byToken: ReadonlyMap<string, Account>,
    /** Checked for unknown addresses, so that the time doesn't tell which addresses exist. */
    private readonly nobody: PasswordHash,
  ) {}

  static async seeded(seeds: readonly AccountSeed[]): Promise<Accounts> {
    const byEmail = new Map<string, Entry>();
    const byToken = new Map<string, Account>();
    for (const { password, accessTokens, ...account } of seeds) {
      byEmail.set(account.email, { account, password: await hashPassword(password) });
      for (const token of accessTokens) byToken.set(digest(token), account);
    }
    return new Accounts(byEmail, new Map(seeds.map((each) => [each.id, each])), byToken, await hashPassword(''));
  }

  /** Null when the address is unknown or the password is wrong. */
  async login(email: string, password: string): Promise<Account | null> {
    const entry = this.byEmail.get(email.toLowerCase());
    const right = await isPassword(password, entry?.password ?? this.nobody);
    return entry !== undefined && right ? entry.account : null;
  }

  get(id: string): Account | undefined {
    return this.byId.get(id);
  }

  /** The owner of an opaque token. */
  byAccessToken(token: string): Account | undefined {
    return this.byToken.get(digest(token));
  }
}
