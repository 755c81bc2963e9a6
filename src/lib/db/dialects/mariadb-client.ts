import MariadbBase from 'knex/lib/dialects/mysql2/index.js'
import {guarded} from './guarded-client.js'
import {classifyMariadb} from './mariadb-failures.js'

export const MariadbClient = guarded(MariadbBase, classifyMariadb)
