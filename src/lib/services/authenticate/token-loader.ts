import {Batches} from '../../batching/batches.js'
import type {Database} from '../../db/database.js'
import {CheckTokenRepository, type LoadedToken, type TokensOf} from '../../store/check-tokens.js'

/** Reads the tokens of several users, who log in at the same moment, in one statement. */
export class TokenLoader {
  readonly #batches: Batches<TokensOf, LoadedToken[]>

  constructor(db: Database) {
    this.#batches = new Batches({
      size: 50,
      // SQLite answers one statement at a time in a process anyway.
      lanes: db.dialect === 'sqlite' ? 1 : 2,
      run: (users) => new CheckTokenRepository(db).ofUsers(users),
    })
  }

  /** Tokens assigned to a user, as far as they are in the realm; read after this call. */
  ofUser(user: TokensOf): Promise<LoadedToken[]> {
    return this.#batches.submit(user)
  }
}
