import type {Ddl} from '../dialect.js'

/** What SQLAlchemy quotes on SQLite among the names in use: capitals and its reserved words. */
const sqliteReserved = new Set(['default', 'session', 'key'])

const check = (quoted: string) => `CHECK (${quoted} IN (0, 1))`

export const sqliteDdl: Ddl = {
  quote: (name) => (/[A-Z]/.test(name) || sqliteReserved.has(name) ? `"${name}"` : name),
  type(type) {
    if (type.kind === 'varchar') return `VARCHAR(${type.length})`
    if (type.kind === 'double') return 'FLOAT'
    if (type.kind === 'interval') return 'DATETIME'
    return type.kind.toUpperCase()
  },
  createSequence: () => undefined,
  // A BIGINT key would be no rowid.
  keyColumn: (_table, column) => (column.nullable ? 'INTEGER' : 'INTEGER NOT NULL'),
  booleanCheck: () => undefined,
  raiseSequence: () => '',
  indexesInTable: false,
  tableOptions: '',
}

export const postgresDdl: Ddl = {
  quote: (name) => `"${name}"`,
  type(type) {
    if (type.kind === 'varchar') return `VARCHAR(${type.length})`
    if (type.kind === 'datetime') return 'TIMESTAMP WITHOUT TIME ZONE'
    if (type.kind === 'interval') return 'INTERVAL(6)'
    if (type.kind === 'double') return 'DOUBLE PRECISION'
    if (type.kind === 'blob') return 'BYTEA'
    return type.kind.toUpperCase()
  },
  createSequence: (name) => `CREATE SEQUENCE "${name}"`,
  keyColumn(table, column) {
    const big = column.type.kind === 'bigint'
    if (table.sequence) return big ? 'BIGINT NOT NULL' : 'INTEGER NOT NULL'
    return big ? 'BIGSERIAL NOT NULL' : 'SERIAL NOT NULL'
  },
  booleanCheck: () => undefined,
  alterType(table, column) {
    const type = postgresDdl.type(column.type)
    return `ALTER TABLE "${table.name}" ALTER COLUMN "${column.name}" TYPE ${type}`
  },
  generateKey(table, {name}) {
    const sequence = `"${table.name}_${name}_seq"`
    return [
      `CREATE SEQUENCE IF NOT EXISTS ${sequence} OWNED BY "${table.name}"."${name}"`,
      `SELECT setval('${sequence}', coalesce((SELECT max("${name}") FROM "${table.name}"), 0) + 1, false)`,
      `ALTER TABLE "${table.name}" ALTER COLUMN "${name}" SET DEFAULT nextval('${sequence}')`,
    ]
  },
  raiseSequence: (name, value) => `SELECT setval('"${name}"', ${value})`,
  indexesInTable: false,
  tableOptions: '',
}

export const mariadbDdl: Ddl = {
  quote: (name) => `\`${name}\``,
  type(type) {
    if (type.kind === 'varchar') return `VARCHAR(${type.length})`
    if (type.kind === 'datetime' || type.kind === 'interval') return 'DATETIME(6)'
    if (type.kind === 'boolean') return 'BOOL'
    if (type.kind === 'blob') return 'LONGBLOB'
    return type.kind.toUpperCase()
  },
  createSequence(name, {mariadbSequences}) {
    if (mariadbSequences === 'none') return undefined
    return mariadbSequences === 'galera' ? `CREATE SEQUENCE \`${name}\` INCREMENT BY 0` : `CREATE SEQUENCE \`${name}\``
  },
  keyColumn(table, column, {mariadbSequences}) {
    const type = column.type.kind === 'bigint' ? 'BIGINT' : 'INTEGER'
    const counts = mariadbSequences === 'none' || !table.sequence
    return counts ? `${type} NOT NULL AUTO_INCREMENT` : `${type} NOT NULL`
  },
  booleanCheck: (column, {booleanChecks}) => (booleanChecks ? check(`\`${column.name}\``) : undefined),
  alterType(table, column) {
    const required = column.nullable ? '' : ' NOT NULL'
    const counts = table.generatedKey && column.name === 'id' && !table.sequence ? ' AUTO_INCREMENT' : ''
    return `ALTER TABLE \`${table.name}\` MODIFY \`${column.name}\` ${mariadbDdl.type(column.type)}${required}${counts}`
  },
  generateKey(table, column) {
    const type = mariadbDdl.type(column.type)
    return [`ALTER TABLE \`${table.name}\` MODIFY \`${column.name}\` ${type} NOT NULL AUTO_INCREMENT`]
  },
  raiseSequence: (name, value) => `SELECT SETVAL(\`${name}\`, ${value})`,
  indexesInTable: true,
  tableOptions: ' ENGINE=InnoDB ROW_FORMAT=DYNAMIC',
}
