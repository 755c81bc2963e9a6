import PostgresBase from 'knex/lib/dialects/postgres/index.js'
import {guarded} from './guarded-client.js'
import {classifyPostgres} from './postgres-failures.js'

export const PostgresClient = guarded(PostgresBase, classifyPostgres)
