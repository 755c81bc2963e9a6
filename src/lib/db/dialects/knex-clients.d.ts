/** The clients of knex that we extend; knex has no types for them. */
declare module 'knex/lib/dialects/sqlite3/index.js' {
  import type {Knex} from 'knex'
  const client: typeof Knex.Client
  export default client
}

declare module 'knex/lib/dialects/postgres/index.js' {
  import type {Knex} from 'knex'
  const client: typeof Knex.Client
  export default client
}

declare module 'knex/lib/dialects/mysql2/index.js' {
  import type {Knex} from 'knex'
  const client: typeof Knex.Client
  export default client
}

declare module 'knex/lib/dialects/sqlite3/execution/sqlite-transaction.js' {
  export default class SqliteTransaction {
    constructor(client: object, ...rest: unknown[])
    client: {_query(connection: object, statement: {sql: string}): Promise<unknown>}
    trxClient: {query(connection: object, sql: string): Promise<unknown>}
    _completed: boolean
    _resolver(value: unknown): void
    _rejecter(error: unknown): void
    query(connection: object, sql: string, status?: number, value?: unknown): Promise<unknown>
  }
}
