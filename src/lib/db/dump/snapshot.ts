import type {Knex} from 'knex'
import type {Connection} from '../connect.js'
import type {Reader} from './contract.js'

/** Lets `use` read a database as it stands at one moment, whatever others write meanwhile. Nobody waits for it. */
export async function withSnapshot<R>(
  {dialect, knex: k}: Pick<Connection, 'dialect' | 'knex'>,
  use: (read: Reader) => Promise<R>,
): Promise<R> {
  const client = k.client as Knex.Client
  const connection: unknown = await client.acquireConnection()
  const read: Reader = async (sql, bindings = []) =>
    dialect.dump.rows(await k.raw(sql, [...bindings]).connection(connection))
  try {
    for (const statement of dialect.dump.snapshot) await read(statement)
    const result = await use(read)
    await read('ROLLBACK')
    return result
  } finally {
    await client.releaseConnection(connection)
  }
}
